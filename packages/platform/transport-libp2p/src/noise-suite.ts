import { type ICryptoInterface, pureJsCrypto } from '@libp2p/noise';
import { type CryptoSuite, KEY_BYTES, MAC_BYTES, POINT_BYTES } from '@sotto/suite';

/**
 * The cryptography of Noise on a suite: in a browser libsodium as Wasm, whose cipher is several times
 * faster than the library's JavaScript. SHA-256 and HKDF, used in the handshake alone, stay as they are.
 */
export function suiteNoiseCrypto(suite: CryptoSuite): ICryptoInterface {
  const keyPair = (privateKey: Uint8Array): { publicKey: Uint8Array; privateKey: Uint8Array } => {
    const publicKey = new Uint8Array(POINT_BYTES);
    suite.x25519Base(publicKey, privateKey);
    return { publicKey, privateKey };
  };
  return {
    hashSHA256: (data) => pureJsCrypto.hashSHA256(data),
    getHKDF: (chainingKey, input) => pureJsCrypto.getHKDF(chainingKey, input),
    generateX25519KeyPair: () => keyPair(crypto.getRandomValues(new Uint8Array(KEY_BYTES))),
    generateX25519KeyPairFromSeed: (seed) => keyPair(seed),
    generateX25519SharedKey(privateKey, publicKey) {
      const out = new Uint8Array(POINT_BYTES);
      if (!suite.x25519(out, privateKey.subarray(), publicKey.subarray())) {
        throw new Error('the peer showed a point of low order');
      }
      return out;
    },
    chaCha20Poly1305Encrypt(plaintext, nonce, ad, key) {
      const message = plaintext.subarray();
      const out = new Uint8Array(message.length + MAC_BYTES);
      suite.aeadSeal(out, message, ad, key, nonce);
      return out;
    },
    chaCha20Poly1305Decrypt(ciphertext, nonce, ad, key) {
      if (ciphertext.byteLength < MAC_BYTES) throw new Error('the ciphertext has no tag');
      const sealed = ciphertext.subarray();
      // Memory of its own: what the library offers is the ciphertext's, and no suite promises that.
      const out = new Uint8Array(sealed.length - MAC_BYTES);
      if (!suite.aeadOpen(out, sealed, ad, key, nonce)) throw new Error('the tag is wrong');
      return out;
    },
  };
}
