import type { Instant } from './time.ts';

/**
 * The one shape of every sans-IO core (`Relay`, `Endpoint`, `Person`, …).
 *
 * Contract: after each `handle` or `command` the caller drains `poll` until it returns
 * `undefined`, then asks `nextAt` when to call `wake`. `now` never decreases. A core never reads
 * a clock, starts a timer, or draws randomness but from the {@link Rng} it was given.
 */
export interface Core<Input, Output> {
  /** Takes one input: a frame, a stored notice, a change of a link. */
  handle(now: Instant, input: Input): void;
  /** The next thing that the driver must do; undefined when there is none. */
  poll(now: Instant): Output | undefined;
  /** When `wake` must be called next; undefined when nothing is waiting for time. */
  nextAt(): Instant | undefined;
  /** Lets time pass: whatever is due at `now` becomes output. */
  wake(now: Instant): void;
  /**
   * What was polled so far has left by now, as far as the driver sees. For cores that measure how
   * late it leaves; a driver that calls it does so after every turn in which there were outputs.
   */
  turnEnded?(now: Instant): void;
}
