import { createPrivateKey, decapsulate } from 'node:crypto';
import {
  expectLength,
  KEM_CIPHERTEXT_BYTES,
  KEM_PUBLIC_BYTES,
  KEM_SECRET_BYTES,
  KEM_SEED_BYTES,
  KEY_BYTES,
} from '@sotto/suite';
import { equalBytes, fromHex, wipe } from '@sotto/wire';
import { type Kem, nobleKem } from './noble-kem.ts';

// RFC 9935 §6: PKCS#8 of ML-KEM-768 in its `expandedKey` form, up to the 2400 bytes of the key.
const pkcs8Head =
  fromHex('30820978020100300b06096086480165030404020482096404820960') ?? new Uint8Array();

/** Decapsulation by OpenSSL: twice as fast as TypeScript, and of constant time. */
function opensslDecapsulate(
  shared: Uint8Array,
  ciphertext: Uint8Array,
  secretKey: Uint8Array,
): boolean {
  expectLength('shared', shared, KEY_BYTES);
  expectLength('ciphertext', ciphertext, KEM_CIPHERTEXT_BYTES);
  expectLength('secretKey', secretKey, KEM_SECRET_BYTES);
  const encoded = Buffer.alloc(pkcs8Head.length + KEM_SECRET_BYTES);
  encoded.set(pkcs8Head);
  encoded.set(secretKey, pkcs8Head.length);
  try {
    const key = createPrivateKey({ key: encoded, format: 'der', type: 'pkcs8' });
    const secret = decapsulate(key, ciphertext);
    shared.set(secret);
    wipe(secret);
    return true;
  } catch (error) {
    shared.fill(0);
    // The hash check of FIPS 203 §7.3, and OpenSSL's own check that the halves of a key fit.
    if (error instanceof Error && 'code' in error && error.code === 'ERR_OSSL_INVALID_KEY') {
      return false;
    }
    throw error;
  } finally {
    wipe(encoded);
  }
}

/** Whether this Node was built with an OpenSSL (3.5 or later) that knows ML-KEM-768. */
function opensslHasKem(): boolean {
  const publicKey = new Uint8Array(KEM_PUBLIC_BYTES);
  const secretKey = new Uint8Array(KEM_SECRET_BYTES);
  const ciphertext = new Uint8Array(KEM_CIPHERTEXT_BYTES);
  const expected = new Uint8Array(KEY_BYTES);
  const shared = new Uint8Array(KEY_BYTES);
  nobleKem.kemKeypair(publicKey, secretKey, new Uint8Array(KEM_SEED_BYTES));
  nobleKem.kemEncapsulate(ciphertext, expected, publicKey, new Uint8Array(KEY_BYTES));
  try {
    return opensslDecapsulate(shared, ciphertext, secretKey) && equalBytes(shared, expected);
  } catch {
    // An unknown key type: the build is without it.
    return false;
  }
}

/** ML-KEM-768 for Node: key generation and encapsulation in TypeScript, decapsulation by OpenSSL if it can. */
export function nativeKem(): Kem {
  return opensslHasKem() ? { ...nobleKem, kemDecapsulate: opensslDecapsulate } : nobleKem;
}
