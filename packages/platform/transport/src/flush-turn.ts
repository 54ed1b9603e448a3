import type { Defer } from './turn-end.ts';

/** What wants to write at the end of the turn. */
export interface Flushable {
  /** Writes what has been collected. */
  flush(): void;
}

/** Collects those who have something to write and lets each write once, at the time that `defer` finds. */
export class FlushTurn {
  readonly #defer: Defer;
  #waiting = new Set<Flushable>();

  /** Uses `defer` to find the time to write. */
  constructor(defer: Defer) {
    this.#defer = defer;
  }

  /** Asks for one `flush` of `who`. */
  add(who: Flushable): void {
    if (this.#waiting.size === 0) this.#defer(() => this.#run());
    this.#waiting.add(who);
  }

  /** All of them: what is left for later is late, and a meter that is told of the end of the turn does not see it. */
  #run(): void {
    const now = [...this.#waiting];
    this.#waiting = new Set();
    try {
      for (let who = now.shift(); who !== undefined; who = now.shift()) who.flush();
    } finally {
      // Of one that throws those behind it wait for nobody else: they ask but once.
      for (const who of now) this.add(who);
    }
  }
}
