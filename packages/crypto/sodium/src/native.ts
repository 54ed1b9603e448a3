/** The backend for Node: libsodium as an addon. @module */
import {
  type CryptoSuite,
  expectLength,
  expectLengthBetween,
  KEY_BYTES,
  MAC_BYTES,
  NONCE_BYTES,
  PASSWORD_SALT_BYTES,
  type PasswordHash,
  POINT_BYTES,
  SIGNATURE_BYTES,
  SIGNING_SECRET_BYTES,
} from '@sotto/suite';
import { loadBinding, type NativeBinding } from './native-binding.ts';
import { nativeKem } from './native-kem.ts';
import { expectSuccess } from './success.ts';

/** Argon2id 1.3 in libsodium's numbering. */
const ARGON2ID13 = 2;

const noKey = new ArrayBuffer(0);

function suiteOf(sodium: NativeBinding): CryptoSuite {
  return {
    name: 'sodium-native',

    x25519(out, scalar, point) {
      expectLength('out', out, POINT_BYTES);
      expectLength('scalar', scalar, KEY_BYTES);
      expectLength('point', point, POINT_BYTES);
      if (sodium.crypto_scalarmult(out, scalar, point) === 0) return true;
      out.fill(0);
      return false;
    },
    x25519Base(out, scalar) {
      expectLength('out', out, POINT_BYTES);
      expectLength('scalar', scalar, KEY_BYTES);
      expectSuccess(sodium.crypto_scalarmult_base(out, scalar));
    },

    blake2b(out, message, key) {
      expectLengthBetween('out', out, 16, 64);
      if (key !== undefined) expectLengthBetween('key', key, 16, 64);
      expectSuccess(
        sodium.crypto_generichash(
          out.buffer,
          out.byteOffset,
          out.byteLength,
          message.buffer,
          message.byteOffset,
          message.byteLength,
          key === undefined ? noKey : key.buffer,
          key === undefined ? 0 : key.byteOffset,
          key === undefined ? 0 : key.byteLength,
        ),
      );
    },

    chacha20Stream(out, key, nonce) {
      expectLength('key', key, KEY_BYTES);
      expectLength('nonce', nonce, NONCE_BYTES);
      expectSuccess(sodium.crypto_stream_chacha20_ietf(out, nonce, key));
    },
    chacha20Xor(out, message, key, nonce) {
      expectLength('out', out, message.byteLength);
      expectLength('key', key, KEY_BYTES);
      expectLength('nonce', nonce, NONCE_BYTES);
      expectSuccess(sodium.crypto_stream_chacha20_ietf_xor(out, message, nonce, key));
    },

    poly1305(out, message, key) {
      expectLength('out', out, MAC_BYTES);
      expectLength('key', key, KEY_BYTES);
      expectSuccess(sodium.crypto_onetimeauth(out, message, key));
    },

    aeadSeal(out, plaintext, associated, key, nonce) {
      expectLength('out', out, plaintext.byteLength + MAC_BYTES);
      expectLength('key', key, KEY_BYTES);
      expectLength('nonce', nonce, NONCE_BYTES);
      const length = sodium.crypto_aead_chacha20poly1305_ietf_encrypt(
        out,
        plaintext,
        associated,
        nonce,
        key,
      );
      if (length !== out.byteLength) throw new Error('libsodium refused checked arguments');
    },
    aeadOpen(out, sealed, associated, key, nonce) {
      expectLength('out', out, sealed.byteLength - MAC_BYTES);
      expectLength('key', key, KEY_BYTES);
      expectLength('nonce', nonce, NONCE_BYTES);
      const length = sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
        out,
        sealed,
        associated,
        nonce,
        key,
      );
      if (length === out.byteLength) return true;
      out.fill(0);
      return false;
    },

    signingKeypair(publicKey, secretKey, seed) {
      expectLength('publicKey', publicKey, POINT_BYTES);
      expectLength('secretKey', secretKey, SIGNING_SECRET_BYTES);
      expectLength('seed', seed, KEY_BYTES);
      expectSuccess(sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed));
    },
    sign(signature, message, secretKey) {
      expectLength('signature', signature, SIGNATURE_BYTES);
      expectLength('secretKey', secretKey, SIGNING_SECRET_BYTES);
      expectSuccess(sodium.crypto_sign_detached(signature, message, secretKey));
    },
    verify(signature, message, publicKey) {
      expectLength('signature', signature, SIGNATURE_BYTES);
      expectLength('publicKey', publicKey, POINT_BYTES);
      return sodium.crypto_sign_verify_detached(
        signature.buffer,
        signature.byteOffset,
        signature.byteLength,
        message.buffer,
        message.byteOffset,
        message.byteLength,
        publicKey.buffer,
        publicKey.byteOffset,
        publicKey.byteLength,
      );
    },

    ...nativeKem(),
  };
}

let opened: CryptoSuite | undefined;

/** The backend on sodium-native. @throws when the addon has no build for this platform. */
export const open = async (): Promise<CryptoSuite> => (opened ??= suiteOf(loadBinding()));

/** Argon2id on sodium-native, for the passphrases of accounts. @throws when the addon has no build for this platform. */
export async function openPasswordHash(): Promise<PasswordHash> {
  const sodium = loadBinding();
  return (out, password, salt, { passes, memoryBytes }) => {
    expectLength('salt', salt, PASSWORD_SALT_BYTES);
    if (sodium.crypto_pwhash(out, password, salt, passes, memoryBytes, ARGON2ID13) === 0)
      return true;
    out.fill(0);
    return false;
  };
}
