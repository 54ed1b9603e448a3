import type { Instant } from '@sotto/wire';

/** A box is kept for certain this many times as long as its client was attached (Spec 06 §6.1). */
const HOLD_RATIO = 14;
/** Acquaintance is counted in this many steps, with 14 days of mail life of six minutes each. */
export const ACQUAINTANCE_STEPS = 240;

/**
 * How well a guard knows a client: how long it was attached, less a fourteenth of the time that it
 * was away since, never above a fourteenth of the mail life (Spec 06 §6.1). It is the one thing that
 * a stranger cannot have for a packet: it costs a link for as long as it says. And since it is used
 * up, who keeps S links attached holds 14 S boxes besides, whatever he does and for however long.
 */
export class Acquaintance {
  /** One step, µs. */
  readonly #step: number;
  /** Settled, µs; see {@link Acquaintance.settle}. */
  #micros: number;
  /** What the time that passed is counted from. */
  #since: Instant;
  #attached = false;

  /**
   * Of a client that is away.
   *
   * @param mailLifeMicros - how long a client that is away is waited for at most, µs.
   * @param since - when it left.
   * @param steps - what is known of it, 0 to {@link ACQUAINTANCE_STEPS}.
   */
  constructor(mailLifeMicros: number, since: Instant, steps: number) {
    this.#step = Math.max(1, Math.floor(mailLifeMicros / (HOLD_RATIO * ACQUAINTANCE_STEPS)));
    this.#micros = steps * this.#step;
    this.#since = since;
  }

  /** Whether the client is attached. */
  get attached(): boolean {
    return this.#attached;
  }

  /** Whole steps of what is settled: for one that is away, as they were when it left. */
  get steps(): number {
    return Math.floor(this.#micros / this.#step);
  }

  /**
   * How long the box of a client that is away must be kept; undefined of one that was never attached
   * for a whole step: it may go at once.
   */
  get heldUntil(): number | undefined {
    const { steps } = this;
    return steps === 0 ? undefined : this.#since + steps * this.#step * HOLD_RATIO;
  }

  /** The client comes, or comes anew. */
  attach(now: Instant): void {
    this.settle(now);
    this.#attached = true;
  }

  /** The client goes. */
  detach(now: Instant): void {
    this.settle(now);
    this.#attached = false;
  }

  /** Counts the time that has passed. Only what is attached, comes or goes is settled: else `heldUntil` would move. */
  settle(now: Instant): void {
    const passed = Math.max(0, now - this.#since);
    const known = this.#micros + (this.#attached ? passed : -passed / HOLD_RATIO);
    this.#micros = Math.min(ACQUAINTANCE_STEPS * this.#step, Math.max(0, known));
    this.#since = now;
  }
}
