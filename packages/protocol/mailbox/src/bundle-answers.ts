import {
  after,
  DeadlineQueue,
  exponentialMicros,
  type Instant,
  type Rng,
  uint32,
} from '@sotto/wire';
import type { Answer } from './answer.ts';
import type { BundleGetRequest } from './request.ts';

/** One answer to a request for chunks of a bundle. */
export interface BundleAnswer {
  readonly boxKey: string;
  /** Reply block that it goes out under, 263 bytes. */
  readonly embedded: Uint8Array;
  readonly answerKey: Uint8Array;
  /** Which chunk, counted round. */
  readonly nth: number;
  /** What is said in place of a chunk. */
  readonly refusal?: Answer;
}

/** Answers that wait, each for a delay of its own, exponential with the public mean (Spec 06 §5.4). */
export class BundleAnswers {
  readonly #rng: Rng;
  readonly #meanMicros: number;
  readonly #most: number;
  readonly #queue = new DeadlineQueue<BundleAnswer>();

  /** Empty; holds `most` at most. */
  constructor(rng: Rng, meanMicros: number, most: number) {
    this.#rng = rng;
    this.#meanMicros = meanMicros;
    this.#most = most;
  }

  /** Answers that wait. */
  get size(): number {
    return this.#queue.size;
  }

  /** When the next is due. */
  get nextAt(): Instant | undefined {
    return this.#queue.nextAt;
  }

  /**
   * Queues one answer a reply block, as many for a refusal as for a bundle: who watches the point does
   * not see which it is. @returns false when not all have a place; those that have are queued.
   */
  add(now: Instant, boxKey: string, request: BundleGetRequest, refusal?: Answer): boolean {
    for (const [i, embedded] of request.surbs.entries()) {
      if (this.#queue.size >= this.#most) return false;
      const at = after(now, exponentialMicros(this.#rng, this.#meanMicros));
      const { answerKey, first } = request;
      const told = refusal === undefined ? {} : { refusal };
      const answer = { boxKey, embedded, answerKey, nth: first + i, ...told };
      this.#queue.push(at, uint32(this.#rng), answer);
    }
    return true;
  }

  /** The next that is due at `now`. */
  popDue(now: Instant): BundleAnswer | undefined {
    return this.#queue.popDue(now);
  }
}
