import type { Rng } from '@sotto/wire';

/**
 * A seeded stream of bytes for these tests (splitmix32: state += 0x9e3779b9, then two
 * multiply-xorshift rounds). Statistical quality only; nothing outside a test can reach it.
 */
export function seededRng(seed: number): Rng {
  let state = seed >>> 0;
  return {
    fill(out) {
      for (let i = 0; i < out.length; i++) {
        state = (state + 0x9e3779b9) >>> 0;
        let mixed = state;
        mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
        mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
        out[i] = (mixed ^ (mixed >>> 15)) >>> 24;
      }
    },
  };
}

/** Gives out the bytes of a list, in order; throws when they are used up. */
export function listedRng(bytes: Uint8Array): Rng {
  let at = 0;
  return {
    fill(out) {
      if (at + out.length > bytes.length) throw new RangeError('"bytes" are used up');
      out.set(bytes.subarray(at, at + out.length));
      at += out.length;
    },
  };
}
