import { type CryptoSuite, expectLength, KEY_BYTES, MAC_BYTES, NONCE_BYTES } from '@sotto/suite';
import type { Scratch } from './scratch.ts';
import { expectSuccess } from './success.ts';
import type { WasmModule } from './wasm-module.ts';

/** ChaCha20-Poly1305. */
export function wasmAead(
  sodium: WasmModule,
  scratch: Scratch,
): Pick<CryptoSuite, 'aeadSeal' | 'aeadOpen'> {
  return {
    aeadSeal(out, plaintext, associated, key, nonce) {
      expectLength('out', out, plaintext.byteLength + MAC_BYTES);
      expectLength('key', key, KEY_BYTES);
      expectLength('nonce', nonce, NONCE_BYTES);
      scratch.open(64 + out.byteLength + plaintext.byteLength + associated.byteLength);
      const at = scratch.reserve(out.byteLength);
      expectSuccess(
        sodium.crypto_aead_chacha20poly1305_ietf_encrypt(
          at,
          0,
          scratch.put(plaintext),
          plaintext.byteLength,
          0,
          scratch.put(associated),
          associated.byteLength,
          0,
          0,
          scratch.put(nonce),
          scratch.put(key),
        ),
      );
      scratch.take(out, at);
      scratch.close();
    },
    aeadOpen(out, sealed, associated, key, nonce) {
      expectLength('out', out, sealed.byteLength - MAC_BYTES);
      expectLength('key', key, KEY_BYTES);
      expectLength('nonce', nonce, NONCE_BYTES);
      scratch.open(64 + out.byteLength + sealed.byteLength + associated.byteLength);
      const at = scratch.reserve(out.byteLength);
      const fine =
        sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
          at,
          0,
          0,
          scratch.put(sealed),
          sealed.byteLength,
          0,
          scratch.put(associated),
          associated.byteLength,
          0,
          scratch.put(nonce),
          scratch.put(key),
        ) === 0;
      if (fine) scratch.take(out, at);
      else out.fill(0);
      scratch.close();
      return fine;
    },
  };
}
