import { after, type Core, DeadlineQueue, type Instant, instant } from '@sotto/wire';

/**
 * Wakes of one core at one instant: more are not because there is much to do, but because its
 * `nextAt` stays there, and time would never go on.
 */
const MAX_WAKES_AT_ONCE = 1000;

interface Woken {
  at: Instant;
  times: number;
}

/** Virtual time: what is due first happens first, ties in the order in which they were planned. */
export class EventQueue {
  readonly #queue = new DeadlineQueue<() => void>();
  /** When each core is to be woken. */
  readonly #armed = new Map<object, Instant>();
  /** When each core was woken last, and how often at that instant. */
  readonly #woken = new WeakMap<object, Woken>();
  #now: Instant;
  #order = 0;

  /** Starts at `now` with nothing planned. */
  constructor(now: Instant) {
    this.#now = now;
  }

  /** The time. */
  get now(): Instant {
    return this.#now;
  }

  /** Plans an action `micros` from now. */
  later(micros: number, action: () => void): void {
    this.#queue.push(after(this.#now, micros), this.#order++, action);
  }

  /**
   * Plans the next wake of a core, whose clock may be ahead; an earlier one takes the place of a later one.
   *
   * @param name - what the core is called where it stands still.
   * @throws Error from {@link EventQueue.run} when its wakes do not move its `nextAt` on.
   */
  arm(
    core: Pick<Core<never, unknown>, 'nextAt'>,
    name: string,
    action: () => void,
    aheadMicros = 0,
  ): void {
    const wanted = core.nextAt();
    if (wanted === undefined) return;
    const at = instant(Math.max(0, wanted - aheadMicros));
    const armed = this.#armed.get(core);
    if (armed !== undefined && armed <= at) return;
    const due = at > this.#now ? at : this.#now;
    this.#armed.set(core, due);
    this.#queue.push(due, this.#order++, () => {
      if (this.#armed.get(core) !== due) return;
      this.#armed.delete(core);
      this.#countWake(core, name);
      action();
    });
  }

  /** Forgets a core that has ended. */
  disarm(core: object): void {
    this.#armed.delete(core);
  }

  #countWake(core: Pick<Core<never, unknown>, 'nextAt'>, name: string): void {
    const woken = this.#woken.get(core);
    if (woken?.at !== this.#now) {
      this.#woken.set(core, { at: this.#now, times: 1 });
      return;
    }
    if (++woken.times <= MAX_WAKES_AT_ONCE) return;
    const next = core.nextAt();
    throw new Error(
      `${name} was woken ${MAX_WAKES_AT_ONCE} times at ${this.#now} µs, and wants to be woken at ${String(next)} µs again`,
    );
  }

  /** Lets `micros` pass, with all that is due in them. */
  run(micros: number): void {
    const until = after(this.#now, micros);
    for (;;) {
      const at = this.#queue.nextAt;
      if (at === undefined || at > until) break;
      if (at > this.#now) this.#now = at;
      this.#queue.popDue(at)?.();
    }
    this.#now = until;
  }
}
