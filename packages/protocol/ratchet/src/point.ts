import { type CryptoSuite, POINT_BYTES } from '@sotto/suite';
import { wipe } from '@sotto/wire';

/**
 * Whether an X25519 public key is written in its one canonical form: below 2^255 − 19, top bit
 * clear (Spec 09 §3). RFC 7748 §5 reduces the others silently; we refuse them, so that one key has
 * one spelling in every transcript. Keys are public: an early exit tells nothing.
 */
export function isCanonicalPoint(point: Uint8Array): boolean {
  if (point.length !== POINT_BYTES) return false;
  const top = point[31] ?? 0xff;
  if (top !== 0x7f) return top < 0x7f;
  for (let i = 30; i > 0; i--) if (point[i] !== 0xff) return true;
  return (point[0] ?? 0xff) < 0xed;
}

/**
 * X25519 that refuses what a peer must not send: a non-canonical point, or one of low order, which
 * would make the shared secret zero whatever our key is (RFC 7748 §6.1).
 *
 * @returns the 32-byte shared secret (the caller wipes it); undefined when the point is refused.
 */
export function agree(
  suite: CryptoSuite,
  scalar: Uint8Array,
  point: Uint8Array,
): Uint8Array | undefined {
  const shared = new Uint8Array(POINT_BYTES);
  const nonZero = suite.x25519(shared, scalar, point);
  if (nonZero && isCanonicalPoint(point)) return shared;
  wipe(shared);
  return undefined;
}
