import { NEGATIVE_LN_TABLE } from './exponential-table.gen.ts';
import type { Rng } from './rng.ts';

const LN2 = NEGATIVE_LN_TABLE[0] ?? 0;
const bytes = new Uint8Array(12);
const view = new DataView(bytes.buffer);

/**
 * One draw of an exponential distribution, integer microseconds (Spec 01 §5).
 *
 * `Math.log` differs in its last bit between engines, so a trace or a vector would; this uses
 * integers, one table, and double products that IEEE 754 fixes. 12 bytes of `rng`: 64 bits whose
 * leading zeros count halvings, 32 bits for the place within one halving. The tail is cut at the
 * quantile 1 − 2^-64 (44.4 means); interpolation is off by less than 2·10⁻⁶ of the mean.
 *
 * @param meanMicros - mean, microseconds, 0 to 2^40.
 */
export function exponentialMicros(rng: Rng, meanMicros: number): number {
  if (!(meanMicros >= 0 && meanMicros <= 2 ** 40)) {
    throw new RangeError(`"meanMicros" expected 0 to 2^40, got ${meanMicros}`);
  }
  rng.fill(bytes);
  const high = view.getUint32(0);
  const halvings = high !== 0 ? Math.clz32(high) : 32 + Math.clz32(view.getUint32(4));
  const place = view.getUint32(8);
  const index = place >>> 24;
  const left = NEGATIVE_LN_TABLE[index] ?? 0;
  const right = NEGATIVE_LN_TABLE[index + 1] ?? 0;
  const within = left - Math.floor(((left - right) * (place & 0xffffff)) / 2 ** 24);
  return Math.floor(((halvings * LN2 + within) * meanMicros) / 2 ** 32);
}
