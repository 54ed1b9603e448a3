import type { DelayClass, Half } from '@sotto/sphinx';
import {
  after,
  DeadlineQueue,
  err,
  exponentialMicros,
  instant,
  type Instant,
  ok,
  type Result,
  type Rng,
  uint32,
} from '@sotto/wire';
import { PoolMeter, type PoolStatistics } from './pool-statistics.ts';

/** A packet that a peel sends on. */
export interface Transmit {
  /** The packet as the next node gets it; kept, not copied. */
  readonly packet: Uint8Array;
  /** Hex name of the next node. */
  readonly next: string;
  /** Which public mean its delay is drawn from. */
  readonly delayClass: DelayClass;
  /** Which half of the path it is in here. */
  readonly half: Half;
  /** Sequence of its replay tag ({@link ReplayFilter}); it leaves only when that tag is durable. */
  readonly sequence: number;
  /** Batch of the store with which its tags are written (Spec 05 §3.2); it leaves only when that is durable as well. None when absent. */
  readonly batch?: number | undefined;
}

/** What a pool needs to know. */
export interface PoolOptions {
  /** Draws delays and the order of ties. */
  readonly rng: Rng;
  /** When measuring starts. */
  readonly now: Instant;
  /** Network-wide parameters: means of the two classes, µs. */
  readonly parameters: { readonly fastMeanMicros: number; readonly slowMeanMicros: number };
  /** Packets held at most (at 1,600 bytes: 65,536 are 105 MB). */
  readonly maxPackets?: number;
}

/** Packets that a pool holds at most when nothing else is said. */
export const DEFAULT_MAX_PACKETS = 65_536;

interface Held extends Transmit {
  readonly addedAt: Instant;
  readonly dueAt: Instant;
  readonly order: number;
}

/**
 * The pool of a Poisson mix (Spec 05 §3): every packet waits its own delay, exponential with its
 * class's mean, drawn here and by nobody else; simultaneous expiries leave in random order. No
 * delay is cut short or stretched. Memoryless delays make a leaving packet uniform over the pool
 * (Kesdogan et al., IH 1998), which a clamp or a FIFO tie would break.
 */
export class Pool {
  readonly #rng: Rng;
  readonly #mean: Readonly<Record<DelayClass, number>>;
  #slowdown = 1;
  readonly #maxPackets: number;
  readonly #meter: PoolMeter;
  /** By due time. */
  readonly #waiting = new DeadlineQueue<Held>();
  /** Due, tag not durable: by sequence. */
  readonly #withheld = new DeadlineQueue<Held>();
  /** Due, tag durable, batch not: by batch. */
  readonly #unstored = new DeadlineQueue<Held>();
  /** Due and durable, by due time: never by sequence, which is the order of arrival. */
  readonly #ready = new DeadlineQueue<Held>();

  /** @throws RangeError when `maxPackets` is not a positive integer. */
  constructor(options: PoolOptions) {
    const { maxPackets = DEFAULT_MAX_PACKETS, parameters } = options;
    if (!Number.isSafeInteger(maxPackets) || maxPackets < 1)
      throw new RangeError(`"maxPackets" expected a positive integer, got ${maxPackets}`);
    this.#rng = options.rng;
    this.#mean = { fast: parameters.fastMeanMicros, slow: parameters.slowMeanMicros };
    this.#maxPackets = maxPackets;
    this.#meter = new PoolMeter(options.now);
  }

  /** Packets held. */
  get size(): number {
    return this.#waiting.size + this.#withheld.size + this.#unstored.size + this.#ready.size;
  }

  /**
   * Stretches the mean of both classes for packets that come from now on, while the n−1 alarm of
   * this node stands (Spec 05 §5.4): what the attacker lets in then stays among this node's own loops.
   *
   * @param factor - an integer of 1 or more; 1 ends it.
   */
  setSlowdown(factor: number): void {
    if (!Number.isSafeInteger(factor) || factor < 1)
      throw new RangeError(`"factor" expected an integer of 1 or more, got ${factor}`);
    this.#slowdown = factor;
  }

  /**
   * Takes a packet and draws its delay.
   *
   * When the pool is full the newcomer is dropped. Pushing out a held packet instead would let a
   * flooder empty the pool of everybody else's packets, which is the n−1 attack itself; a dropped
   * newcomer leaves those held mixed, and shows as lost loops.
   *
   * @returns the time at which it is due.
   */
  add(now: Instant, transmit: Transmit): Result<Instant, { readonly code: 'pool-full' }> {
    if (this.size >= this.#maxPackets) return err({ code: 'pool-full' });
    const { packet, next, delayClass, half, sequence, batch } = transmit;
    const dueAt = after(now, exponentialMicros(this.#rng, this.#mean[delayClass] * this.#slowdown));
    const order = uint32(this.#rng);
    const held: Held = {
      packet,
      next,
      delayClass,
      half,
      sequence,
      batch,
      addedAt: now,
      dueAt,
      order,
    };
    this.#waiting.push(dueAt, order, held);
    this.#meter.enter(now, delayClass, half);
    return ok(dueAt);
  }

  /**
   * The next packet to send at `now`; undefined when there is none. A packet whose tag is not
   * durable stays until it is: sent before, a restart would forget the tag and send it again.
   *
   * @param durableSequence - every tag up to this sequence is on disk.
   * @param durableBatch - every batch of the store up to this one is on disk.
   */
  popDue(now: Instant, durableSequence: number, durableBatch = 0): Transmit | undefined {
    for (;;) {
      const held = this.#withheld.popDue(instant(durableSequence));
      if (held === undefined) break;
      if (isStored(held, durableBatch)) this.#ready.push(held.dueAt, held.order, held);
      else this.#unstored.push(instant(held.batch ?? 0), held.order, held);
    }
    for (;;) {
      const held = this.#unstored.popDue(instant(durableBatch));
      if (held === undefined) break;
      this.#ready.push(held.dueAt, held.order, held);
    }
    const ready = this.#ready.popDue(now);
    if (ready !== undefined) return this.#release(now, ready);
    for (;;) {
      const held = this.#waiting.popDue(now);
      if (held === undefined) return undefined;
      if (held.sequence > durableSequence) {
        this.#withheld.push(instant(held.sequence), held.order, held);
      } else if (isStored(held, durableBatch)) return this.#release(now, held);
      else this.#unstored.push(instant(held.batch ?? 0), held.order, held);
      this.#meter.waitForTag();
    }
  }

  /**
   * When `popDue` must be called next, for time alone; undefined when nothing waits for time.
   * A packet that waits for its tag is asked for again when tags have become durable.
   */
  nextAt(): Instant | undefined {
    return this.#ready.nextAt ?? this.#waiting.nextAt;
  }

  /**
   * The turn of the driver's event loop is over: what left the pool in it is written now, and its
   * lateness runs until now. Of a pool that is never told so it runs until the packet leaves the pool.
   */
  turnEnded(now: Instant): void {
    this.#meter.turnEnded(now);
  }

  /** What was measured from the start until `now`. */
  statistics(now: Instant): PoolStatistics {
    return this.#meter.read(now);
  }

  #release(now: Instant, held: Held): Transmit {
    const { packet, next, delayClass, half, sequence, addedAt, dueAt } = held;
    this.#meter.leave(now, delayClass, half, addedAt, dueAt);
    return { packet, next, delayClass, half, sequence };
  }
}

const isStored = ({ batch = 0 }: Held, durableBatch: number): boolean => batch <= durableBatch;
