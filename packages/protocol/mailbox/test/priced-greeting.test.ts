import { err, ok } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRng, suite } from '../../mixing/test/seeded-rng.ts';
import { decodeGreeting } from '../src/greeting.ts';
import {
  boxOf,
  ContactPoint,
  credentialHash,
  decodeRequest,
  encodeRequest,
  GreetingPuzzle,
  type GreetingRequest,
  greetingToken,
  meetsCost,
  puzzleDigest,
} from '../src/index.ts';
import { apply, at, DAY, drain, entriesOf, SECOND } from './aggregation-cases.ts';

const parameters = {
  originMicros: 0,
  epochMicros: DAY,
  horizonEpochs: 8,
  graceMicros: 750 * SECOND,
  answerMeanMicros: SECOND,
};
const contactPoint = (): ContactPoint => new ContactPoint({ suite, rng: seededRng(1), parameters });
const EPOCH = 300;
const START = EPOCH * DAY + 3600 * SECOND;
const secret = new Uint8Array(32).fill(1);
const box = boxOf(suite, secret);
const token = greetingToken(suite, new Uint8Array(32).fill(5));
const COST = 9;
const surb = (epoch: number, n: number): Uint8Array => {
  const out = new Uint8Array(263);
  out[0] = epoch % 256;
  out[4] = n;
  return out;
};
const opening = (parts: Partial<GreetingRequest> = {}): GreetingRequest => ({
  kind: 'greeting',
  secret,
  tokenHash: credentialHash(suite, token),
  hint: new Uint8Array(16).fill(8),
  perEpoch: 2,
  cost: COST,
  surbs: [1, 2, 3].map((n) => surb(EPOCH, n)),
  ...parts,
});
const solve = (seed: number, epoch = EPOCH, of = { box, token }): Uint8Array => {
  const puzzle = new GreetingPuzzle(suite, seededRng(seed), { ...of, epoch }, COST);
  for (;;) {
    const proof = puzzle.search(64);
    if (proof !== undefined) return proof;
  }
};
const greet = (made: ContactPoint, proof: Uint8Array, now = START) => {
  const taken = made.greet(at(now), box, { token, proof }, [Math.floor(now / DAY) % 256]);
  return taken.ok ? taken.value.embedded[4] : taken.error.code;
};

test('a proof lets one packet in: not twice, not in another epoch, not at another box', () => {
  const made = contactPoint();
  expect(made.openGreeting(at(START), opening())).toEqual(ok([]));
  const proof = solve(1);
  expect(greet(made, new Uint8Array(32))).toBe('greeting-proof');
  expect(greet(made, solve(2, EPOCH + 1))).toBe('greeting-proof');
  expect(greet(made, solve(2, EPOCH, { box: token, token: box }))).toBe('greeting-proof');
  expect(greet(made, proof)).toBe(1);
  expect(greet(made, proof)).toBe('greeting-proof');
  expect(greet(made, solve(3))).toBe(2);
  expect(greet(made, solve(4))).toBe('spent-credential');
  made.openGreeting(at(START), opening({ surbs: [surb(EPOCH + 1, 7)] }));
  expect(greet(made, proof, START + DAY)).toBe('greeting-proof');
  expect(greet(made, solve(5, EPOCH + 1), START + DAY)).toBe(7);
});

test('what was taken is known after a restart, and after the terms were written again', () => {
  const made = contactPoint();
  const store = new Map<string, Uint8Array>();
  made.openGreeting(at(START), opening());
  const proof = solve(1);
  expect(greet(made, proof)).toBe(1);
  made.openGreeting(at(START), opening({ surbs: [] }));
  expect(greet(made, proof)).toBe('greeting-proof');
  apply(store, drain(made).entries);
  const later = contactPoint();
  expect(later.restore(at(START), entriesOf(store))).toEqual([]);
  expect(greet(later, proof)).toBe('greeting-proof');
  expect(greet(later, solve(2))).toBe(2);
});

test('a digest meets a cost by its first bits', () => {
  const digest = Uint8Array.of(0, 0x10, 255);
  for (let cost = 0; cost <= 24; cost++) expect(meetsCost(digest, cost)).toBe(cost <= 11);
  expect(meetsCost(new Uint8Array(16), 24)).toBe(true);
});

test('a proof takes about two to the power of its cost tries', () => {
  // 60 proofs of 2^6 tries: the sum has mean 3,840 and deviation 496; five of them either way, 6 in 10^7.
  let tries = 0;
  for (let seed = 0; seed < 60; seed++) {
    const puzzle = new GreetingPuzzle(suite, seededRng(seed), { box, token, epoch: EPOCH }, 6);
    for (tries++; puzzle.search(1) === undefined; tries++);
  }
  expect(tries).toBeGreaterThan(3840 - 5 * 496);
  expect(tries).toBeLessThan(3840 + 5 * 496);
  // In portions it finds the same one.
  const whole = new GreetingPuzzle(suite, seededRng(1), { box, token, epoch: EPOCH }, 6);
  const proof = whole.search(1_000_000);
  if (proof === undefined) throw new Error('no proof');
  expect(meetsCost(puzzleDigest(suite, { box, token, epoch: EPOCH }, proof), 6)).toBe(true);
});

test('a priced greeting has a service of its own, with one spelling', () => {
  const { service, body } = encodeRequest(opening());
  expect(service).toBe(7);
  expect(decodeRequest(7, body)).toEqual(ok(opening()));
  expect(decodeRequest(5, body)).toEqual(err({ code: 'request-field' }));
  const changedAt = (offset: number, value: number) => {
    const changed = body.slice();
    changed[offset] = value;
    const decoded = decodeRequest(7, changed);
    return decoded.ok ? 'ok' : decoded.error.code;
  };
  expect(changedAt(65, 0)).toBe('request-field');
  expect(changedAt(65, 2)).toBe('request-field');
  expect(changedAt(66, 0)).toBe('request-field');
  expect(changedAt(66, 24)).toBe('ok');
  expect(changedAt(66, 25)).toBe('request-field');
  expect(changedAt(67, 4)).toBe('request-count');
  expect(changedAt(1023, 1)).toBe('request-padding');
  expect(() => encodeRequest(opening({ cost: 25 }))).toThrow(RangeError);
  expect(() => encodeRequest(opening({ cost: 0 }))).toThrow(RangeError);
});

test('any stored bytes are a priced greeting or refused', () => {
  const priced = fc
    .tuple(fc.uint8Array({ minLength: 38, maxLength: 38 }), fc.uint8Array({ maxLength: 600 }))
    .map(([head, rest]) => Uint8Array.of(2, ...head, ...rest));
  let read = 0;
  fc.assert(
    fc.property(priced, (bytes) => {
      const greeting = decodeGreeting(bytes);
      if (greeting === undefined) return;
      read++;
      expect(greeting.encode()).toEqual(bytes);
    }),
    { numRuns: 2000, seed: 1 },
  );
  expect(read).toBeGreaterThan(0);
});
