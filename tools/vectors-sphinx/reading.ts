import type { CryptoSuite } from '@sotto/suite';
import { concat, toHex, xorInto } from '@sotto/wire';
import type { LayerShape, NodeShape } from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
import { NUMBERS, read, schedule, streamOf, subSchedule } from './schedule.ts';

const COMMANDS: Readonly<Record<number, number>> = {
  0x80: 65,
  0x81: 65,
  0x50: 17,
  0x60: 33,
  0x61: 65,
  0x71: 2,
  0x72: 1,
};
const SUB_HOP = 0x20;
const SUB_HOP_BYTES = 1105;
const CROSS = 0x40;

function xored(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  const out = bytes.slice();
  xorInto(out, mask);
  return out;
}

/**
 * What a node finds when it opens a packet: K, the MAC that holds and the command of each decode.
 * Written from the text of Spec 03 §3 to §5 and 11 §4 alone, apart from the implementation, so that
 * one misreading shows. Refusals are not its subject.
 */
export function layersOf(
  suite: CryptoSuite,
  number: 1 | 2,
  node: NodeShape,
  epoch: number,
  entering: Uint8Array,
  decode: 'outer' | 'inner' = 'outer',
): readonly LayerShape[] {
  const { beta, k, longest } = NUMBERS[number];
  const header = 50 + beta;
  let packet: Uint8Array = entering;
  const body = packet.slice(header + 48);
  const head = (ct: Uint8Array): Uint8Array => concat(packet.slice(0, 2), ct);
  const layers: LayerShape[] = [];
  let ct = packet.slice(2, 34);
  let mac = packet.slice(34, 50);
  let routing: Uint8Array = packet.slice(50, header);

  const open = (key: Uint8Array, name: string): Uint8Array => {
    const slice = streamOf(suite, number, key);
    const ofHeader = new Uint8Array(16);
    const ofBody = new Uint8Array(16);
    const covered = concat(head(ct), routing);
    suite.poly1305(ofHeader, covered, slice('macHeader'));
    suite.poly1305(ofBody, concat(covered, body), slice('macBody'));
    const held = toHex(ofBody) === toHex(mac) ? 'body' : 'header';
    if (held === 'header' && toHex(ofHeader) !== toHex(mac)) throw new Error('no MAC holds');
    const plain = xored(concat(routing, new Uint8Array(longest)), slice('routing'));
    const op = plain[0] ?? 0;
    const length = op === CROSS ? 52 + k : op === SUB_HOP ? SUB_HOP_BYTES : (COMMANDS[op] ?? 0);
    layers.push({
      decode: name,
      key: toHex(key),
      mac: held,
      command: toHex(plain.slice(0, length)),
    });
    return plain;
  };
  const openHop = (name: string): Uint8Array => {
    const { key } = schedule(
      suite,
      {
        secret: read(node.secret),
        public: read(node.public),
        ct,
        epoch,
        nodeName: read(node.name),
      },
      number,
    );
    const plain = open(key, name);
    if (plain[0] !== SUB_HOP || number !== 2) return plain;
    const kemCt = plain.slice(1, 1089);
    mac = plain.slice(1089, SUB_HOP_BYTES);
    routing = plain.slice(SUB_HOP_BYTES, SUB_HOP_BYTES + beta);
    return open(subSchedule(suite, key, read(node.kemSeed ?? ''), kemCt).key, `${name} sub-hop`);
  };

  const plain = openHop(decode);
  if (plain[0] !== CROSS) return layers;
  const last = layers.at(-1);
  if (last === undefined) return layers;
  wideBlock(suite, streamOf(suite, number, read(last.key))('lioness'), body, 'decrypt');
  packet = concat(Uint8Array.of(packet[0] ?? 0, plain[1] ?? 0), packet.slice(2));
  ct = plain.slice(4, 36);
  mac = plain.slice(36, 52);
  routing = concat(plain.slice(52, 52 + k), new Uint8Array(beta - k));
  openHop('inner');
  return layers;
}

/** The packet that a node makes of a block that it runs (Spec 03 §5). */
export function packetOfBlock(
  number: 1 | 2,
  embedded: Uint8Array,
  log: Uint8Array,
  body: Uint8Array,
): Uint8Array {
  const { version, beta, k } = NUMBERS[number];
  return concat(
    Uint8Array.of(version, embedded[0] ?? 0),
    embedded.slice(3),
    new Uint8Array(beta - k),
    log,
    body,
  );
}

/** LIONESS (Spec 03 §6) under k0 ‖ k1 ‖ k2 ‖ k3, in place. */
export function wideBlock(
  suite: CryptoSuite,
  keys: Uint8Array,
  body: Uint8Array,
  direction: 'encrypt' | 'decrypt',
): void {
  const left = body.subarray(0, 32);
  const right = body.subarray(32);
  const hash = new Uint8Array(32);
  const rounds = direction === 'encrypt' ? [0, 1, 2, 3] : [3, 2, 1, 0];
  for (const i of rounds) {
    const roundKey = keys.slice(32 * i, 32 * i + 32);
    if (i % 2 === 1) {
      suite.blake2b(hash, right, roundKey);
      xorInto(left, hash);
    } else {
      const stream = new Uint8Array(right.length);
      suite.chacha20Stream(stream, xored(left, roundKey), new Uint8Array(12));
      xorInto(right, stream);
    }
  }
}
