import { open as openNoble } from '@sotto/noble';
import { open as openNative } from '@sotto/sodium/native';
import { open as openWasm } from '@sotto/sodium/wasm';
import type { CryptoSuite } from '@sotto/suite';
import { toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

// All three in one process, as in a node whose tests run beside a browser client.
const suites = await Promise.all([openNative(), openWasm(), openNoble()]);

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const message = fc.uint8Array({ maxLength: 3000, size: 'max' });

/** Runs the same on every backend and expects the same results. */
function agree<T>(run: (suite: CryptoSuite) => T): T {
  const [first, ...others] = suites.map(run);
  for (const other of others) expect(other).toEqual(first);
  if (first === undefined) throw new Error('no backend gave a result');
  return first;
}

function property<T>(
  name: string,
  given: fc.Arbitrary<T>,
  run: (suite: CryptoSuite, given: T) => unknown,
): void {
  test(name, { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(given, (value) => {
        agree((suite) => run(suite, value));
      }),
      { numRuns: 100 },
    );
  });
}

function made(length: number, fill: (out: Uint8Array) => unknown): string {
  const out = new Uint8Array(length).fill(7);
  const outcome = fill(out) === false ? 'refused' : 'made';
  return `${outcome} ${toHex(out)}`;
}

test('the three are the three', () => {
  expect(suites.map(({ name }) => name)).toEqual(['sodium-native', 'sodium-wasm', 'noble']);
});

property(
  'x25519, also of arbitrary encodings',
  fc.tuple(bytes(32), bytes(32)),
  (suite, [scalar, point]) => [
    made(32, (out) => suite.x25519(out, scalar, point)),
    made(32, (out) => suite.x25519Base(out, scalar)),
  ],
);

property(
  'blake2b',
  fc.tuple(
    message,
    fc.option(fc.uint8Array({ minLength: 16, maxLength: 64 })),
    fc.integer({ min: 16, max: 64 }),
  ),
  (suite, [text, key, length]) =>
    made(length, (out) => suite.blake2b(out, text, key === null ? undefined : key)),
);

property(
  'chacha20 and poly1305',
  fc.tuple(message, bytes(32), bytes(12)),
  (suite, [text, key, nonce]) => [
    made(text.length, (out) => suite.chacha20Stream(out, key, nonce)),
    made(text.length, (out) => suite.chacha20Xor(out, text, key, nonce)),
    made(16, (out) => suite.poly1305(out, text, key)),
  ],
);

property(
  'aead, sealed, opened and opened after a change',
  fc.tuple(message, message, bytes(32), bytes(12), fc.nat()),
  (suite, [text, associated, key, nonce, at]) => {
    const sealed = new Uint8Array(text.length + 16);
    suite.aeadSeal(sealed, text, associated, key, nonce);
    const opened = made(text.length, (out) => suite.aeadOpen(out, sealed, associated, key, nonce));
    expect(opened).toBe(`made ${toHex(text)}`);
    const changed = sealed.slice();
    changed[at % sealed.length] = (changed[at % sealed.length] ?? 0) ^ 1;
    const refused = made(text.length, (out) =>
      suite.aeadOpen(out, changed, associated, key, nonce),
    );
    expect(refused).toMatch(/^refused 0*$/);
    return [toHex(sealed), opened, refused];
  },
);

property(
  'ed25519, signed, verified, verified after a change of key or signature',
  fc.tuple(bytes(32), message, fc.nat({ max: 95 }), fc.integer({ min: 1, max: 255 })),
  (suite, [seed, text, at, mask]) => {
    const publicKey = new Uint8Array(32);
    const secretKey = new Uint8Array(64);
    const signature = new Uint8Array(64);
    suite.signingKeypair(publicKey, secretKey, seed);
    suite.sign(signature, text, secretKey);
    expect(suite.verify(signature, text, publicKey)).toBe(true);
    const both = Uint8Array.of(...signature, ...publicKey);
    both[at] = (both[at] ?? 0) ^ mask;
    const changed = suite.verify(both.subarray(0, 64), text, both.subarray(64));
    return [toHex(secretKey), toHex(signature), changed];
  },
);

property(
  'ml-kem-768, with implicit rejection of another ciphertext and of arbitrary bytes',
  fc.tuple(bytes(64), bytes(32), bytes(1088), fc.nat({ max: 1087 })),
  (suite, [seed, coins, arbitrary, at]) => {
    const publicKey = new Uint8Array(1184);
    const secretKey = new Uint8Array(2400);
    const ciphertext = new Uint8Array(1088);
    suite.kemKeypair(publicKey, secretKey, seed);
    const shared = made(32, (out) => suite.kemEncapsulate(ciphertext, out, publicKey, coins));
    expect(made(32, (out) => suite.kemDecapsulate(out, ciphertext, secretKey))).toBe(shared);
    const changed = ciphertext.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    return [
      toHex(publicKey),
      toHex(secretKey),
      toHex(ciphertext),
      shared,
      made(32, (out) => suite.kemDecapsulate(out, changed, secretKey)),
      made(32, (out) => suite.kemDecapsulate(out, arbitrary, secretKey)),
    ];
  },
);

property(
  'ml-kem-768, arbitrary public keys: the modulus check',
  fc.tuple(bytes(1184), bytes(32), fc.boolean()),
  (suite, [arbitrary, coins, masked]) => {
    // Of random coefficients some are q or above; with the upper bits masked none is.
    const publicKey = masked
      ? arbitrary.map((byte, i) => (i % 3 === 1 ? byte & 0x77 : i % 3 === 2 ? byte & 0x7f : byte))
      : arbitrary;
    const shared = new Uint8Array(32);
    const ciphertext = made(1088, (out) => suite.kemEncapsulate(out, shared, publicKey, coins));
    if (masked) expect(ciphertext).toMatch(/^made /u);
    return [ciphertext, toHex(shared)];
  },
);

test('a difference between two backends is found', () => {
  expect(() => agree(({ name }) => name)).toThrow();
});
