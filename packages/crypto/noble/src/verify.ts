import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { expectLength, KEY_BYTES, POINT_BYTES, SIGNATURE_BYTES } from '@sotto/suite';

const { Point } = ed25519;
type Point = typeof Point.BASE;

/** Reads a canonical encoding of a point of more than low order. */
function soundPoint(encoding: Uint8Array): Point | undefined {
  try {
    const point = Point.fromBytes(encoding, false);
    return point.isSmallOrder() ? undefined : point;
  } catch {
    // Not on the curve, or a coordinate that is not reduced.
    return undefined;
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  let number = 0n;
  for (const byte of bytes.toReversed()) number = (number << 8n) | BigInt(byte);
  return number;
}

/**
 * Ed25519 verification as libsodium does it: S · B − k · A must be R itself. The library's own
 * `verify` multiplies both sides by the cofactor, and so accepts signatures, by a signer who mixes
 * points of low order in, that libsodium refuses: one descriptor, two opinions.
 * @see RFC 8032 §5.1.7, the equation without the cofactor
 */
export function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  expectLength('signature', signature, SIGNATURE_BYTES);
  expectLength('publicKey', publicKey, POINT_BYTES);
  const nonce = signature.subarray(0, KEY_BYTES);
  const signer = soundPoint(publicKey);
  const commitment = soundPoint(nonce);
  const response = littleEndian(signature.subarray(KEY_BYTES));
  if (signer === undefined || commitment === undefined || response >= Point.Fn.ORDER) return false;
  const digest = sha512.create().update(nonce).update(publicKey).update(message).digest();
  const challenge = Point.Fn.create(littleEndian(digest));
  const expected = Point.BASE.multiplyUnsafe(response).subtract(signer.multiplyUnsafe(challenge));
  return expected.equals(commitment);
}
