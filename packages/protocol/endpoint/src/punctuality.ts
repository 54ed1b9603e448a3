import type { Instant } from '@sotto/wire';

/** A slot that leaves later than this counts as late: more than links add by themselves. */
export const LATE_SLOT_MICROS = 100_000;

/** How well the slot clock was kept since the endpoint began. */
export interface Beat {
  /** Slots whose packet left, or would have with a path. */
  readonly served: number;
  /** Of them, those that left more than {@link LATE_SLOT_MICROS} after their time. */
  readonly late: number;
  /** Passed over, as their time was too long ago (Spec 08 §3.1). */
  readonly missed: number;
  /** Sum and largest of how long after their time the served ones left, microseconds. */
  readonly lateMicros: number;
  readonly worstMicros: number;
}

/**
 * Counts how late slots are served. A device that is busy, or a browser that holds a page back, moves
 * packets away from the times that the clock drew, which who watches the line can see: never because of
 * what is sent, but its person shall know.
 */
export class Punctuality {
  #served = 0;
  #late = 0;
  #missed = 0;
  #lateMicros = 0;
  #worstMicros = 0;

  /** A slot due at `at` is served. */
  served(now: Instant, at: Instant): void {
    const micros = now - at;
    this.#served++;
    this.#lateMicros += micros;
    if (micros > LATE_SLOT_MICROS) this.#late++;
    if (micros > this.#worstMicros) this.#worstMicros = micros;
  }

  /** A slot is passed over. */
  missed(): void {
    this.#missed++;
  }

  /** What was counted. */
  get beat(): Beat {
    return {
      served: this.#served,
      late: this.#late,
      missed: this.#missed,
      lateMicros: this.#lateMicros,
      worstMicros: this.#worstMicros,
    };
  }
}
