import type { Defer } from './turn-end.ts';

/** What wants to write at the end of the turn. */
export interface Flushable {
  /** Writes what has been collected. */
  flush(): void;
}

/** Writers in one turn of the event loop: a write with its encryption takes some 80 µs. */
const WRITERS_A_TURN = 8;

/**
 * Collects those who have something to write and lets each write once a turn; where many have,
 * in several turns, between which timers fire: fifty links in one held packets up by 4 ms.
 */
export class FlushTurn {
  readonly #defer: Defer;
  readonly #soon: Defer;
  #waiting = new Set<Flushable>();

  /** Uses `defer` to find the end of a turn, and `soon` for those who are left over then. */
  constructor(defer: Defer, soon: Defer = defer) {
    this.#defer = defer;
    this.#soon = soon;
  }

  /** Asks for one `flush` of `who` at the end of this turn. */
  add(who: Flushable): void {
    if (this.#waiting.size === 0) this.#defer(() => this.#run());
    this.#waiting.add(who);
  }

  #run(): void {
    const now = [...this.#waiting].slice(0, WRITERS_A_TURN);
    for (const who of now) this.#waiting.delete(who);
    if (this.#waiting.size > 0) this.#soon(() => this.#run());
    for (const who of now) who.flush();
  }
}
