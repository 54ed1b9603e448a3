"""The packet of suite 1 (Spec 02 §4, 03, 04), written from the chapters alone."""

import struct

from primitives import BASE, decrypt, encrypt, is_canonical, labelled, poly1305, stream, x25519, xor

BETA, K, LONGEST, BODY, LOG = 478, 212, 264, 1024, 48
LAYOUT = bytes([0x11, 3]) + struct.pack(">6H", 1600, BETA, K, LOG, BODY, LONGEST)
GEOMETRY = labelled("geometry", LAYOUT, 16)
SLICES = (
    ("name", 16),
    ("replay", 16),
    ("macHeader", 32),
    ("macBody", 32),
    ("receipt", 32),
    ("lioness", 128),
    ("log", LOG),
    ("routing", BETA + LONGEST),
)
TURNS = (0x40, 0x60, 0x61, 0x71)
OPERATIONS = (0x80, 0x81, 0x50, 0x72, *TURNS)


class Refused(Exception):
    """With the reason."""


def slices(key):
    """Spec 02 §4: the stream of a K."""
    out, rest = {}, stream(key, 1046)
    for name, length in SLICES:
        out[name], rest = rest[:length], rest[length:]
    return out


def hop_key(shared, ct, public, epoch, name):
    """Spec 02 §4: K."""
    return labelled("hop", shared + ct + public + GEOMETRY + b"\1" + struct.pack(">Q", epoch) + name)


def body_keys(seed):
    return stream(labelled("body keys", seed), 128)


def seal(seed, content):
    return encrypt(body_keys(seed), (bytes(32) + content).ljust(BODY, b"\0"))


def open_body(seed, body):
    plain = decrypt(body_keys(seed), body)
    return plain[32:] if plain[:32] == bytes(32) else None


def process(node, accepted, filters, packet, inner=False):
    """Spec 03 §5. `node` has name, secret, public; `accepted` the full numbers of epochs."""
    if len(packet) != 1600 and not inner:
        raise Refused("packet-length")
    if packet[0] != 0x11:
        raise Refused("packet-version")
    epoch = next((e for e in accepted if e % 256 == packet[1]), None)
    if epoch is None:
        raise Refused("epoch")
    ct, mac, beta = packet[2:34], packet[34:50], packet[50:528]
    log, body = packet[528:576], packet[576:]
    if not is_canonical(ct):
        raise Refused("point-not-canonical")
    shared = x25519(node["secret"], ct)
    if shared == bytes(32):
        raise Refused("point-low-order")
    keys = slices(hop_key(shared, ct, node["public"], epoch, node["name"]))
    header = packet[:34] + beta
    of_body = mac == poly1305(header + body, keys["macBody"])
    of_header = mac == poly1305(header, keys["macHeader"])
    if not of_body and not of_header:
        raise Refused("mac")
    if inner and of_body:
        raise Refused("inner-body-mac")
    seen = filters.setdefault((node["name"], epoch), set())
    if keys["replay"] in seen:
        raise Refused("replay")
    seen.add(keys["replay"])
    d = xor(beta + bytes(LONGEST), keys["routing"])
    body = decrypt(keys["lioness"], body)
    if d[0] not in OPERATIONS:
        raise Refused("command-unknown")
    if d[0] in TURNS and not of_body:
        raise Refused("command-wrong-mac")
    half = {"half": "sender" if of_body else "recipient"}
    if d[0] in (0x80, 0x81):
        header = packet[:2] + d[33:65] + d[17:33] + d[65 : 65 + BETA]
        sent = header + xor(log, keys["log"]) + body
        slow = "slow" if d[0] == 0x81 else "fast"
        return {"kind": "transmit", **half, "class": slow, "next": d[1:17], "packet": sent}
    if d[0] == 0x40:
        if d[2:4] != struct.pack(">H", K):
            raise Refused("surb-length")
        return process(node, accepted, filters, packet_of(d[1:264], bytes(LOG), body), True)
    if d[0] == 0x50:
        left = xor(log, keys["log"])
        return {"kind": "deliver", **half, "box": d[1:17], "name": keys["name"], "log": left, "body": body}
    if d[0] == 0x60:
        return {"kind": "contact", "box": d[1:17], "credential": d[17:33], "body": body}
    if d[0] == 0x61:
        return {"kind": "greet", "box": d[1:17], "token": d[17:33], "proof": d[33:65], "body": body}
    if d[0] == 0x71:
        return {"kind": "arrive", "service": d[1], "body": body}
    return {"kind": "drop", **half}


def packet_of(embedded, log, body):
    """The packet of a reply block that a node runs itself."""
    return b"\x11" + embedded[:1] + embedded[3:] + bytes(BETA - K) + log + body


def run(node, accepted, filters, embedded, log, body):
    if (len(embedded), len(log), len(body)) != (263, LOG, BODY):
        raise Refused("packet-length")
    if embedded[1:3] != struct.pack(">H", K):
        raise Refused("surb-length")
    return process(node, accepted, filters, packet_of(embedded, log, body), True)


def build(seed, hops, epoch, slow, terminal, body=None):
    """Spec 03 §7: a packet for a body, else a reply block with its record. `hops` have name and public."""
    room = K if body is None else BETA
    path, eph, body_seed = (labelled(f"seed {each}", seed) for each in ("path", "ephemeral", "body"))
    cts, hop_keys = [], []
    for i, hop in enumerate(hops):
        scalar = labelled("seed ephemeral", eph + bytes([i]))
        cts.append(x25519(scalar, BASE))
        hop_keys.append(hop_key(x25519(scalar, hop["public"]), cts[i], hop["public"], epoch, hop["name"]))
    keys = [slices(each) for each in hop_keys]
    bodies = [b""] * len(hops)
    for i in reversed(range(len(hops) if body is not None else 0)):
        body = bodies[i] = encrypt(keys[i]["lioness"], body)
    lengths = [65] * (len(hops) - 1) + [len(terminal)]
    tails = [bytes(BETA - room)]
    for i, length in enumerate(lengths):
        mask = keys[i]["routing"][BETA - len(tails[i]) : BETA + length]
        tails.append(xor(tails[i] + bytes(length), mask))
    random = stream(path, BETA + LOG)
    part, mac = random[: room - sum(lengths)], b""
    for i in reversed(range(len(hops))):
        command = terminal
        if i < len(hops) - 1:
            command = bytes([0x81 if slow else 0x80]) + hops[i + 1]["name"] + mac + cts[i + 1]
        part = xor(command + part, keys[i]["routing"])
        beta = part + tails[i]
        header = b"\x11" + bytes([epoch % 256]) + cts[i] + beta
        mac = poly1305(header, keys[i]["macHeader"])
        if body is not None:
            mac = poly1305(header + bodies[i], keys[i]["macBody"])
    if body is not None:
        return header[:34] + mac + beta + random[BETA:] + bodies[0]
    block = hops[0]["name"] + header[1:2] + struct.pack(">H", K) + cts[0] + mac + beta[:K] + body_seed
    return block, {"name": keys[-1]["name"], "hopKeys": hop_keys, "bodySeed": body_seed}


def unwind(record, log, body):
    """Spec 04 §5 step 2."""
    for key in reversed(record["hopKeys"]):
        keys = slices(key)
        log, body = xor(log, keys["log"]), encrypt(keys["lioness"], body)
    return log, body
