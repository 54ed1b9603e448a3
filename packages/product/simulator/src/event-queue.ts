import { after, type Core, DeadlineQueue, type Instant, instant } from '@sotto/wire';

/** Virtual time: what is due first happens first, ties in the order in which they were planned. */
export class EventQueue {
  readonly #queue = new DeadlineQueue<() => void>();
  /** When each core is to be woken. */
  readonly #armed = new Map<object, Instant>();
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

  /** Plans the next wake of a core, whose clock may be ahead; an earlier one takes the place of a later one. */
  arm(core: Pick<Core<never, unknown>, 'nextAt'>, action: () => void, aheadMicros = 0): void {
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
      action();
    });
  }

  /** Forgets a core that has ended. */
  disarm(core: object): void {
    this.#armed.delete(core);
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
