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
  greetingBodySeed,
  type GreetingRequest,
  greetingToken,
} from '../src/index.ts';
import { answerKey, apply, at, DAY, drain, entriesOf, SECOND } from './aggregation-cases.ts';

const parameters = {
  originMicros: 0,
  epochMicros: DAY,
  horizonEpochs: 8,
  graceMicros: 750 * SECOND,
  answerMeanMicros: SECOND,
};
const contactPoint = (): ContactPoint => new ContactPoint({ suite, rng: seededRng(1), parameters });
const START = 300 * DAY + 3600 * SECOND;
const BYTE = 300 % 256;
const secret = new Uint8Array(32).fill(1);
const box = boxOf(suite, secret);
const token = greetingToken(suite, new Uint8Array(32).fill(5));
const none = new Uint8Array(32);
const hint = new Uint8Array(16).fill(8);
const surb = (epochByte: number, n: number): Uint8Array => {
  const out = new Uint8Array(263);
  out[0] = epochByte;
  out[4] = n;
  return out;
};
const opening = (parts: Partial<GreetingRequest> = {}): GreetingRequest => ({
  kind: 'greeting',
  secret,
  tokenHash: credentialHash(suite, token),
  hint,
  perEpoch: 2,
  surbs: [surb(BYTE, 1), surb(BYTE, 2), surb(BYTE, 3)],
  ...parts,
});
const greet = (made: ContactPoint, now = START, shown = { token, proof: none }) => {
  const epoch = Math.floor(now / DAY) % 256;
  const taken = made.greet(at(now), box, shown, [epoch]);
  return taken.ok ? taken.value.embedded[4] : taken.error.code;
};

test('strangers open as many blocks an epoch as the owner says, with the hint of the address', () => {
  const made = contactPoint();
  expect(made.openGreeting(at(START), opening())).toEqual(ok([]));
  expect(made.greet(at(START), box, { token, proof: none }, [BYTE])).toEqual(
    ok({
      embedded: surb(BYTE, 1),
      hint,
      log: Uint8Array.of(...hint, ...new Uint8Array(32)),
    }),
  );
  expect(greet(made)).toBe(2);
  expect(greet(made)).toBe('spent-credential');
  // Written again, the terms do not open it anew; in the next epoch it is open.
  made.openGreeting(at(START), opening({ surbs: [surb(BYTE + 1, 7)] }));
  expect(greet(made)).toBe('spent-credential');
  expect(greet(made, START + DAY)).toBe(7);
  expect(greet(made, START + DAY)).toBe('empty-stash');
});

test('each refusal has its own code, in the order of the specification, and costs nothing', () => {
  const made = contactPoint();
  const wrong = new Uint8Array(16).fill(9);
  const priced = Uint8Array.of(...new Uint8Array(31), 1);
  expect(greet(made)).toBe('contact-box-unknown');
  made.stash(at(START), { kind: 'stash', secret, credentials: [], surbs: [surb(BYTE, 1)] });
  expect(greet(made)).toBe('bad-credential');
  made.openGreeting(at(START), opening({ perEpoch: 1, surbs: [] }));
  expect(greet(made, START, { token: wrong, proof: priced })).toBe('bad-credential');
  expect(greet(made, START, { token, proof: priced })).toBe('greeting-proof');
  expect(greet(made, START, { token, proof: new Uint8Array(31) })).toBe('greeting-proof');
  expect(greet(made)).toBe(1);
  expect(greet(made)).toBe('spent-credential');
  made.openGreeting(at(START), opening({ perEpoch: 0, surbs: [surb(BYTE, 4)] }));
  expect(greet(made)).toBe('bad-credential');
  // An invite's credential is no token, nor the other way round.
  expect(made.take(at(START), box, token, [BYTE])).toEqual(err({ code: 'bad-credential' }));
});

test('a stranger reads the bundle while the box is open to strangers', () => {
  const made = contactPoint();
  const get = () =>
    made.getBundle(at(START), {
      kind: 'bundle-get',
      box,
      credential: token,
      answerKey,
      first: 0,
      surbs: [surb(BYTE, 9)],
    });
  made.stash(at(START), { kind: 'stash', secret, credentials: [], surbs: [] });
  expect(get()).toEqual(err({ code: 'bad-credential' }));
  made.openGreeting(at(START), opening({ perEpoch: 1 }));
  expect(get()).toEqual(ok(undefined));
  expect(greet(made)).toBe(1);
  expect(get()).toEqual(err({ code: 'spent-credential' }));
});

test('the count of an epoch survives a restart; what is torn or belongs to no box is deleted', () => {
  const made = contactPoint();
  const store = new Map<string, Uint8Array>();
  made.openGreeting(at(START), opening());
  greet(made);
  apply(store, drain(made).entries);
  const orphan = `greeting/${'00'.repeat(16)}`;
  store.set(
    orphan,
    store.get([...store.keys()].find((key) => key.startsWith('greeting/')) ?? '') ?? none,
  );
  store.set('greeting/torn', none);
  const later = contactPoint();
  later.restore(at(START), entriesOf(store));
  apply(store, drain(later).entries);
  expect(later.size.restoreRefused).toBe(2);
  expect(store.has(orphan)).toBe(false);
  expect(greet(later)).toBe(2);
  expect(greet(later)).toBe('spent-credential');
  // With its box it is forgotten.
  later.wake(at(START + 40 * DAY));
  apply(store, drain(later).entries);
  expect([...store.keys()]).toEqual([]);
});

test('the request has one spelling, and terms of later versions are refused', () => {
  const { service, body } = encodeRequest(opening());
  expect(service).toBe(5);
  expect(decodeRequest(5, body)).toEqual(ok(opening()));
  const changedAt = (offset: number, value: number) => {
    const changed = body.slice();
    changed[offset] = value;
    const decoded = decodeRequest(5, changed);
    return decoded.ok ? 'ok' : decoded.error.code;
  };
  expect(changedAt(64, 64)).toBe('ok');
  expect(changedAt(64, 65)).toBe('request-field');
  expect(changedAt(65, 1)).toBe('request-field');
  expect(changedAt(66, 1)).toBe('request-field');
  expect(changedAt(67, 4)).toBe('request-count');
  expect(changedAt(1023, 1)).toBe('request-padding');
  expect(() => encodeRequest(opening({ perEpoch: 65 }))).toThrow(RangeError);
});

test('token and body seed come of the key by different labels', () => {
  const key = new Uint8Array(32).fill(5);
  const seed = greetingBodySeed(suite, key);
  expect(seed.length).toBe(32);
  expect(seed.slice(0, 16)).not.toEqual(token);
  expect(() => greetingToken(suite, new Uint8Array(31))).toThrow(RangeError);
});

test('any stored bytes are read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      const read = decodeGreeting(bytes);
      if (read !== undefined) expect(read.encode()).toEqual(bytes);
    }),
    { numRuns: 200 },
  );
});
