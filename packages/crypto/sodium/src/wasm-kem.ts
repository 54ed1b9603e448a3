import {
  expectLength,
  KEM_CIPHERTEXT_BYTES,
  KEM_PUBLIC_BYTES,
  KEM_SECRET_BYTES,
  KEM_SEED_BYTES,
  KEY_BYTES,
} from '@sotto/suite';
import { equalBytes } from '@sotto/wire';
import type { Kem } from './noble-kem.ts';
import type { Scratch } from './scratch.ts';
import { expectSuccess } from './success.ts';
import type { WasmModule } from './wasm-module.ts';

// FIPS 203 §6.1: the secret key is s (1152 bytes) ‖ public key ‖ its SHA3-256 ‖ z.
const publicOffset = 1152;
const hashOffset = publicOffset + KEM_PUBLIC_BYTES;

/** ML-KEM-768 of libsodium, in its deterministic forms. */
export function wasmKem(sodium: WasmModule, scratch: Scratch): Kem {
  const hash = new Uint8Array(32);
  return {
    kemKeypair(publicKey, secretKey, seed) {
      expectLength('publicKey', publicKey, KEM_PUBLIC_BYTES);
      expectLength('secretKey', secretKey, KEM_SECRET_BYTES);
      expectLength('seed', seed, KEM_SEED_BYTES);
      scratch.open(KEM_PUBLIC_BYTES + KEM_SECRET_BYTES + KEM_SEED_BYTES);
      const publicAt = scratch.reserve(KEM_PUBLIC_BYTES);
      const secretAt = scratch.reserve(KEM_SECRET_BYTES);
      expectSuccess(sodium.crypto_kem_mlkem768_seed_keypair(publicAt, secretAt, scratch.put(seed)));
      scratch.take(publicKey, publicAt);
      scratch.take(secretKey, secretAt);
      scratch.close();
    },
    kemEncapsulate(ciphertext, shared, publicKey, coins) {
      expectLength('ciphertext', ciphertext, KEM_CIPHERTEXT_BYTES);
      expectLength('shared', shared, KEY_BYTES);
      expectLength('publicKey', publicKey, KEM_PUBLIC_BYTES);
      expectLength('coins', coins, KEY_BYTES);
      scratch.open(KEM_CIPHERTEXT_BYTES + KEM_PUBLIC_BYTES + 2 * KEY_BYTES);
      const ciphertextAt = scratch.reserve(KEM_CIPHERTEXT_BYTES);
      const sharedAt = scratch.reserve(KEY_BYTES);
      // Refuses a public key that fails the modulus check.
      const fine =
        sodium.crypto_kem_mlkem768_enc_deterministic(
          ciphertextAt,
          sharedAt,
          scratch.put(publicKey),
          scratch.put(coins),
        ) === 0;
      if (fine) {
        scratch.take(ciphertext, ciphertextAt);
        scratch.take(shared, sharedAt);
      } else {
        ciphertext.fill(0);
        shared.fill(0);
      }
      scratch.close();
      return fine;
    },
    kemDecapsulate(shared, ciphertext, secretKey) {
      expectLength('shared', shared, KEY_BYTES);
      expectLength('ciphertext', ciphertext, KEM_CIPHERTEXT_BYTES);
      expectLength('secretKey', secretKey, KEM_SECRET_BYTES);
      scratch.open(KEM_CIPHERTEXT_BYTES + KEM_SECRET_BYTES + 2 * KEY_BYTES);
      const at = scratch.reserve(KEY_BYTES);
      const hashAt = scratch.reserve(KEY_BYTES);
      const secretAt = scratch.put(secretKey);
      // libsodium leaves the hash check of FIPS 203 §7.3 out.
      expectSuccess(
        sodium.crypto_hash_sha3256(hashAt, secretAt + publicOffset, KEM_PUBLIC_BYTES, 0),
      );
      scratch.take(hash, hashAt);
      const fine = equalBytes(hash, secretKey.subarray(hashOffset, hashOffset + 32));
      if (fine) {
        expectSuccess(sodium.crypto_kem_mlkem768_dec(at, scratch.put(ciphertext), secretAt));
        scratch.take(shared, at);
      } else {
        shared.fill(0);
      }
      scratch.close();
      return fine;
    },
  };
}
