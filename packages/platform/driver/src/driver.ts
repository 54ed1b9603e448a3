import { endOfTurn, type TurnEnd } from '@sotto/transport';
import { type Core, type Instant, Lateness, MICROS_PER_MS } from '@sotto/wire';
import type { Clock } from './clock.ts';
import { MAX_DELAY_MILLIS, systemTimers, type Timers } from './timers.ts';

/** What a {@link Driver} runs and on what. */
export interface DriverOptions<Input, Output, C extends Core<Input, Output>> {
  /** The core; nobody else may call it while the driver runs. */
  readonly core: C;
  /** Where the time comes from. */
  readonly clock: Clock;
  /** Does what the core wants done. May call `deliver`, `command` and `stop`. */
  readonly onOutput: (output: Output) => void;
  /** Told, once, what the core or `onOutput` threw; the driver has stopped by then. */
  readonly onError: (error: unknown) => void;
  /** The platform's when left out. */
  readonly timers?: Timers;
  /** Tells when what was given out in the current turn of the event loop is written; the platform's when left out. */
  readonly turn?: Pick<TurnEnd, 'written' | 'hasten'>;
}

/**
 * Runs a sans-IO core on a real clock: hands it inputs, drains its outputs, wakes it when it asked
 * to be, never early. Inputs that come while the core is being drained wait their turn. What is due
 * already goes before an input, so that a flood of inputs does not hold up packets in the pool.
 */
export class Driver<Input, Output, C extends Core<Input, Output> = Core<Input, Output>> {
  /** How late the core was woken, microseconds after the time it had asked for. */
  readonly lateness: Lateness = new Lateness();
  readonly #core: C;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #onOutput: (output: Output) => void;
  readonly #onError: (error: unknown) => void;
  readonly #turn: Pick<TurnEnd, 'written' | 'hasten'>;
  #turnWatched = false;
  #waiting: Input[] = [];
  #running = false;
  #stopped = false;
  #timer: { readonly cancel: () => void; readonly at: Instant } | undefined;

  /** Drains the core and sets the first timer at once. */
  constructor(options: DriverOptions<Input, Output, C>) {
    this.#core = options.core;
    this.#clock = options.clock;
    this.#timers = options.timers ?? systemTimers;
    this.#turn = options.turn ?? endOfTurn;
    this.#onOutput = options.onOutput;
    this.#onError = options.onError;
    this.#run();
  }

  /** True after `stop`, or after the core or `onOutput` threw. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /**
   * Hands the core an input, now or, from within `onOutput`, after those that came before.
   *
   * @returns false when the driver has stopped and the input goes nowhere.
   */
  deliver(input: Input): boolean {
    if (this.#stopped) return false;
    this.#waiting.push(input);
    this.#run();
    return !this.#stopped;
  }

  /**
   * Calls the core directly, for its commands, and drains it. What `action` throws is the caller's
   * bug, comes back to the caller, and does not stop the driver.
   *
   * @returns what `action` returned.
   * @throws Error when the driver has stopped.
   */
  command<T>(action: (core: C, now: Instant) => T): T {
    if (this.#stopped) throw new Error('"driver" expected to be running, got a stopped one');
    try {
      return action(this.#core, this.#clock.now());
    } finally {
      this.#run();
    }
  }

  /** Wakes the core no more and drops inputs that wait. A second call does nothing. */
  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
    this.#disarm();
  }

  /** Everything that can be done now, then the timer. Calls from within do nothing: the outer one goes on. */
  #run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      this.#wakeIfDue();
      for (let input = this.#waiting.shift(); input !== undefined; input = this.#waiting.shift()) {
        this.#core.handle(this.#clock.now(), input);
        this.#drain();
        this.#wakeIfDue();
      }
      this.#arm();
    } catch (error) {
      this.stop();
      this.#onError(error);
    } finally {
      this.#running = false;
    }
    this.#turn.hasten();
  }

  #wakeIfDue(): void {
    const now = this.#clock.now();
    const due = this.#core.nextAt();
    if (due !== undefined && due <= now) {
      this.lateness.record(now - due);
      this.#core.wake(now);
    }
    this.#drain();
  }

  /** At one reading of the clock: what falls due while it drains is the next wake's. */
  #drain(): void {
    const now = this.#clock.now();
    while (!this.#stopped) {
      const output = this.#core.poll(now);
      if (output === undefined) return;
      this.#watchTurn();
      this.#onOutput(output);
    }
  }

  /**
   * Tells a core that wants to know when the turn is over: what it gives out is written then. A
   * thousand inputs in one turn hold it up, and none of the readings of the clock between them shows it.
   */
  #watchTurn(): void {
    if (this.#turnWatched || this.#core.turnEnded === undefined) return;
    this.#turnWatched = true;
    this.#turn.written(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#turnWatched = false;
    if (!this.#stopped) this.#core.turnEnded?.(this.#clock.now());
  };

  /** One timer, for the first thing due. An armed one that fires earlier stays: it arms the next. */
  #arm(): void {
    const due = this.#stopped ? undefined : this.#core.nextAt();
    if (due === undefined) {
      this.#disarm();
      return;
    }
    if (this.#timer !== undefined) {
      if (this.#timer.at <= due) return;
      this.#disarm();
    }
    const millis = Math.ceil((due - this.#clock.now()) / MICROS_PER_MS);
    const delay = Math.min(Math.max(1, millis), MAX_DELAY_MILLIS);
    const cancel = this.#timers.set(() => {
      this.#timer = undefined;
      if (!this.#stopped) this.#run();
    }, delay);
    this.#timer = { cancel, at: due };
  }

  #disarm(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
  }
}
