import type { Defer } from '@sotto/transport';

/** For so many that wait a turn is one piece longer. */
const WAITING_FOR_MORE = 8;

/**
 * Bounds the work that is done in one turn of the event loop. A socket gives all that it has in one
 * turn, up to 2 MB: worked off at once, that is more than 100 ms in which no timer fires and no
 * write to the disk is heard of, so that packets leave late.
 */
export class WorkTurns {
  readonly #perTurn: number;
  readonly #defer: Defer;
  readonly #waiting: { readonly size: number; readonly go: () => void }[] = [];
  #left: number;
  #armed = false;

  /**
   * @param perTurn - work of a turn while few wait, 1 or more; the last piece may exceed it.
   * @param defer - calls back in the next turn.
   */
  constructor(perTurn: number, defer: Defer) {
    this.#perTurn = perTurn;
    this.#left = perTurn;
    this.#defer = defer;
  }

  /** Whether a piece of this size may be done in this turn; the caller does it. */
  take(size: number): boolean {
    if (this.#left <= 0 || this.#waiting.length > 0) return false;
    this.#left -= size;
    this.#arm();
    return true;
  }

  /** Resolves when a piece of this size may be done; who has waited longest goes first. */
  async next(size: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ size, go: resolve });
    this.#arm();
    await promise;
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#defer(() => {
      this.#armed = false;
      this.#left = this.#perTurn;
      // Short turns cost: with fifty links that all have work, one piece a turn took half as much
      // again of a packet's CPU time. Who waits long is not helped by it.
      let more = Math.floor(this.#waiting.length / WAITING_FOR_MORE);
      while (this.#left > 0 || more-- > 0) {
        const next = this.#waiting.shift();
        if (next === undefined) break;
        this.#left -= next.size;
        next.go();
      }
      if (this.#left !== this.#perTurn) this.#arm();
    });
  }
}
