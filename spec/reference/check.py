"""python3 spec/reference/check.py [FOLDER]: holds the vectors of suite 1 against packet.py. Needs Python 3.8
or later and nothing else; takes some fifteen seconds. Prints how many cases hold, or stops at the first
that does not."""

import json
import struct
import sys
from pathlib import Path

import packet
from primitives import labelled, x25519

HERE = Path(__file__).resolve().parent
FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "vectors"


def data(value):
    """Texts that are hexadecimal as bytes."""
    if isinstance(value, dict):
        keep = ("what", "kind", "code", "field", "half", "delayClass", "decode", "mac", "seed", "spec")
        return {k: v if k in keep else data(v) for k, v in value.items()}
    if isinstance(value, list):
        return [data(each) for each in value]
    return bytes.fromhex(value) if isinstance(value, str) else value


def terminal(given):
    fields = {
        "deliver": (b"\x50", "box"),
        "drop": (b"\x72",),
        "contact": (b"\x60", "box", "credential"),
        "greet": (b"\x61", "box", "token", "proof"),
    }
    if given["kind"] == "arrive":
        return bytes([0x71, given["service"]])
    if given["kind"] == "cross":
        return b"\x40" + given["surb"][16:279]
    first, *rest = fields[given["kind"]]
    return first + b"".join(given[each] for each in rest)


class Vectors:
    """One file, with the filters of one case."""

    def __init__(self, name):
        self.file = data(json.loads((FOLDER / f"{name}.json").read_text()))
        self.nodes, self.epoch = self.file["nodes"], self.file["epoch"]
        self.filters = {}

    def cases(self):
        for each in self.file["cases"]:
            self.filters = {}
            yield each

    def build(self, path, body=None):
        hops = [self.nodes[i] for i in path["path"]]
        slow = path["delayClass"] == "slow"
        return packet.build(path["random"], hops, self.epoch, slow, terminal(path["terminal"]), body)

    def reply(self, given):
        block, record = self.build(given)
        assert block == given["surb"] and block[16:279] == given["embedded"]
        assert record == given["record"]

    def forward(self, given):
        assert self.build(given, given["body"]) == given["links"][0]["packet"]
        self.carry(given["links"], given["end"])

    def carry(self, links, end):
        for i, link in enumerate(links):
            out = packet.process(self.nodes[link["node"]], [self.epoch], self.filters, link["packet"])
            self.compare(out, link, links[i + 1] if i + 1 < len(links) else None, end)

    def compare(self, out, link, after, end):
        if after is None:
            assert out == end
            return
        assert out["packet"] == after["packet"] and out["next"] == self.nodes[after["node"]]["name"]
        assert (out["class"], out["half"]) == (link["delayClass"], link["half"])

    def run(self, given):
        node, links = self.nodes[given["node"]], given["links"]
        parts = (given["embedded"], given["log"], given["body"])
        out = packet.run(node, [self.epoch], self.filters, *parts)
        self.compare(out, given, links[0] if links else None, given["end"])
        self.carry(links, given["end"])

    def attempt(self, given):
        node = self.nodes[given.get("node", 0)]
        accepted = given.get("accepts", [self.epoch])
        try:
            if "surb" in given:
                if len(given["surb"]) != 311:
                    return "length"
                return "ok" if given["surb"][17:19] == struct.pack(">H", 212) else "surb-length"
            if "packet" in given:
                packet.process(node, accepted, self.filters, given["packet"])
            else:
                parts = (given["embedded"], given["log"], given["body"])
                packet.run(node, accepted, self.filters, *parts)
        except packet.Refused as refused:
            return refused.args[0]
        return "ok"


def opens(seed, body, content):
    opened = packet.open_body(seed, body)
    return opened is not None and opened == content.ljust(992, b"\0")


def key_schedule(vectors, case):
    shared = x25519(case["secret"], case["ct"])
    key = packet.hop_key(shared, case["ct"], case["public"], case["epoch"], case["nodeName"])
    assert vectors.file["geometryHash"] == packet.GEOMETRY
    assert (shared, key, packet.slices(key)) == (case["shared"], case["key"], case["slices"])


def body(_, case):
    assert packet.seal(case["bodySeed"], case["content"]) == case["body"]
    assert packet.body_keys(case["bodySeed"]) == case["keys"]
    for change in case["refused"]:
        at = change["offset"]
        marked = case["body"][:at] + change["bytes"] + case["body"][at + 1 :]
        assert packet.open_body(case["bodySeed"], marked) is None


def crossover(vectors, case):
    vectors.reply(case["reply"])
    seed = case["reply"]["record"]["bodySeed"]
    assert packet.seal(seed, case["content"]) == case["forward"]["body"]
    vectors.forward(case["forward"])
    end = case["forward"]["end"]
    if end["kind"] == "deliver":
        log, left = packet.unwind(case["reply"]["record"], end["log"], end["body"])
        assert log == bytes(48) and opens(seed, left, case["content"])


def surb(vectors, case):
    vectors.reply(case["reply"])
    vectors.run(case["run"])
    if "unwound" in case:
        end = case["run"]["end"]
        log, left = packet.unwind(case["reply"]["record"], end["log"], end["body"])
        assert log == case["run"]["log"] and opens(case["bodySeed"], left, case["content"])


def mailbox(vectors, case):
    if "mail" in case:
        vectors.reply(case["mail"])
        vectors.run(case["put"])
    for fetch in case["fetches"]:
        vectors.reply(fetch["reply"])
        vectors.run(fetch["run"])
    blocks = [fetch["reply"] for fetch in case["fetches"]] + ([case["mail"]] if "mail" in case else [])
    records = {block["record"]["name"]: block["record"] for block in blocks}
    end = case["fetches"][-1]["run"]["end"]
    name, log, left = end["name"], end["log"], end["body"]
    for _ in range(4):
        log, left = packet.unwind(records[name], log, left)
        if opens(case["bodySeed"], left, case["content"]):
            return
        name, log = log[:16], log[16:] + bytes(16)
    raise AssertionError("nothing opens")


def contact(vectors, case):
    vectors.reply(case["stash"])
    assert packet.seal(case["bodySeed"], case["content"]) == case["forward"]["body"]
    vectors.forward(case["forward"])
    vectors.run(case["run"])
    end = case["run"]["end"]
    log, left = packet.unwind(case["stash"]["record"], end["log"], end["body"])
    assert log == case["hint"] + bytes(32) and opens(case["bodySeed"], left, case["content"])


def greeting(vectors, case):
    assert labelled("greeting token", case["addressKey"], 16) == case["token"]
    assert labelled("credential", case["token"], 16) == case["tokenHash"]
    assert labelled("greeting body", case["addressKey"]) == case["bodySeed"]
    contact(vectors, case)


def changed(valid, change):
    field = change["field"]
    if field == "accepts":
        return {**valid, "accepts": change["accepts"]}
    length = change.get("length", len(valid[field]))
    out = bytearray(valid[field][:length].ljust(length, b"\0"))
    for write in change.get("writes", []):
        out[write["offset"] : write["offset"] + len(write["bytes"])] = write["bytes"]
    return {**valid, field: bytes(out)}


def malformed(vectors, case):
    verdict = vectors.attempt(changed(case["valid"], case["change"]))
    assert verdict == case["code"], (case["what"], verdict)
    vectors.filters = {}
    assert vectors.attempt(case["valid"]) == "ok", case["what"]


def replay(vectors, case):
    for step in case["steps"]:
        assert vectors.attempt(step) == step["code"], case["what"]


CHECKS = {
    "key-schedule": key_schedule,
    "body": body,
    "forward": Vectors.forward,
    "surb": surb,
    "crossover": crossover,
    "mailbox": mailbox,
    "contact": contact,
    "greeting": greeting,
    "malformed": malformed,
    "replay": replay,
}

if __name__ == "__main__":
    held = 0
    for name, check in CHECKS.items():
        vectors = Vectors(name)
        for case in vectors.cases():
            check(vectors, case)
            held += 1
    print(f"{held} cases hold")
