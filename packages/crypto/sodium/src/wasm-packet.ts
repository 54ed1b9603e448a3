import {
  type CryptoSuite,
  expectLength,
  expectLengthBetween,
  KEY_BYTES,
  MAC_BYTES,
  NONCE_BYTES,
  POINT_BYTES,
} from '@sotto/suite';
import type { Scratch } from './scratch.ts';
import { expectSuccess } from './success.ts';
import type { WasmModule } from './wasm-module.ts';

type PacketPart = Pick<
  CryptoSuite,
  'x25519' | 'x25519Base' | 'blake2b' | 'chacha20Stream' | 'chacha20Xor' | 'poly1305'
>;

/** What a packet passes through. */
export function wasmPacket(sodium: WasmModule, scratch: Scratch): PacketPart {
  return {
    x25519(out, scalar, point) {
      expectLength('out', out, POINT_BYTES);
      expectLength('scalar', scalar, KEY_BYTES);
      expectLength('point', point, POINT_BYTES);
      scratch.open(3 * KEY_BYTES);
      const at = scratch.reserve(POINT_BYTES);
      const fine =
        sodium.crypto_scalarmult_curve25519(at, scratch.put(scalar), scratch.put(point)) === 0;
      if (fine) scratch.take(out, at);
      else out.fill(0);
      scratch.close();
      return fine;
    },
    x25519Base(out, scalar) {
      expectLength('out', out, POINT_BYTES);
      expectLength('scalar', scalar, KEY_BYTES);
      scratch.open(2 * KEY_BYTES);
      const at = scratch.reserve(POINT_BYTES);
      expectSuccess(sodium.crypto_scalarmult_curve25519_base(at, scratch.put(scalar)));
      scratch.take(out, at);
      scratch.close();
    },

    blake2b(out, message, key) {
      expectLengthBetween('out', out, 16, 64);
      if (key !== undefined) expectLengthBetween('key', key, 16, 64);
      scratch.open(128 + message.byteLength);
      const at = scratch.reserve(out.byteLength);
      expectSuccess(
        sodium.crypto_generichash_blake2b(
          at,
          out.byteLength,
          scratch.put(message),
          message.byteLength,
          0,
          key === undefined ? 0 : scratch.put(key),
          key === undefined ? 0 : key.byteLength,
        ),
      );
      scratch.take(out, at);
      scratch.close();
    },

    chacha20Stream(out, key, nonce) {
      expectLength('key', key, KEY_BYTES);
      expectLength('nonce', nonce, NONCE_BYTES);
      scratch.open(64 + out.byteLength);
      const at = scratch.reserve(out.byteLength);
      expectSuccess(
        sodium.crypto_stream_chacha20_ietf(
          at,
          out.byteLength,
          0,
          scratch.put(nonce),
          scratch.put(key),
        ),
      );
      scratch.take(out, at);
      scratch.close();
    },
    chacha20Xor(out, message, key, nonce) {
      expectLength('out', out, message.byteLength);
      expectLength('key', key, KEY_BYTES);
      expectLength('nonce', nonce, NONCE_BYTES);
      scratch.open(64 + message.byteLength);
      const at = scratch.put(message);
      expectSuccess(
        sodium.crypto_stream_chacha20_ietf_xor(
          at,
          at,
          message.byteLength,
          0,
          scratch.put(nonce),
          scratch.put(key),
        ),
      );
      scratch.take(out, at);
      scratch.close();
    },

    poly1305(out, message, key) {
      expectLength('out', out, MAC_BYTES);
      expectLength('key', key, KEY_BYTES);
      scratch.open(64 + message.byteLength);
      const at = scratch.reserve(MAC_BYTES);
      expectSuccess(
        sodium.crypto_onetimeauth_poly1305(
          at,
          scratch.put(message),
          message.byteLength,
          0,
          scratch.put(key),
        ),
      );
      scratch.take(out, at);
      scratch.close();
    },
  };
}
