import { chacha20, chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { poly1305 } from '@noble/ciphers/_poly1305.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { blake2b } from '@noble/hashes/blake2.js';
import {
  type CryptoSuite,
  expectLength,
  expectLengthBetween,
  KEY_BYTES,
  MAC_BYTES,
  NONCE_BYTES,
  POINT_BYTES,
  SIGNATURE_BYTES,
  SIGNING_SECRET_BYTES,
} from '@sotto/suite';
import { wipe } from '@sotto/wire';
import { kemDecapsulate, kemEncapsulate, kemKeypair } from './ml-kem.ts';
import { verify } from './verify.ts';

/** Copies a result that the library allocated into the caller's buffer and wipes the original. */
function hand(out: Uint8Array, result: Uint8Array): void {
  out.set(result);
  wipe(result);
}

const suite: CryptoSuite = {
  name: 'noble',

  x25519(out, scalar, point) {
    expectLength('out', out, POINT_BYTES);
    expectLength('scalar', scalar, KEY_BYTES);
    expectLength('point', point, POINT_BYTES);
    try {
      hand(out, x25519.scalarMult(scalar, point));
      return true;
    } catch {
      // With the lengths right, the library throws for one reason: a point of low order.
      out.fill(0);
      return false;
    }
  },
  x25519Base(out, scalar) {
    expectLength('out', out, POINT_BYTES);
    expectLength('scalar', scalar, KEY_BYTES);
    hand(out, x25519.scalarMultBase(scalar));
  },

  blake2b(out, message, key) {
    expectLengthBetween('out', out, 16, 64);
    if (key === undefined) {
      hand(out, blake2b(message, { dkLen: out.byteLength }));
      return;
    }
    expectLengthBetween('key', key, 16, 64);
    hand(out, blake2b(message, { dkLen: out.byteLength, key }));
  },

  chacha20Stream(out, key, nonce) {
    expectLength('key', key, KEY_BYTES);
    expectLength('nonce', nonce, NONCE_BYTES);
    out.fill(0);
    chacha20(key, nonce, out, out);
  },
  chacha20Xor(out, message, key, nonce) {
    expectLength('out', out, message.byteLength);
    expectLength('key', key, KEY_BYTES);
    expectLength('nonce', nonce, NONCE_BYTES);
    chacha20(key, nonce, message, out);
  },

  poly1305(out, message, key) {
    expectLength('out', out, MAC_BYTES);
    expectLength('key', key, KEY_BYTES);
    hand(out, poly1305(message, key));
  },

  aeadSeal(out, plaintext, associated, key, nonce) {
    expectLength('out', out, plaintext.byteLength + MAC_BYTES);
    expectLength('key', key, KEY_BYTES);
    expectLength('nonce', nonce, NONCE_BYTES);
    hand(out, chacha20poly1305(key, nonce, associated).encrypt(plaintext));
  },
  aeadOpen(out, sealed, associated, key, nonce) {
    expectLength('out', out, sealed.byteLength - MAC_BYTES);
    expectLength('key', key, KEY_BYTES);
    expectLength('nonce', nonce, NONCE_BYTES);
    try {
      hand(out, chacha20poly1305(key, nonce, associated).decrypt(sealed));
      return true;
    } catch {
      // With the lengths right, the library throws for one reason: a wrong tag.
      out.fill(0);
      return false;
    }
  },

  signingKeypair(publicKey, secretKey, seed) {
    expectLength('publicKey', publicKey, POINT_BYTES);
    expectLength('secretKey', secretKey, SIGNING_SECRET_BYTES);
    expectLength('seed', seed, KEY_BYTES);
    const point = ed25519.getPublicKey(seed);
    secretKey.set(seed);
    secretKey.set(point, KEY_BYTES);
    publicKey.set(point);
  },
  sign(signature, message, secretKey) {
    expectLength('signature', signature, SIGNATURE_BYTES);
    expectLength('secretKey', secretKey, SIGNING_SECRET_BYTES);
    signature.set(ed25519.sign(message, secretKey.subarray(0, KEY_BYTES)));
  },
  verify,

  kemKeypair,
  kemEncapsulate,
  kemDecapsulate,
};

/** The backend on the noble libraries. Ready at once; a promise, like the other backends. */
export const open = (): Promise<CryptoSuite> => Promise.resolve(suite);
