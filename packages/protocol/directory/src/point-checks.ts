import { isCanonicalPoint } from '@sotto/sphinx';
import { fromHex } from '@sotto/wire';

/**
 * The canonical u-coordinates of low order on Curve25519 and its twist (RFC 7748 §6.1, Spec 07 §4.3):
 * 0; 1; both of order 8; p − 1. With one of them as a routing key every sender would agree on the same, known secret.
 */
export const LOW_ORDER_POINTS: readonly Uint8Array[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((text) => fromHex(text) ?? new Uint8Array(0));

/**
 * Whether two keys of equal length are the same, leaving at the first byte that differs: of public
 * values only. A descriptor has up to 25 keys, each held against every other, before its signature is checked.
 */
export const samePublicKey = (a: Uint8Array, b: Uint8Array): boolean =>
  a.every((byte, i) => byte === b[i]);

/** Whether an X25519 public key is one of {@link LOW_ORDER_POINTS}. */
export const isLowOrder = (key: Uint8Array): boolean =>
  LOW_ORDER_POINTS.some((point) => samePublicKey(point, key));

/**
 * Whether an Ed25519 public key has y below p (RFC 8032 §5.1.3). A second spelling of one point
 * would be a second name of one node. Low order is refused by the suite's `verify`.
 */
export function isCanonicalIdentity(key: Uint8Array): boolean {
  const y = key.slice();
  y[31] = (y[31] ?? 0) & 0x7f; // the sign of x
  return isCanonicalPoint(y);
}
