import { open } from '@sotto/noble';
import {
  Builder,
  encodeEmbeddedSurb,
  GEOMETRY,
  openBody,
  Peeler,
  sealBody,
  unwindLayers,
} from '@sotto/sphinx';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { isZero, type Rng } from '@sotto/wire';
import { beforeEach, expect, test } from 'vitest';
import { EPOCH, TestNetwork } from './network.ts';

const real = await open();
const box = new Uint8Array(16).fill(7);
const path = { epoch: EPOCH, delayClass: 'fast' } as const;

/** Hashes that lead from one secret to another. */
const SECRET_LABELS: ReadonlySet<Uint8Array> = new Set([
  LABELS.hop,
  LABELS.pathSeed,
  LABELS.ephemeralSeed,
  LABELS.bodySeed,
  LABELS.bodyKeys,
]);

/** The very buffers in which secrets went through the primitives, and what each was. */
const secrets = new Map<Uint8Array, string>();
/** Buffers that belong to the caller, or leave by design. */
const exempt = new Set<ArrayBufferLike>();
const note = (bytes: Uint8Array, what: string): void => {
  if (!exempt.has(bytes.buffer)) secrets.set(bytes, what);
};

const suite: CryptoSuite = {
  ...real,
  x25519: (out, scalar, point) => {
    note(out, 'shared secret');
    note(scalar, 'scalar');
    return real.x25519(out, scalar, point);
  },
  x25519Base: (out, scalar) => {
    note(scalar, 'scalar');
    real.x25519Base(out, scalar);
  },
  blake2b: (out, message, key) => {
    if (key !== undefined && SECRET_LABELS.has(key)) {
      note(message, 'hashed secret');
      note(out, 'derived secret');
    } else if (key !== undefined && key !== LABELS.geometry) note(key, 'key of a hash');
    real.blake2b(out, message, key);
  },
  chacha20Stream: (out, key, nonce) => {
    note(key, 'key of a stream');
    // What pads a header is seen by everybody.
    const padding = [GEOMETRY.routingBytes + GEOMETRY.logBytes, GEOMETRY.surbRoutingBytes];
    if (!padding.includes(out.length)) note(out, 'key stream');
    real.chacha20Stream(out, key, nonce);
  },
  chacha20Xor: (out, message, key, nonce) => {
    note(key, 'key of a round');
    real.chacha20Xor(out, message, key, nonce);
  },
  poly1305: (out, message, key) => {
    note(key, 'key of a MAC');
    real.poly1305(out, message, key);
  },
};

/** What is still in memory of the secrets that were used since the last call. */
function left(): readonly string[] {
  const found = [...secrets].filter(([bytes]) => !isZero(bytes)).map(([, what]) => what);
  expect(secrets.size).toBeGreaterThan(0);
  secrets.clear();
  return [...new Set(found)];
}

const net = new TestNetwork(real, 'erasure', 3);
for (const { accepted } of net.nodes) exempt.add(accepted.key.secret.buffer);
const drawn: Uint8Array[] = [];
const rng: Rng = {
  fill: (out) => {
    net.rng.fill(out);
    drawn.push(out);
  },
};
const body = new Uint8Array(GEOMETRY.bodyBytes).fill(3);
beforeEach(() => {
  secrets.clear();
  drawn.length = 0;
});

test('a builder keeps nothing of a packet, and of a block nothing but what it hands out', () => {
  const builder = new Builder(suite, rng);
  builder.forward({ ...path, hops: net.hops(0, 1, 2), terminal: { kind: 'drop' }, body });
  expect(left()).toEqual([]);
  builder.surb({ ...path, hops: net.hops(0, 1, 2), terminal: { kind: 'deliver', box } });
  expect(left()).toEqual([]);
  expect(drawn.length).toBe(2);
  expect(drawn.every(isZero)).toBe(true);
});

test('a hop keeps no key of a packet, whatever becomes of it', () => {
  const peeler = new Peeler(suite);
  const made = (): Uint8Array =>
    net.builder.forward({ ...path, hops: net.hops(0, 1), terminal: { kind: 'drop' }, body });
  expect(peeler.peel(made(), net.node(0).keyFor).ok).toBe(true);
  expect(left()).toEqual([]);
  const wrong = made();
  wrong[40] = (wrong[40] ?? 0) ^ 1;
  expect(peeler.peel(wrong, net.node(0).keyFor).ok).toBe(false);
  expect(left()).toEqual([]);
  const { surb } = net.builder.surb({
    ...path,
    hops: net.hops(0, 1),
    terminal: { kind: 'deliver', box },
  });
  const log = new Uint8Array(GEOMETRY.logBytes);
  expect(peeler.runSurb(encodeEmbeddedSurb(surb), log, body, net.node(0).keyFor).ok).toBe(true);
  expect(left()).toEqual([]);
});

test('sealing, opening and unwinding keep no keys', () => {
  const seed = new Uint8Array(32).fill(4);
  exempt.add(seed.buffer);
  const sealed = sealBody(suite, seed, Uint8Array.of(1));
  expect(left()).toEqual([]);
  expect(openBody(suite, seed, sealed)).toBeDefined();
  expect(left()).toEqual([]);
  expect(openBody(suite, seed, body)).toBeUndefined();
  expect(left()).toEqual([]);
  const { record } = net.builder.surb({
    ...path,
    hops: net.hops(0, 1),
    terminal: { kind: 'deliver', box },
  });
  for (const key of record.hopKeys) exempt.add(key.buffer);
  const log = new Uint8Array(GEOMETRY.logBytes);
  unwindLayers(suite, record, { name: record.name, log, body });
  expect(left()).toEqual([]);
});

test('a secret that is left behind is noticed', () => {
  const scalar = new Uint8Array(32).fill(9);
  suite.x25519Base(new Uint8Array(32), scalar);
  expect(left()).toEqual(['scalar']);
});
