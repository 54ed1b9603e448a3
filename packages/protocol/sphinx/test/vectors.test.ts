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

test('as many cases as the specification promises, of this version', () => {
  expect(vectorFiles.map(({ wireVersion }) => wireVersion)).toEqual(vectorFiles.map(() => 0x11));
  expect(Object.fromEntries(vectorSets.map(({ name, cases }) => [name, cases.length]))).toEqual({
    'key-schedule': 20,
    body: 4,
    forward: 12,
    crossover: 6,
    mailbox: 6,
    contact: 4,
    replay: 5,
    malformed: 36,
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
    ['key-schedule', 'forward', 'crossover', 'mailbox', 'contact', 'replay', 'malformed'],
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
    ['forward', 'crossover', 'mailbox', 'contact', 'replay', 'malformed'],
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
    ['body', 'forward', 'crossover', 'mailbox', 'contact'],
  ],
];

test.each(faults)('planted fault, noticed: %s', (_, faulty, noticedBy) => {
  for (const { name, cases } of vectorSets.filter((each) => noticedBy.includes(each.name))) {
    expect(() => cases.forEach((check) => check(faulty)), name).toThrow();
  }
});
