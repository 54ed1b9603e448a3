import { open } from '@sotto/noble';
import {
  CONTENT_BYTES,
  decodeSurb,
  encodeEmbeddedSurb,
  encodeSurb,
  GEOMETRY,
  type Hop,
  isCanonicalPoint,
  openBody,
  sealBody,
  SUITE_2,
  type Surb,
  SURB_BYTES,
  type Terminal,
} from '@sotto/sphinx';
import { randomBytes } from '@sotto/wire';
import { expect, test } from 'vitest';
import { decodeEmbeddedSurb } from '../src/surb.ts';
import { EPOCH, TestNetwork } from './network.ts';

const suite = await open();
const net = new TestNetwork(suite, 'caller bugs', 3);
const box = new Uint8Array(16).fill(7);
const body = randomBytes(net.rng, GEOMETRY.bodyBytes);
const drop: Terminal = { kind: 'drop' };

interface Given {
  readonly hops?: readonly Hop[];
  readonly epoch?: number;
  readonly terminal?: Terminal;
  readonly body?: Uint8Array;
}

const forward = (given: Given): Uint8Array =>
  net.builder.forward({
    hops: net.hops(0),
    epoch: EPOCH,
    delayClass: 'fast',
    terminal: drop,
    body,
    ...given,
  });

const surb = (given: Omit<Given, 'body' | 'terminal'> = {}): Surb =>
  net.builder.surb({
    hops: net.hops(0),
    epoch: EPOCH,
    delayClass: 'fast',
    terminal: { kind: 'drop' },
    ...given,
  }).surb;

const named = (name: Uint8Array): Hop => ({ ...net.node(1).hop, name });
const short = new Uint8Array(15);
const lowOrder: Hop = { ...net.node(0).hop, routingKey: new Uint8Array(32) };
const longPath = Array.from({ length: 9 }, () => net.node(0).hop);

test.each<readonly [string, Given, string | RegExp]>([
  ['a short body', { body: body.subarray(1) }, /^"body" expected 1024 bytes, got 1023$/u],
  ['a long body', { body: new Uint8Array(1025) }, /^"body" expected 1024 bytes, got 1025$/u],
  ['no hops', { hops: [] }, '"hops" expected at least one, got 0'],
  [
    'too many hops',
    { hops: longPath },
    /^"hops" expected at most 478 bytes of commands, got 521$/u,
  ],
  ['an epoch below zero', { epoch: -1 }, /^"epoch" expected .*, got -1$/u],
  ['half an epoch', { epoch: 0.5 }, /^"epoch" expected .*, got 0.5$/u],
  ['an epoch too large', { epoch: 2 ** 53 }, /^"epoch" expected .*, got 9007199254740992$/u],
  ['a point of low order', { hops: [lowOrder] }, /^"routingKey" expected .*low order/u],
  [
    'a short name',
    { hops: [net.node(0).hop, named(short)] },
    /^"name" expected 16 bytes, got 15$/u,
  ],
  [
    'a service below zero',
    { terminal: { kind: 'arrive', service: -1 } },
    '"service" expected a byte, got -1',
  ],
  [
    'a service above a byte',
    { terminal: { kind: 'arrive', service: 256 } },
    '"service" expected a byte, got 256',
  ],
  [
    'half a service',
    { terminal: { kind: 'arrive', service: 1.5 } },
    '"service" expected a byte, got 1.5',
  ],
  [
    'a short box of mail',
    { terminal: { kind: 'deliver', box: short } },
    '"box" expected 16 bytes, got 15',
  ],
  [
    'a short box of a contact',
    { terminal: { kind: 'contact', box: short, credential: box } },
    '"box" expected 16 bytes, got 15',
  ],
  [
    'a short credential',
    { terminal: { kind: 'contact', box, credential: short } },
    '"credential" expected 16 bytes, got 15',
  ],
  [
    'a short box of a stranger',
    { terminal: { kind: 'greet', box: short, token: box, proof: new Uint8Array(32) } },
    '"box" expected 16 bytes, got 15',
  ],
  [
    'a short token',
    { terminal: { kind: 'greet', box, token: short, proof: new Uint8Array(32) } },
    '"token" expected 16 bytes, got 15',
  ],
  [
    'a short proof',
    { terminal: { kind: 'greet', box, token: box, proof: box } },
    '"proof" expected 32 bytes, got 16',
  ],
])('%s is the caller’s bug, and says so', (_, given, message) => {
  expect(() => forward(given)).toThrow(RangeError);
  expect(() => forward(given)).toThrow(message);
});

test('a reply block’s path is held to the same', () => {
  expect(() => surb({ hops: [] })).toThrow('"hops" expected at least one, got 0');
  expect(() => surb({ epoch: -1 })).toThrow(/^"epoch" expected/u);
  expect(() => surb({ hops: [lowOrder] })).toThrow(/^"routingKey" expected/u);
  expect(() => surb({ hops: longPath.slice(0, 5) })).toThrow(/at most 212 bytes of commands/u);
});

test('what lies on the bounds is taken', () => {
  for (const epoch of [0, Number.MAX_SAFE_INTEGER]) {
    expect(forward({ epoch })[1]).toBe(epoch % 256);
    expect(surb({ epoch }).epoch).toBe(epoch % 256);
  }
  for (const service of [0, 255]) {
    const peeled = net.node(0).peel(forward({ terminal: { kind: 'arrive', service } }));
    expect(peeled).toMatchObject({ ok: true, value: { kind: 'arrive', service } });
  }
  const content = new Uint8Array(CONTENT_BYTES).fill(5);
  const seed = new Uint8Array(32).fill(6);
  expect(openBody(suite, seed, sealBody(suite, seed, content))).toEqual(content);
  expect(() => sealBody(suite, seed, new Uint8Array(CONTENT_BYTES + 1))).toThrow(
    /^"content" expected at most 992 bytes, got 993$/u,
  );
});

test('bytes of another length are no body and no reply block', () => {
  const seed = new Uint8Array(32);
  const sealed = sealBody(suite, seed, new Uint8Array(0));
  expect(openBody(suite, seed, sealed)).toBeDefined();
  expect(openBody(suite, seed, sealed.subarray(1))).toBeUndefined();
  expect(openBody(suite, seed, new Uint8Array(0))).toBeUndefined();
  // Not even one that was sealed whole under the seed: a network has one length.
  const longer = sealBody(suite, seed, new Uint8Array(0), SUITE_2);
  expect(openBody(suite, seed, longer, SUITE_2)).toBeDefined();
  expect(openBody(suite, seed, longer)).toBeUndefined();
  const bytes = encodeSurb(surb());
  expect(bytes.length).toBe(SURB_BYTES);
  expect(decodeSurb(bytes).ok).toBe(true);
  for (const other of [bytes.subarray(1), new Uint8Array([...bytes, 0]), new Uint8Array(0)]) {
    expect(decodeSurb(other)).toEqual({ ok: false, error: { code: 'length' } });
  }
  // k is two bytes, and both count.
  for (const at of [17, 18]) {
    const wrong = bytes.slice();
    wrong[at] = (wrong[at] ?? 0) ^ 1;
    expect(decodeSurb(wrong)).toEqual({ ok: false, error: { code: 'surb-length' } });
  }
});

test('an embedded block is read at its own length, with its own k, and no other', () => {
  const made = surb();
  const embedded = encodeEmbeddedSurb(made);
  const { epoch, ct, mac, routing } = made;
  expect(decodeEmbeddedSurb(embedded)).toEqual({ ok: true, value: { epoch, ct, mac, routing } });
  for (const other of [embedded.subarray(1), new Uint8Array([...embedded, 0])]) {
    expect(decodeEmbeddedSurb(other)).toEqual({ ok: false, error: { code: 'length' } });
  }
  const wrong = embedded.slice();
  wrong[1] = 1;
  expect(decodeEmbeddedSurb(wrong)).toEqual({ ok: false, error: { code: 'surb-length' } });
});

test('a block is run with its own lengths only', () => {
  const embedded = encodeEmbeddedSurb(surb());
  const log = new Uint8Array(GEOMETRY.logBytes);
  const node = net.node(0);
  const refused = { ok: false, error: { code: 'packet-length' } };
  expect(node.runSurb(embedded.subarray(1), log, body)).toEqual(refused);
  expect(node.runSurb(embedded, log.subarray(1), body)).toEqual(refused);
  expect(node.runSurb(embedded, log, body.subarray(1))).toEqual(refused);
  expect(node.runSurb(new Uint8Array([...embedded, 0]), log, body)).toEqual(refused);
  expect(node.runSurb(embedded, new Uint8Array(49), body)).toEqual(refused);
  expect(node.runSurb(embedded, log, new Uint8Array(1025))).toEqual(refused);
  for (const at of [1, 2]) {
    const wrong = embedded.slice();
    wrong[at] = (wrong[at] ?? 0) ^ 1;
    expect(node.runSurb(wrong, log, body)).toEqual({ ok: false, error: { code: 'surb-length' } });
  }
  expect(node.runSurb(embedded, log, body).ok).toBe(true);
});

/** A point as 32 little-endian bytes: the first, those between, the last. */
const point = (first: number, between: number, last: number, odd?: number): Uint8Array => {
  const bytes = new Uint8Array(32).fill(between);
  bytes[0] = first;
  bytes[31] = last;
  if (odd !== undefined) bytes[odd] = 0xfe;
  return bytes;
};

test.each<readonly [string, Uint8Array, boolean]>([
  ['zero', point(0, 0, 0), true],
  ['p − 1', point(0xec, 0xff, 0x7f), true],
  ['p', point(0xed, 0xff, 0x7f), false],
  ['p + 1', point(0xee, 0xff, 0x7f), false],
  ['2^255 − 1', point(0xff, 0xff, 0x7f), false],
  ['a last byte below that of p', point(0xff, 0xff, 0x7e), true],
  ['a second byte below that of p', point(0xff, 0xff, 0x7f, 1), true],
  ['a byte in the middle below that of p', point(0xff, 0xff, 0x7f, 15), true],
  ['the last byte but one below that of p', point(0xff, 0xff, 0x7f, 30), true],
  ['the top bit', point(0, 0, 0x80), false],
  ['all ones', point(0xff, 0xff, 0xff), false],
])('canonical or not: %s', (_, bytes, canonical) => {
  expect(isCanonicalPoint(bytes)).toBe(canonical);
});
