import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import {
  type CryptoSuite,
  expectLength,
  KEM_CIPHERTEXT_BYTES,
  KEM_PUBLIC_BYTES,
  KEM_SECRET_BYTES,
  KEM_SEED_BYTES,
  KEY_BYTES,
} from '@sotto/suite';
import { wipe } from '@sotto/wire';

/** The part of a suite that is ML-KEM-768. */
export type Kem = Pick<CryptoSuite, 'kemKeypair' | 'kemEncapsulate' | 'kemDecapsulate'>;

/**
 * ML-KEM-768 in TypeScript, FIPS 203: sodium-native exports none, and node:crypto has neither key
 * generation from a seed that yields the expanded key nor encapsulation with given coins.
 */
export const nobleKem: Kem = {
  kemKeypair(publicKey, secretKey, seed) {
    expectLength('publicKey', publicKey, KEM_PUBLIC_BYTES);
    expectLength('secretKey', secretKey, KEM_SECRET_BYTES);
    expectLength('seed', seed, KEM_SEED_BYTES);
    const keys = ml_kem768.keygen(seed);
    publicKey.set(keys.publicKey);
    secretKey.set(keys.secretKey);
    wipe(keys.secretKey);
  },
  kemEncapsulate(ciphertext, shared, publicKey, coins) {
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
  },
  kemDecapsulate(shared, ciphertext, secretKey) {
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
  },
};
