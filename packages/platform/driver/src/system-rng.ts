import type { Rng } from '@sotto/wire';

/** Bytes drawn from the system at once; WebCrypto gives at most 65,536. */
const POOL_BYTES = 16_384;

/**
 * The operating system's randomness. A call of `getRandomValues` costs microseconds however few
 * bytes it gives, and a core draws 12 at a time, so bytes are drawn ahead; each is wiped when served,
 * so that a later look into memory finds no seed of the past.
 */
export function systemRng(): Rng {
  const pool = new Uint8Array(POOL_BYTES);
  let at = POOL_BYTES;
  return {
    fill: (out) => {
      // Byte by byte: of so few, views to copy and wipe take longer than the bytes.
      for (let i = 0; i < out.length; i++) {
        if (at === POOL_BYTES) {
          crypto.getRandomValues(pool);
          at = 0;
        }
        out[i] = pool[at] ?? 0;
        pool[at++] = 0;
      }
    },
  };
}
