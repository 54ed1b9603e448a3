import { open } from '@sotto/noble';
import {
  BUNDLE_BYTES,
  createIdentity,
  createPrekey,
  decodeBundle,
  identityFromSecret,
  prekeyFromSecret,
} from '@sotto/ratchet';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bundleHash } from '../src/bundle.ts';
import { seededRng } from './seeded-rng.ts';

const suite = await open();
const rng = seededRng(suite, 1);
const identity = createIdentity(suite, rng);
const prekey = createPrekey(suite, rng, identity);
const code = (encoded: Uint8Array, hash: Uint8Array): string => {
  const read = decodeBundle(suite, encoded, hash);
  return read.ok ? 'ok' : read.error.code;
};

test('a bundle is its encoding read back, and comes again from its stored secret', () => {
  expect(prekey.encoded.length).toBe(BUNDLE_BYTES);
  expect(decodeBundle(suite, prekey.encoded, prekey.bundle.hash)).toEqual({
    ok: true,
    value: prekey.bundle,
  });
  const again = prekeyFromSecret(suite, prekey.secret, identityFromSecret(suite, identity.secret));
  expect(again.encoded).toEqual(prekey.encoded);
  expect(() => prekeyFromSecret(suite, prekey.secret.slice(1), identity)).toThrow(RangeError);
});

test('a bundle with any bit changed is not the one of the invite', () => {
  fc.assert(
    fc.property(fc.nat(BUNDLE_BYTES * 8 - 1), (bit) => {
      const changed = prekey.encoded.slice();
      changed[bit >>> 3] = (changed[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      expect(code(changed, prekey.bundle.hash)).toBe('hash');
    }),
  );
});

test('a bundle that its own maker got wrong is refused by the reason', () => {
  const refused = (change: (bytes: Uint8Array) => Uint8Array): string => {
    const changed = change(prekey.encoded.slice());
    return code(changed, bundleHash(suite, changed));
  };
  expect(refused((b) => b.fill(1, 0, 1))).toBe('unknown-version');
  expect(refused((b) => b.slice(0, -1))).toBe('wrong-length');
  expect(refused((b) => Uint8Array.of(...b, 0))).toBe('wrong-length');
  expect(refused((b) => b.fill(0xff, 1, 33))).toBe('point');
  expect(refused((b) => b.fill(0xff, 33, 65))).toBe('point');
  expect(refused(() => new Uint8Array(0))).toBe('unknown-version');
});

test('any bytes have an answer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (any) => {
      expect(code(any, prekey.bundle.hash)).toBe('hash');
      expect(code(any, bundleHash(suite, any))).not.toBe('ok');
    }),
  );
});
