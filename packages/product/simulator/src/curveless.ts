import type { CryptoSuite } from '@sotto/suite';

const masked = (bytes: Uint8Array, i: number): number => (bytes[i] ?? 0) & (i === 31 ? 0x7f : 0xff);

/**
 * A suite whose X25519 is an exclusive or: it keeps the equation of the key exchange, protects
 * nothing, and makes a packet ten times cheaper. For runs that look at times and ways only, on
 * which keys have no influence.
 */
export function curveless(suite: CryptoSuite): CryptoSuite {
  return {
    ...suite,
    x25519: (out, scalar, point) => {
      for (let i = 0; i < 32; i++) out[i] = masked(scalar, i) ^ masked(point, i);
      return true;
    },
    x25519Base: (out, scalar) => {
      for (let i = 0; i < 32; i++) out[i] = masked(scalar, i);
    },
  };
}
