/** Buckets for each doubling: a quantile is at most 1/16 too high. */
const STEPS = 16;
const DOUBLINGS = 50;

/** A histogram of how late something was, microseconds, in constant memory. */
export class Lateness {
  readonly #counts = new Float64Array(STEPS * DOUBLINGS);
  #count = 0;
  #max = 0;

  /** Values recorded. */
  get count(): number {
    return this.#count;
  }

  /** The largest value, microseconds; 0 when none was recorded. */
  get maxMicros(): number {
    return this.#max;
  }

  /** Records one value, an integer of 0 or more. */
  record(micros: number): void {
    const bucket = Math.min(bucketOf(micros), this.#counts.length - 1);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count++;
    this.#max = Math.max(this.#max, micros);
  }

  /**
   * A value that at least `share` of all values do not exceed, microseconds, at most 1/16 too high;
   * 0 when none was recorded.
   *
   * @param share - 0 to 1; 0.5 is the median.
   */
  quantile(share: number): number {
    if (!(share >= 0 && share <= 1)) {
      throw new RangeError(`"share" expected 0 to 1, got ${share}`);
    }
    let left = Math.max(1, Math.ceil(share * this.#count));
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      left -= this.#counts[bucket] ?? 0;
      if (left <= 0) return Math.min(highestOf(bucket), this.#max);
    }
    return this.#max;
  }
}

/** Below 2·STEPS each value has its own bucket; above, STEPS buckets share each doubling. */
function bucketOf(micros: number): number {
  if (micros < 2 * STEPS) return micros;
  let doublings = 0;
  let rest = micros;
  while (rest >= 2 * STEPS) {
    rest = Math.floor(rest / 2);
    doublings++;
  }
  return doublings * STEPS + rest;
}

function highestOf(bucket: number): number {
  if (bucket < 2 * STEPS) return bucket;
  const doublings = Math.floor(bucket / STEPS) - 1;
  return ((bucket % STEPS) + STEPS + 1) * 2 ** doublings - 1;
}
