/** Weight of the newest loop in a loss ratio: 1/16. */
export const LOSS_WEIGHT: number = 1 / 16;
/** An alarm is raised at this ratio, which eleven losses in a row reach from zero. */
export const ALARM_RATIO: number = 1 / 2;
/** A raised alarm is taken back below this ratio. */
export const CLEAR_RATIO: number = 1 / 4;
/** Loops that must have been seen before an alarm can be raised. */
export const ALARM_MIN_LOOPS = 16;

/**
 * Exponentially weighted share of lost or garbled loops through one node or link (Spec 05 §5.3).
 * First form of the n−1 statistic: it sees an attack that stops most packets, in a dozen loops, and
 * nothing finer (25 % loss stays under the threshold). Sums and products of doubles alone, which
 * IEEE 754 fixes.
 */
export class LossRatio {
  #ratio = 0;
  #loops = 0;
  #raised = false;

  /** The ratio now, 0 to 1. */
  get ratio(): number {
    return this.#ratio;
  }

  /** Loops seen. */
  get loops(): number {
    return this.#loops;
  }

  /** Whether the alarm stands. */
  get raised(): boolean {
    return this.#raised;
  }

  /** Takes one loop's outcome. @returns whether the alarm was raised or taken back by it. */
  observe(lost: boolean): boolean {
    this.#loops++;
    this.#ratio += LOSS_WEIGHT * ((lost ? 1 : 0) - this.#ratio);
    const raised = this.#raised
      ? this.#ratio >= CLEAR_RATIO
      : this.#loops >= ALARM_MIN_LOOPS && this.#ratio >= ALARM_RATIO;
    const changed = raised !== this.#raised;
    this.#raised = raised;
    return changed;
  }
}
