const CARRY = 2 ** 52;

/**
 * A sum of non-negative integers that stays exact without limit. A double is exact to 2^53 only:
 * 50,000 packets held for two days, in packet·µs, are past it, and a mean of differences would drift.
 */
export class ExactSum {
  #low = 0;
  #high = 0n;

  /** Adds `factor · count`, two safe non-negative integers. */
  add(factor: number, count = 1): void {
    const product = factor * count;
    if (product >= CARRY) this.#high += BigInt(factor) * BigInt(count);
    else {
      this.#low += product;
      if (this.#low >= CARRY) {
        this.#high += BigInt(this.#low);
        this.#low = 0;
      }
    }
  }

  /** The sum. */
  get value(): bigint {
    return this.#high + BigInt(this.#low);
  }
}

/** `sum / divisor` as a double; 0 when nothing was counted. Exact to the last bit that a double of the quotient has, for sums below 2^53. */
export function meanOf(sum: bigint, divisor: number): number {
  return divisor === 0 ? 0 : Number(sum) / divisor;
}
