import type { Instant } from '@sotto/wire';
import { GRADE_MEANS, MEDIAN_MEANS } from './alarm-threshold.ts';

/** Returns from which the time on links is first taken. */
const FIRST_RETURNS = 32;
/** A later return moves it by this part of a mean, up or down. */
const STEP = 1 / 512;

/**
 * How long a fast loop takes beyond its delays, which the network parameters do not say: links and
 * processing. The median round trip less the median of the delays, followed in small steps, so that
 * a minute of attack moves it by little.
 */
export class LinkTime {
  readonly #meanMicros: number;
  readonly #mostMicros: number;
  readonly #first: number[] = [];
  #micros: number;

  /**
   * @param meanMicros - mean delay at one hop.
   * @param mostMicros - what is allowed for before the first returns, and at most.
   */
  constructor(meanMicros: number, mostMicros: number) {
    this.#meanMicros = meanMicros;
    this.#mostMicros = mostMicros;
    this.#micros = mostMicros;
  }

  /** Whether it has been measured. */
  get known(): boolean {
    return this.#first.length >= FIRST_RETURNS;
  }

  /** Time beyond the delays, µs. */
  get micros(): number {
    return this.#micros;
  }

  /** A whole loop came back after `roundTripMicros`. */
  returned(roundTripMicros: number): void {
    const beyond = roundTripMicros - Math.floor(MEDIAN_MEANS * this.#meanMicros);
    if (this.#first.length < FIRST_RETURNS) {
      this.#first.push(beyond);
      if (!this.known) return;
      const sorted = [...this.#first].sort((a, b) => a - b);
      this.#set(sorted[FIRST_RETURNS / 2] ?? 0);
      return;
    }
    const step = Math.max(1, Math.floor(this.#meanMicros * STEP));
    this.#set(this.#micros + (beyond > this.#micros ? step : -step));
  }

  /** When a loop that was sent at `sentAt` over `delays` delays leaves grade 0, 1, 2. */
  graded(sentAt: Instant, grade: 0 | 1 | 2, extraMicros: number): number {
    return sentAt + Math.floor(GRADE_MEANS[grade] * this.#meanMicros) + this.#micros + extraMicros;
  }

  #set(micros: number): void {
    this.#micros = Math.min(this.#mostMicros, Math.max(0, micros));
  }
}

/** Means by which a slowed first hop may lengthen a loop: 0.999 of an exponential, once for each further mean. */
export const slowedMicros = (meanMicros: number, slowdown: number): number =>
  Math.floor(7 * (slowdown - 1) * meanMicros);
