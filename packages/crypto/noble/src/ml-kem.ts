import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import {
  expectLength,
  KEM_CIPHERTEXT_BYTES,
  KEM_PUBLIC_BYTES,
  KEM_SECRET_BYTES,
  KEM_SEED_BYTES,
  KEY_BYTES,
} from '@sotto/suite';
import { wipe } from '@sotto/wire';

/** ML-KEM-768 key generation, FIPS 203 §7.1, from d ‖ z. @throws RangeError on a wrong length. */
export function kemKeypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void {
  expectLength('publicKey', publicKey, KEM_PUBLIC_BYTES);
  expectLength('secretKey', secretKey, KEM_SECRET_BYTES);
  expectLength('seed', seed, KEM_SEED_BYTES);
  const keys = ml_kem768.keygen(seed);
  publicKey.set(keys.publicKey);
  secretKey.set(keys.secretKey);
  wipe(keys.secretKey);
}

/** Encapsulation, FIPS 203 §7.2. @returns false, with outputs zeroed, when the modulus check fails. */
export function kemEncapsulate(
  ciphertext: Uint8Array,
  shared: Uint8Array,
  publicKey: Uint8Array,
  coins: Uint8Array,
): boolean {
  expectLength('ciphertext', ciphertext, KEM_CIPHERTEXT_BYTES);
  expectLength('shared', shared, KEY_BYTES);
  expectLength('publicKey', publicKey, KEM_PUBLIC_BYTES);
  expectLength('coins', coins, KEY_BYTES);
  try {
    const made = ml_kem768.encapsulate(publicKey, coins);
    ciphertext.set(made.cipherText);
    shared.set(made.sharedSecret);
    wipe(made.sharedSecret);
    return true;
  } catch {
    // With the lengths right, the library throws for one reason: the modulus check.
    ciphertext.fill(0);
    shared.fill(0);
    return false;
  }
}

/** Decapsulation, FIPS 203 §7.3. @returns false, with the output zeroed, when the hash check fails. */
export function kemDecapsulate(
  shared: Uint8Array,
  ciphertext: Uint8Array,
  secretKey: Uint8Array,
): boolean {
  expectLength('shared', shared, KEY_BYTES);
  expectLength('ciphertext', ciphertext, KEM_CIPHERTEXT_BYTES);
  expectLength('secretKey', secretKey, KEM_SECRET_BYTES);
  try {
    const secret = ml_kem768.decapsulate(ciphertext, secretKey);
    shared.set(secret);
    wipe(secret);
    return true;
  } catch {
    // With the lengths right, the library throws for one reason: the hash check of the secret key.
    shared.fill(0);
    return false;
  }
}
