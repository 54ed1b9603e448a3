import { type Rng, wipe } from '@sotto/wire';

/** Bytes drawn from the system at once; WebCrypto gives at most 65,536. */
const POOL_BYTES = 16_384;
/** Up to so many, bytes one by one take less time than views to copy and wipe: 49 ns and 158 for four, 273 and 160 for 32. */
const FEW_BYTES = 16;

/**
 * The operating system's randomness. A call of `getRandomValues` costs microseconds however few
 * bytes it gives, and a core draws 12 at a time, so bytes are drawn ahead; each is wiped when served,
 * so that a later look into memory finds no seed of the past.
 */
export function systemRng(): Rng {
  const pool = new Uint8Array(POOL_BYTES);
  let at = POOL_BYTES;
  const refill = (): void => {
    crypto.getRandomValues(pool);
    at = 0;
  };
  return {
    fill: (out) => {
      if (out.length <= FEW_BYTES) {
        for (let i = 0; i < out.length; i++) {
          if (at === POOL_BYTES) refill();
          out[i] = pool[at] ?? 0;
          pool[at++] = 0;
        }
        return;
      }
      let done = 0;
      while (done < out.length) {
        if (at === POOL_BYTES) refill();
        const served = pool.subarray(at, at + Math.min(out.length - done, POOL_BYTES - at));
        out.set(served, done);
        wipe(served);
        done += served.length;
        at += served.length;
      }
    },
  };
}
