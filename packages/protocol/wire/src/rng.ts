/** Random bytes, given by the driver: the operating system's, or a seeded stream in the simulator. */
export interface Rng {
  /** Fills `out` with uniform bytes. */
  readonly fill: (out: Uint8Array) => void;
}

const word = new Uint8Array(8);
const half = word.subarray(0, 4);
const view = new DataView(word.buffer);

/** `length` fresh uniform bytes. */
export function randomBytes(rng: Rng, length: number): Uint8Array {
  const out = new Uint8Array(length);
  rng.fill(out);
  return out;
}

/** Uniform in [0, 2^32). */
export function uint32(rng: Rng): number {
  rng.fill(half);
  return view.getUint32(0);
}

/** Uniform in [0, 2^53). */
export function uint53(rng: Rng): number {
  rng.fill(word);
  return (view.getUint32(0) >>> 11) * 2 ** 32 + view.getUint32(4);
}

/**
 * Uniform in [0, bound), without modulo bias.
 *
 * @throws RangeError when `bound` is not an integer in 1..2^32.
 */
export function below(rng: Rng, bound: number): number {
  if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
    throw new RangeError(`"bound" expected an integer in 1..2^32, got ${bound}`);
  }
  const limit = 2 ** 32 - (2 ** 32 % bound);
  for (;;) {
    const drawn = uint32(rng);
    if (drawn < limit) return drawn % bound;
  }
}

/** True with probability `numerator / 65536`: probabilities in the specification are in these units. */
export const chance = (rng: Rng, numerator: number): boolean => below(rng, 65_536) < numerator;

/** One element, uniformly; undefined of an empty list. */
export const choose = <T>(rng: Rng, list: readonly T[]): T | undefined =>
  list.length === 0 ? undefined : list[below(rng, list.length)];

/** Fisher–Yates, in place. */
export function shuffle<T>(rng: Rng, list: T[]): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = below(rng, i + 1);
    const a = list[i];
    const b = list[j];
    if (a !== undefined && b !== undefined) {
      list[i] = b;
      list[j] = a;
    }
  }
  return list;
}
