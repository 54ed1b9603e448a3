import {
  type CryptoSuite,
  expectLength,
  KEY_BYTES,
  POINT_BYTES,
  SIGNATURE_BYTES,
  SIGNING_SECRET_BYTES,
} from '@sotto/suite';
import type { Scratch } from './scratch.ts';
import { expectSuccess } from './success.ts';
import type { WasmModule } from './wasm-module.ts';

/** Ed25519. */
export function wasmSigning(
  sodium: WasmModule,
  scratch: Scratch,
): Pick<CryptoSuite, 'signingKeypair' | 'sign' | 'verify'> {
  return {
    signingKeypair(publicKey, secretKey, seed) {
      expectLength('publicKey', publicKey, POINT_BYTES);
      expectLength('secretKey', secretKey, SIGNING_SECRET_BYTES);
      expectLength('seed', seed, KEY_BYTES);
      scratch.open(POINT_BYTES + SIGNING_SECRET_BYTES + KEY_BYTES);
      const publicAt = scratch.reserve(POINT_BYTES);
      const secretAt = scratch.reserve(SIGNING_SECRET_BYTES);
      expectSuccess(sodium.crypto_sign_seed_keypair(publicAt, secretAt, scratch.put(seed)));
      scratch.take(publicKey, publicAt);
      scratch.take(secretKey, secretAt);
      scratch.close();
    },
    sign(signature, message, secretKey) {
      expectLength('signature', signature, SIGNATURE_BYTES);
      expectLength('secretKey', secretKey, SIGNING_SECRET_BYTES);
      scratch.open(SIGNATURE_BYTES + SIGNING_SECRET_BYTES + message.byteLength);
      const at = scratch.reserve(SIGNATURE_BYTES);
      expectSuccess(
        sodium.crypto_sign_detached(
          at,
          0,
          scratch.put(message),
          message.byteLength,
          0,
          scratch.put(secretKey),
        ),
      );
      scratch.take(signature, at);
      scratch.close();
    },
    verify(signature, message, publicKey) {
      expectLength('signature', signature, SIGNATURE_BYTES);
      expectLength('publicKey', publicKey, POINT_BYTES);
      scratch.open(SIGNATURE_BYTES + POINT_BYTES + message.byteLength);
      const fine =
        sodium.crypto_sign_verify_detached(
          scratch.put(signature),
          scratch.put(message),
          message.byteLength,
          0,
          scratch.put(publicKey),
        ) === 0;
      scratch.close();
      return fine;
    },
  };
}
