import { DeadlineQueue, type Instant, instant, MICROS_PER_MS } from '@sotto/wire';
import type { Clock, Timers } from '../src/index.ts';

/** A clock and timers that a test moves; timers may fire early, as those of the platform do. */
export class VirtualTime implements Clock, Timers {
  readonly #queue = new DeadlineQueue<() => void>();
  readonly #earlyMicros: number;
  #now: number;
  #order = 0;
  /** Delays that were asked for, milliseconds. */
  readonly delays: number[] = [];
  /** Timers that are set. */
  active = 0;

  constructor(start: number, earlyMicros = 0) {
    this.#now = start;
    this.#earlyMicros = earlyMicros;
  }

  now(): Instant {
    return instant(this.#now);
  }

  set(callback: () => void, delayMillis: number): () => void {
    this.delays.push(delayMillis);
    this.active++;
    let live = true;
    const cancel = (): void => {
      if (live) this.active--;
      live = false;
    };
    // At least 100 µs later: a timer never fires at once.
    const micros = Math.max(100, delayMillis * MICROS_PER_MS - this.#earlyMicros);
    this.#queue.push(instant(this.#now + micros), this.#order++, () => {
      if (!live) return;
      cancel();
      callback();
    });
    return cancel;
  }

  /** Lets time pass, firing timers on the way. */
  advance(micros: number): void {
    const end = this.#now + micros;
    for (;;) {
      const next = this.#queue.nextAt;
      if (next === undefined || next > end) break;
      this.#now = next;
      this.#queue.popDue(next)?.();
    }
    this.#now = end;
  }

  /** Moves the clock without firing a timer, as a busy machine does. */
  block(micros: number): void {
    this.#now += micros;
  }
}
