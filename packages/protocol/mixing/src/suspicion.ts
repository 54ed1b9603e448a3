import type { Instant } from '@sotto/wire';
import { alarmThreshold, GRADE_SCORES, loopsPerSecond } from './alarm-threshold.ts';

/** How a loop stands: in time, beyond a quantile, or beyond all of them, lost, garbled. */
export type Grade = 0 | 1 | 2 | 3;

/** Sums go this far above the highest threshold, so that they fall again within seconds after an attack. */
const HEADROOM = 20;

/** What a loop adds to a sum that counted as `from` (undefined: not yet) and counts as `to` now. */
export const gradeChange = (from: Grade | undefined, to: Grade): number =>
  GRADE_SCORES[to] - (from === undefined ? 0 : GRADE_SCORES[from]);

/**
 * The statistic of one subject (Spec 05 §5.3): a cumulative sum of how late its loops are (Page,
 * Biometrika 1954), which grows while they are delayed, lost or garbled and falls to zero while
 * they come in time.
 */
export class Suspicion {
  /** Whether an alarm stands. */
  raised = false;
  readonly #since: Instant;
  #loops = 0;
  #score = 0;

  /** Begins to count at `now`. */
  constructor(now: Instant) {
    this.#since = now;
  }

  /** The sum. */
  get score(): number {
    return this.#score;
  }

  /** Loops sent through it. */
  get loops(): number {
    return this.#loops;
  }

  /** One more loop was sent through it. */
  sent(): void {
    this.#loops++;
  }

  /** What the sum has to reach at `now`, in a network that loses this share of loops by itself. */
  threshold(now: Instant, lossShare: number): number {
    return alarmThreshold(lossShare, loopsPerSecond(this.#loops, now - this.#since));
  }

  /**
   * A loop that counted as `from` (undefined: not yet) counts as `to` now. All sums have one ceiling:
   * under an attack on one node, that of all loops must not climb past the node's own.
   */
  observe(from: Grade | undefined, to: Grade, lossShare: number): void {
    const ceiling = alarmThreshold(lossShare, Number.POSITIVE_INFINITY) + HEADROOM;
    this.#score = Math.min(ceiling, Math.max(0, this.#score + gradeChange(from, to)));
  }
}
