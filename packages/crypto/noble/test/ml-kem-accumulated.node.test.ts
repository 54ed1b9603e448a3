import { shake128 } from '@noble/hashes/sha3.js';
import { open as openNoble } from '@sotto/noble';
import { open as openNative } from '@sotto/sodium/native';
import { open as openWasm } from '@sotto/sodium/wasm';
import {
  type CryptoSuite,
  KEM_CIPHERTEXT_BYTES,
  KEM_PUBLIC_BYTES,
  KEM_SECRET_BYTES,
  KEM_SEED_BYTES,
  KEY_BYTES,
} from '@sotto/suite';
import { toHex } from '@sotto/wire';
import { expect, test } from 'vitest';

// The accumulated vectors of C2SP CCTV (c2sp.org/CCTV/ML-KEM): inputs drawn from SHAKE128 of
// nothing, all outputs hashed into one, the secret of a random ciphertext among them.
function accumulated(suite: CryptoSuite, rounds: number): string {
  const inputs = shake128.create({});
  const outputs = shake128.create({ dkLen: 32 });
  const publicKey = new Uint8Array(KEM_PUBLIC_BYTES);
  const secretKey = new Uint8Array(KEM_SECRET_BYTES);
  const ciphertext = new Uint8Array(KEM_CIPHERTEXT_BYTES);
  const shared = new Uint8Array(KEY_BYTES);
  const opened = new Uint8Array(KEY_BYTES);
  for (let round = 0; round < rounds; round++) {
    suite.kemKeypair(publicKey, secretKey, inputs.xof(KEM_SEED_BYTES));
    suite.kemEncapsulate(ciphertext, shared, publicKey, inputs.xof(KEY_BYTES));
    suite.kemDecapsulate(opened, ciphertext, secretKey);
    if (toHex(opened) !== toHex(shared)) return `round ${round} did not decapsulate`;
    outputs.update(publicKey).update(secretKey).update(ciphertext).update(shared);
    suite.kemDecapsulate(opened, inputs.xof(KEM_CIPHERTEXT_BYTES), secretKey);
    outputs.update(opened);
  }
  return toHex(outputs.digest());
}

test('ml-kem-768: the published hash of 10,000 exchanges', { timeout: 120_000 }, async () => {
  expect(accumulated(await openWasm(), 10_000)).toBe(
    'f959d18d3d1180121433bf0e05f11e7908cf9d03edc150b2b07cb90bef5bc1c1',
  );
});

test('ml-kem-768: the other backends agree on the first 200', { timeout: 120_000 }, async () => {
  const expected = accumulated(await openWasm(), 200);
  expect(accumulated(await openNative(), 200)).toBe(expected);
  expect(accumulated(await openNoble(), 200)).toBe(expected);
  expect(accumulated(await openWasm(), 199)).not.toBe(expected);
});
