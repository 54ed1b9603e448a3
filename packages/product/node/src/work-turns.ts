import type { Defer } from '@sotto/transport';

/** So many that wait make a turn longer by one piece. */
const WAITING_FOR_MORE = 8;

/**
 * Bounds the work that is done in one turn of the event loop. A socket gives all that it has in one
 * turn, up to 2 MB: worked off at once, that is more than 100 ms in which no timer fires and no
 * write to the disk is heard of, so that packets leave late.
 */
export class WorkTurns {
  readonly #perTurn: number;
  readonly #defer: Defer;
  readonly #waiting: (() => void)[] = [];
  #left: number;
  #armed = false;

  /**
   * @param perTurn - pieces of work in a turn while few wait, 1 or more.
   * @param defer - calls back in the next turn.
   */
  constructor(perTurn: number, defer: Defer) {
    this.#perTurn = perTurn;
    this.#left = perTurn;
    this.#defer = defer;
  }

  /** Whether one more piece may be done in this turn; the caller does it. */
  take(): boolean {
    if (this.#left === 0 || this.#waiting.length > 0) return false;
    this.#left--;
    this.#arm();
    return true;
  }

  /** Resolves when one may be done; who has waited longest goes first. */
  async next(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#arm();
    await promise;
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#defer(() => {
      this.#armed = false;
      // Short turns cost: with fifty links that all have work, one piece a turn took half as much
      // again of a packet's CPU time. Who waits long is not helped by it.
      this.#left = this.#perTurn + Math.floor(this.#waiting.length / WAITING_FOR_MORE);
      for (const go of this.#waiting.splice(0, this.#left)) {
        this.#left--;
        go();
      }
      if (this.#left !== this.#perTurn) this.#arm();
    });
  }
}
