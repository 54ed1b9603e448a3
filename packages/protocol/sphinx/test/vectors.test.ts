import { open as openNoble } from '@sotto/noble';
import { open as openWasm } from '@sotto/sodium/wasm';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { expect, test } from 'vitest';
import { vectorFiles, vectorSets } from './vectors/check.ts';

const noble = await openNoble();
const backends = [noble, await openWasm()];

test.each(backends)('every vector holds on $name', (suite) => {
  for (const { cases } of vectorSets) for (const check of cases) check(suite);
});

test('as many cases as the specification promises, of the version of their suite', () => {
  for (const { wireVersion, spec } of vectorFiles) {
    expect(wireVersion).toBe(spec.startsWith('11') ? 0x12 : 0x11);
  }
  expect(Object.fromEntries(vectorSets.map(({ name, cases }) => [name, cases.length]))).toEqual({
    'key-schedule': 20,
    body: 10,
    forward: 42,
    surb: 20,
    crossover: 20,
    mailbox: 20,
    contact: 10,
    greeting: 10,
    replay: 10,
    malformed: 115,
    'suite2-key-schedule': 8,
    'suite2-forward': 6,
    'suite2-crossover': 3,
    'suite2-malformed': 15,
  });
});

/** Backends that are wrong in one primitive: each agrees with itself, and must not with the vectors. */
const faults: readonly (readonly [string, CryptoSuite, readonly string[]])[] = [
  [
    'another label of the hop',
    {
      ...noble,
      blake2b: (out, message, key) =>
        noble.blake2b(out, message, key === LABELS.hop ? LABELS.bodySeed : key),
    },
    vectorSets.map(({ name }) => name).filter((name) => name !== 'body'),
  ],
  [
    'one bit of every MAC',
    {
      ...noble,
      poly1305: (out, message, key) => {
        noble.poly1305(out, message, key);
        out[15] = (out[15] ?? 0) ^ 1;
      },
    },
    vectorSets.map(({ name }) => name).filter((name) => !/body|key-schedule/u.test(name)),
  ],
  [
    'a stream that starts at block 1',
    {
      ...noble,
      chacha20Xor: (out, message, key, nonce) => {
        const stream = new Uint8Array(message.length + 64);
        noble.chacha20Stream(stream, key, nonce);
        for (let i = 0; i < out.length; i++) {
          out[i] = (message[i] ?? 0) ^ (stream[i + 64] ?? 0);
        }
      },
    },
    // Where only a verdict is compared, and the body is under nobody's MAC, nothing shows.
    vectorSets
      .map(({ name }) => name)
      .filter((name) => !/key-schedule|replay|malformed/u.test(name)),
  ],
];

test.each(faults)('planted fault, noticed: %s', (_, faulty, noticedBy) => {
  for (const { name, cases } of vectorSets.filter((each) => noticedBy.includes(each.name))) {
    expect(() => cases.forEach((check) => check(faulty)), name).toThrow();
  }
});
