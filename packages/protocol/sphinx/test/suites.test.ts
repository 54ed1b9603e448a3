import { open } from '@sotto/noble';
import {
  Builder,
  decodeSurb,
  encodeEmbeddedSurb,
  encodeSurb,
  type Hop,
  kemKeyHash,
  type KeyFor,
  openBody,
  type PacketFormat,
  Peeler,
  sealBody,
  SUITE_1,
  SUITE_2,
  type SurbTerminal,
  unwindLayers,
} from '@sotto/sphinx';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { isZero, randomBytes, toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const suite = await open();
const rng = new SeededRng(suite, 'suites');
const EPOCH = 300;
const box = new Uint8Array(16).fill(7);
const path = { epoch: EPOCH, delayClass: 'fast' } as const;
const deliver: SurbTerminal = { kind: 'deliver', box };

interface Node {
  readonly hop: Hop;
  /** The same node as a hop with the sub-hop. */
  readonly withSubHop: Hop;
  readonly keyFor: KeyFor;
}

function newNode(): Node {
  const secret = randomBytes(rng, 32);
  const routingKey = new Uint8Array(32);
  suite.x25519Base(routingKey, secret);
  const kemKey = new Uint8Array(1184);
  const kemSecret = new Uint8Array(2400);
  suite.kemKeypair(kemKey, kemSecret, randomBytes(rng, 64));
  const name = randomBytes(rng, 16);
  const subHop = { secret: kemSecret, publicHash: kemKeyHash(suite, kemKey) };
  const key = { secret, public: routingKey, epoch: EPOCH, nodeName: name, subHop };
  const hop = { name, routingKey };
  const accepted = { key, filter: { addIfNew: () => true } };
  return {
    hop,
    withSubHop: { ...hop, kemKey },
    keyFor: (byte) => (byte === EPOCH % 256 ? accepted : undefined),
  };
}

const nodes = Array.from({ length: 8 }, newNode);
const node = (i: number): Node => {
  const found = nodes[i];
  if (found === undefined) throw new RangeError(`no node ${i}`);
  return found;
};
const hops = (indices: readonly number[], subHop?: number): Hop[] =>
  indices.map((at, i) => (i === subHop ? node(at).withSubHop : node(at).hop));
const bodyOf = (format: PacketFormat): Uint8Array => new Uint8Array(format.geometry.bodyBytes);
const builderOf = (format: PacketFormat): Builder => new Builder(suite, rng, format);

function carry(first: number, packet: Uint8Array) {
  let at = first;
  let current = packet;
  for (;;) {
    const peeled = new Peeler(suite, SUITE_2).peel(current, node(at).keyFor);
    if (!peeled.ok || peeled.value.kind !== 'transmit') return { at, peeled };
    const { next } = peeled.value;
    at = nodes.findIndex(({ hop }) => toHex(hop.name) === toHex(next));
    current = peeled.value.packet;
    expect(current.length).toBe(4816);
  }
}

test('a message crosses over in suite 2 and is unwound, wherever the sub-hops are', () => {
  for (const [sent, received] of [
    [0, 3],
    [1, 2],
    [3, 0],
  ] as const) {
    const builder = builderOf(SUITE_2);
    const made = builder.surb({ ...path, hops: hops([3, 4, 5, 6], received), terminal: deliver });
    const given = decodeSurb(encodeSurb(made.surb, SUITE_2), SUITE_2);
    if (!given.ok) throw new Error(given.error.code);
    const content = randomBytes(rng, SUITE_2.contentBytes);
    const packet = builder.forward({
      ...path,
      hops: hops([0, 1, 2, 3], sent),
      terminal: { kind: 'cross', surb: given.value },
      body: sealBody(suite, given.value.bodySeed, content, SUITE_2),
    });
    const { at, peeled } = carry(0, packet);
    if (!peeled.ok || peeled.value.kind !== 'deliver') throw new Error('not delivered');
    expect(at).toBe(6);
    expect(peeled.value.delivered.name).toEqual(made.record.name);
    expect(made.record.hopKeys.length).toBe(4);
    const unwound = unwindLayers(suite, made.record, peeled.value.delivered, SUITE_2);
    expect(unwound.log).toEqual(new Uint8Array(48));
    expect(openBody(suite, made.record.bodySeed, unwound.body, SUITE_2)).toEqual(content);
  }
});

test('a builder mixes no suites: neither hops nor reply blocks of the other', () => {
  const [one, two] = [builderOf(SUITE_1), builderOf(SUITE_2)];
  const plain = { ...path, hops: hops([0, 1]), terminal: deliver };
  const kem = { ...path, hops: hops([0, 1], 1), terminal: deliver };
  const [inOne, inTwo] = [bodyOf(SUITE_1), bodyOf(SUITE_2)];
  const kemKey = /"hops" expected . with a kemKey in suite ./u;
  expect(() => one.forward({ ...kem, body: inOne })).toThrow(kemKey);
  expect(() => one.surb(kem)).toThrow(kemKey);
  expect(() => two.forward({ ...plain, body: inTwo })).toThrow(kemKey);
  expect(() => two.surb(plain)).toThrow(kemKey);
  const twice = [node(0).withSubHop, node(1).withSubHop];
  expect(() => two.forward({ ...kem, hops: twice, body: inTwo })).toThrow(kemKey);
  expect(() => one.forward({ ...plain, body: inTwo })).toThrow('"body" expected 1024');
  expect(() => two.forward({ ...kem, body: inOne })).toThrow('"body" expected 2048');
  const [ofOne, ofTwo] = [one.surb(plain).surb, two.surb(kem).surb];
  const crossing = (surb: typeof ofOne) => ({ kind: 'cross', surb }) as const;
  const routing = '"surb.routing" expected';
  expect(() => one.forward({ ...plain, terminal: crossing(ofTwo), body: inOne })).toThrow(routing);
  expect(() => two.forward({ ...kem, terminal: crossing(ofOne), body: inTwo })).toThrow(routing);
  expect(() => encodeSurb(ofTwo)).toThrow(routing);
  expect(() => encodeEmbeddedSurb(ofOne, SUITE_2)).toThrow(routing);
  // And what is of one suite passes.
  one.forward({ ...plain, terminal: crossing(ofOne), body: inOne });
  two.forward({ ...kem, terminal: crossing(ofTwo), body: inTwo });
});

test('a hop of one suite refuses packets of the other, dressed as its own or not', () => {
  const one = builderOf(SUITE_1).forward({
    ...path,
    hops: hops([0, 1]),
    terminal: deliver,
    body: bodyOf(SUITE_1),
  });
  const two = builderOf(SUITE_2).forward({
    ...path,
    hops: hops([0, 1], 0),
    terminal: deliver,
    body: bodyOf(SUITE_2),
  });
  const code = (packet: Uint8Array, format: PacketFormat): string => {
    const peeled = new Peeler(suite, format).peel(packet.slice(), node(0).keyFor);
    return peeled.ok ? 'ok' : peeled.error.code;
  };
  expect([code(one, SUITE_1), code(two, SUITE_2)]).toEqual(['ok', 'ok']);
  expect([code(one, SUITE_2), code(two, SUITE_1)]).toEqual(['packet-length', 'packet-length']);
  const dressed = (packet: Uint8Array, format: PacketFormat, version: number): Uint8Array => {
    const out = new Uint8Array(format.geometry.packetBytes);
    out.set(packet.subarray(0, out.length));
    out[0] = version;
    return out;
  };
  expect(code(dressed(one, SUITE_2, 0x11), SUITE_2)).toBe('packet-version');
  expect(code(dressed(two, SUITE_1, 0x12), SUITE_1)).toBe('packet-version');
  expect(code(dressed(one, SUITE_2, 0x12), SUITE_2)).toBe('mac');
  expect(code(dressed(two, SUITE_1, 0x11), SUITE_1)).toBe('mac');
});

test('with the sizes of one suite and the number of the other, no MAC holds: K binds both', () => {
  const numbered: PacketFormat = { ...SUITE_1, suite: 2 };
  const sized: PacketFormat = {
    ...SUITE_1,
    geometry: { ...SUITE_1.geometry, maxCommandBytes: 263 },
  };
  const build = (format: PacketFormat) =>
    new Builder(suite, new SeededRng(suite, 'k'), format).forward({
      ...path,
      hops: hops([0]),
      terminal: deliver,
      body: bodyOf(SUITE_1),
    });
  const code = (format: PacketFormat): string => {
    const peeled = new Peeler(suite, SUITE_1).peel(build(format), node(0).keyFor);
    return peeled.ok ? 'ok' : peeled.error.code;
  };
  expect([code(numbered), code(sized), code(SUITE_1)]).toEqual(['mac', 'mac', 'ok']);
});

test('who knows every X25519 secret, and not the ML-KEM secret, stops at the sub-hop', () => {
  const packet = builderOf(SUITE_2).forward({
    ...path,
    hops: hops([0, 1, 2], 1),
    terminal: deliver,
    body: bodyOf(SUITE_2),
  });
  const first = new Peeler(suite, SUITE_2).peel(packet, node(0).keyFor);
  if (!first.ok || first.value.kind !== 'transmit') throw new Error('not transmitted');
  // All that a recorder learns of node 1 when X25519 is broken; and a pair of his own making.
  const known = node(1).keyFor(EPOCH % 256);
  if (known === undefined) throw new Error('no key');
  const { subHop: _, ...x25519 } = known.key;
  const own = node(2).keyFor(EPOCH % 256)?.key.subHop;
  if (own === undefined) throw new Error('no key');
  const guess = { secret: own.secret, publicHash: known.key.subHop?.publicHash ?? box };
  const code = (key: typeof known.key): string => {
    const keyFor: KeyFor = () => ({ key, filter: known.filter });
    const sent = first.value.kind === 'transmit' ? first.value.packet.slice() : box;
    const peeled = new Peeler(suite, SUITE_2).peel(sent, keyFor);
    return peeled.ok ? peeled.value.kind : peeled.error.code;
  };
  expect(code(x25519)).toBe('sub-hop-key');
  expect(code({ ...x25519, subHop: guess })).toBe('sub-hop-mac');
  expect(code(known.key)).toBe('transmit');
});

test('an ML-KEM key that fails the modulus check, or of another length, is no hop’s', () => {
  const bad = { ...node(0).hop, kemKey: new Uint8Array(1184).fill(255) };
  const short = { ...node(0).hop, kemKey: new Uint8Array(1183) };
  const build = (hop: Hop) => () =>
    builderOf(SUITE_2).surb({ ...path, hops: [hop], terminal: deliver });
  expect(build(bad)).toThrow('modulus check');
  expect(build(short)).toThrow('"kemKey" expected 1184 bytes');
});

test('any bytes of any length get a verdict in suite 2', () => {
  const peeler = new Peeler(suite, SUITE_2);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), fc.boolean(), (bytes, isDressed) => {
      const packet = isDressed ? new Uint8Array(4816) : bytes;
      if (isDressed) {
        packet.set(bytes.subarray(0, 4816));
        packet[0] = 0x12;
        packet[1] = EPOCH % 256;
      }
      expect(peeler.peel(packet, node(0).keyFor).ok).toBe(false);
    }),
    { numRuns: 60 },
  );
});

test('nothing secret of a sub-hop is left behind by builder or hop', () => {
  const noted: Uint8Array[] = [];
  const noting: CryptoSuite = {
    ...suite,
    blake2b: (out, message, key) => {
      if (key === LABELS.subHop || key === LABELS.kemCoins) noted.push(out, message);
      suite.blake2b(out, message, key);
    },
    kemEncapsulate: (ct, shared, publicKey, coins) => {
      noted.push(shared, coins);
      return suite.kemEncapsulate(ct, shared, publicKey, coins);
    },
    kemDecapsulate: (shared, ct, secret) => {
      noted.push(shared);
      return suite.kemDecapsulate(shared, ct, secret);
    },
  };
  const packet = new Builder(noting, rng, SUITE_2).forward({
    ...path,
    hops: hops([0, 1], 0),
    terminal: deliver,
    body: bodyOf(SUITE_2),
  });
  expect(noted.length).toBe(6);
  expect(noted.every(isZero)).toBe(true);
  expect(new Peeler(noting, SUITE_2).peel(packet, node(0).keyFor).ok).toBe(true);
  expect(noted.length).toBe(9);
  expect(noted.every(isZero)).toBe(true);
  // Planted: a secret that stays is seen.
  const kept = randomBytes(rng, 32);
  noting.blake2b(kept, new Uint8Array(1), LABELS.subHop);
  expect(noted.every(isZero)).toBe(false);
});
