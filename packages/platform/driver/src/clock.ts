import { type Instant, instant } from '@sotto/wire';

/** Where a driver reads the time. */
export interface Clock {
  /** Microseconds since the Unix epoch; never less than the call before. */
  now(): Instant;
}

/** The two readings that a {@link SystemClock} is made of; tests give their own. */
export interface ClockSources {
  /** Wall clock, milliseconds since the Unix epoch; read once. */
  readonly wallMillis: () => number;
  /** Milliseconds since any fixed moment. */
  readonly monotonicMillis: () => number;
}

const system: ClockSources = {
  wallMillis: () => Date.now(),
  monotonicMillis: () => performance.now(),
};

/**
 * Wall clock at start plus monotonic time since: somebody who steps the machine's clock moves no
 * epoch of a running process. Time that the machine sleeps may not count; a program that wakes from
 * a long sleep makes a new clock.
 */
export class SystemClock implements Clock {
  readonly #sources: ClockSources;
  readonly #start: Instant;
  readonly #startMonotonic: number;
  #last: Instant;

  /** Starts now. */
  constructor(sources: ClockSources = system) {
    this.#sources = sources;
    this.#startMonotonic = sources.monotonicMillis();
    this.#start = instant(Math.floor(sources.wallMillis() * 1000));
    this.#last = this.#start;
  }

  /** {@inheritDoc Clock.now} */
  now(): Instant {
    // Elapsed time by itself: together with the epoch's 2^51 microseconds a double rounds it to a quarter.
    const elapsed = Math.floor((this.#sources.monotonicMillis() - this.#startMonotonic) * 1000);
    const micros = this.#start + elapsed;
    if (micros > this.#last) this.#last = instant(micros);
    return this.#last;
  }
}
