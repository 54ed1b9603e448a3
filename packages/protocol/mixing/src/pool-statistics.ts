import type { DelayClass, Half } from '@sotto/sphinx';
import { after, type Instant, Lateness, MICROS_PER_SECOND } from '@sotto/wire';
import { ExactSum, meanOf } from './exact-sum.ts';

/** One class in one half of the path: what an observer of a mix would have to tell apart. */
export interface StratumStatistics {
  /** Packets held now. */
  readonly held: number;
  /** Packets that were accepted since the start. */
  readonly added: number;
  /** Packets that left since the start. */
  readonly released: number;
  /** ∫ held dt since the start, packet·µs, exact. */
  readonly occupancy: bigint;
  /** Time average of `held` since the start, packets: the ρ of theory. */
  readonly meanHeld: number;
  /** Σ of the delays drawn for the packets that left, µs, exact. */
  readonly drawnMicros: bigint;
  /** Σ of the times that these packets were really held, µs, exact. */
  readonly heldMicros: bigint;
  /** Mean of the times really held, µs; 0 while none left. */
  readonly meanHeldMicros: number;
}

/** What a pool measured (Spec 05 §3.4). */
export interface PoolStatistics {
  /** How long it measured, µs. */
  readonly elapsedMicros: number;
  /** By delay class and half. */
  readonly strata: Readonly<Record<DelayClass, Readonly<Record<Half, StratumStatistics>>>>;
  /** Packets that left after the time that was drawn for them: lateness runs to the end of the driver's turn (`Pool.turnEnded`). */
  readonly late: number;
  /** Σ of lateness, µs, exact. */
  readonly latenessMicros: bigint;
  /** Lateness that 99 of 100 packets did not exceed in the last whole ten seconds (before the first have passed: so far), those in time counted as 0; at most 1/16 too high, µs. */
  readonly p99LatenessMicros: number;
  /** Greatest lateness, µs. */
  readonly maxLatenessMicros: number;
  /** Packets that were due before their replay tag was durable. */
  readonly waitedForTag: number;
}

/** Lateness is of the last whole window of this length. */
const WINDOW_MICROS = 10 * MICROS_PER_SECOND;

class Stratum {
  held = 0;
  added = 0;
  released = 0;
  #since: Instant;
  readonly #occupancy = new ExactSum();
  readonly #drawn = new ExactSum();
  readonly #held = new ExactSum();

  constructor(now: Instant) {
    this.#since = now;
  }

  #advance(now: Instant): void {
    this.#occupancy.add(now - this.#since, this.held);
    this.#since = now;
  }

  enter(now: Instant): void {
    this.#advance(now);
    this.held++;
    this.added++;
  }

  leave(now: Instant, drawnMicros: number, heldMicros: number): void {
    this.#advance(now);
    this.held--;
    this.released++;
    this.#drawn.add(drawnMicros);
    this.#held.add(heldMicros);
  }

  read(now: Instant, elapsedMicros: number): StratumStatistics {
    this.#advance(now);
    const occupancy = this.#occupancy.value;
    const heldMicros = this.#held.value;
    return {
      held: this.held,
      added: this.added,
      released: this.released,
      occupancy,
      meanHeld: meanOf(occupancy, elapsedMicros),
      drawnMicros: this.#drawn.value,
      heldMicros,
      meanHeldMicros: meanOf(heldMicros, this.released),
    };
  }
}

/** Keeps the measurements of one pool. Sums over strata are complete: every packet is in exactly one. */
export class PoolMeter {
  readonly #start: Instant;
  readonly #strata: Readonly<Record<DelayClass, Readonly<Record<Half, Stratum>>>>;
  readonly #lateness = new ExactSum();
  /** Due times of packets that left in this turn; numbers, or each packet were an object more. */
  readonly #leaving: Instant[] = [];
  #hasTurns = false;
  #histogram = new Lateness();
  #lastHistogram: Lateness | undefined;
  #windowEnd: Instant;
  #late = 0;
  #maxLateness = 0;
  #waitedForTag = 0;

  /** Starts measuring at `now`. */
  constructor(now: Instant) {
    this.#start = now;
    this.#windowEnd = after(now, WINDOW_MICROS);
    const halves = (): Record<Half, Stratum> => ({
      sender: new Stratum(now),
      recipient: new Stratum(now),
    });
    this.#strata = { fast: halves(), slow: halves() };
  }

  /** A packet came in. */
  enter(now: Instant, delayClass: DelayClass, half: Half): void {
    this.#strata[delayClass][half].enter(now);
  }

  /** A packet that came at `addedAt` and was due at `dueAt` left. */
  leave(now: Instant, delayClass: DelayClass, half: Half, addedAt: Instant, dueAt: Instant): void {
    this.#strata[delayClass][half].leave(now, dueAt - addedAt, now - addedAt);
    if (this.#hasTurns) this.#leaving.push(dueAt);
    else this.#gone(now, dueAt);
  }

  /** All packets that left so far are written; from the first call on lateness runs until the next. */
  turnEnded(now: Instant): void {
    this.#hasTurns = true;
    for (const dueAt of this.#leaving) this.#gone(now, dueAt);
    this.#leaving.length = 0;
  }

  #gone(now: Instant, dueAt: Instant): void {
    const lateness = now - dueAt;
    this.#rotate(now);
    this.#histogram.record(lateness);
    if (lateness > 0) {
      this.#late++;
      this.#lateness.add(lateness);
      this.#maxLateness = Math.max(this.#maxLateness, lateness);
    }
  }

  #rotate(now: Instant): void {
    if (now < this.#windowEnd) return;
    // After a pause of a window and more there is nothing recent.
    const whole = now < this.#windowEnd + WINDOW_MICROS;
    this.#lastHistogram = whole ? this.#histogram : new Lateness();
    this.#histogram = new Lateness();
    this.#windowEnd = after(now, WINDOW_MICROS);
  }

  /** A packet was due, and its tag was not durable. */
  waitForTag(): void {
    this.#waitedForTag++;
  }

  /** All that was measured until `now`. */
  read(now: Instant): PoolStatistics {
    this.#rotate(now);
    const elapsedMicros = now - this.#start;
    const halves = (delayClass: DelayClass): Record<Half, StratumStatistics> => ({
      sender: this.#strata[delayClass].sender.read(now, elapsedMicros),
      recipient: this.#strata[delayClass].recipient.read(now, elapsedMicros),
    });
    return {
      elapsedMicros,
      strata: { fast: halves('fast'), slow: halves('slow') },
      late: this.#late,
      latenessMicros: this.#lateness.value,
      p99LatenessMicros: (this.#lastHistogram ?? this.#histogram).quantile(0.99),
      maxLatenessMicros: this.#maxLateness,
      waitedForTag: this.#waitedForTag,
    };
  }
}
