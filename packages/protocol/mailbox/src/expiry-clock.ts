import { type Instant, instant } from '@sotto/wire';

/**
 * By what time stored things are over (Spec 13 §2.1): one's own clock, but no later than others
 * have confirmed. A node that starts with a clock a month ahead would else delete everybody's mail.
 */
export class ExpiryClock {
  #until: number;

  /** @param until - what is confirmed from the start, µs; without a bound when left out. */
  constructor(until: number = Infinity) {
    this.#until = until;
  }

  /** Others have confirmed that it may be as late as this; what they confirmed before stays true. */
  confirm(until: number): void {
    if (until > this.#until) this.#until = until;
  }

  /** Whether others have confirmed `now`. */
  confirms(now: Instant): boolean {
    return now <= this.#until;
  }

  /** What is over at or before this is over. */
  at(now: Instant): Instant {
    return now <= this.#until ? now : instant(this.#until);
  }

  /** When to look at what expires at `at`; undefined while that is more than has been confirmed. */
  due(at: Instant | undefined): Instant | undefined {
    return at !== undefined && at <= this.#until ? at : undefined;
  }
}
