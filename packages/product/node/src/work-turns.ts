import type { Defer } from '@sotto/transport';

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
   * @param perTurn - pieces of work in a turn, 1 or more.
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
      this.#left = this.#perTurn;
      for (const go of this.#waiting.splice(0, this.#perTurn)) {
        this.#left--;
        go();
      }
      if (this.#left < this.#perTurn) this.#arm();
    });
  }
}
