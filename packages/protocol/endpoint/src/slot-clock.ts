import type { CryptoSuite } from '@sotto/suite';
import type { DelayClass } from '@sotto/sphinx';
import { after, chance, exponentialMicros, type Instant, type Rng } from '@sotto/wire';
import { phaseAt, type Plan } from '@sotto/link';
import { StreamRng } from './stream-rng.ts';

/** What a slot is, drawn whole before any queue is looked at (Spec 08 §3.1). */
export interface Slot {
  /** When it is due. */
  readonly at: Instant;
  /** A loop always leaves as a loop. A payload slot carries the head of its class's queue, else a drop. */
  readonly kind: 'loop' | 'payload';
  /** Whose queue it serves. */
  readonly delayClass: DelayClass;
  /** Delay class up to the crossover or service: the queue's, or slow always where slots are rare. */
  readonly pathClass: DelayClass;
  /** Whether acknowledgements come first in this slot; they have no other. */
  readonly acknowledgement: boolean;
  /** Whose acknowledgement it would be, modulo the seats: they come round in turn, with something or not. */
  readonly seat: number;
  /** Whether a drop in this slot ends behind a crossover, as a message does. */
  readonly crossing: boolean;
}

/** Source of slots. The endpoint takes any, so that a test can plant one that bends under load. */
export interface SlotSource {
  /** Starts the clock, anew. */
  start(now: Instant): void;
  /** Stops it: the link is down. */
  stop(): void;
  /** When the next slot is due; undefined while stopped. */
  readonly nextAt: Instant | undefined;
  /** The next slot if it is due at `now`. */
  takeDue(now: Instant): Slot | undefined;
  /** Draws at this plan's rate from the next start on. */
  usePlan(plan: Plan): void;
}

/** Shares of slots, in 1/65536 of them. */
export interface SlotShares {
  /** Slots that are loops. */
  readonly loopShare: number;
  /** Slots of the slow class. */
  readonly slowShare: number;
}

/** Share of payload slots in which acknowledgements come first: three quarters, as each serves one seat only. */
export const ACKNOWLEDGEMENT_SHARE = 49_152;
/** Share of drops that end behind a crossover: a half. */
export const CROSSING_DROP_SHARE = 32_768;

/**
 * One Poisson clock of the plan's rate (Spec 08 §3). Gaps are exponential and never clamped; the
 * draws of a slot are always made, in one order, from a stream that nothing else reads.
 * Were loops to give way to messages, the guard would see talking as missing loops.
 */
export class SlotClock implements SlotSource {
  #plan: Plan;
  readonly #shares: SlotShares;
  readonly #rng: Rng;
  #nextAt: Instant | undefined;
  #seat = 0;

  /** Seeds its own stream from `rng`. */
  constructor(suite: CryptoSuite, rng: Rng, plan: Plan, shares: SlotShares) {
    this.#plan = plan;
    this.#shares = shares;
    this.#rng = new StreamRng(suite, rng);
  }

  /** When the next slot is due; undefined while stopped. */
  get nextAt(): Instant | undefined {
    return this.#nextAt;
  }

  /** Draws at this plan's rate from the next start on. */
  usePlan(plan: Plan): void {
    this.#plan = plan;
  }

  /** Starts at `now`. The gaps have no memory, so that a start shows nothing but itself. */
  start(now: Instant): void {
    this.#nextAt = this.#draw(now);
  }

  /** Stops: no slot until the next start. */
  stop(): void {
    this.#nextAt = undefined;
  }

  /** The next slot if it is due. The one after it counts from its due time, not from `now`. */
  takeDue(now: Instant): Slot | undefined {
    const at = this.#nextAt;
    if (at === undefined || at > now) return undefined;
    const loop = chance(this.#rng, this.#shares.loopShare);
    const slow = chance(this.#rng, this.#shares.slowShare);
    const acknowledgement = chance(this.#rng, ACKNOWLEDGEMENT_SHARE);
    const crossing = chance(this.#rng, CROSSING_DROP_SHARE);
    this.#nextAt = this.#draw(at);
    const kind = loop ? 'loop' : 'payload';
    const delayClass = slow ? 'slow' : 'fast';
    // Only these can carry one: a round over others would take longer, and unevenly so.
    if (kind === 'payload' && delayClass === 'fast' && acknowledgement) {
      this.#seat = (this.#seat + 1) % 2 ** 32;
    }
    const pathClass = phaseAt(this.#plan, at).phase.slowOnly === true ? 'slow' : delayClass;
    return { at, kind, delayClass, pathClass, acknowledgement, seat: this.#seat, crossing };
  }

  /** A gap that would pass into another phase is drawn again from its border: exact, as Exp has no memory. */
  #draw(from: Instant): Instant {
    let start = from;
    for (;;) {
      const { phase, until } = phaseAt(this.#plan, start);
      const at = after(start, exponentialMicros(this.#rng, phase.uplinkMeanMicros));
      if (until === undefined || at < until) return at;
      start = until;
    }
  }
}
