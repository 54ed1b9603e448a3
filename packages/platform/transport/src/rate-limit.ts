/** A token bucket per key, in a table of bounded size. */
export class RateLimit {
  readonly #burst: number;
  readonly #refillMillis: number;
  readonly #maxKeys: number;
  readonly #fullAt = new Map<string, number>();

  /** Each key has `burst` tokens, and one more every `refillMillis`; at most `maxKeys` keys are held. */
  constructor(burst: number, refillMillis: number, maxKeys: number) {
    this.#burst = burst;
    this.#refillMillis = refillMillis;
    this.#maxKeys = maxKeys;
  }

  /**
   * Takes a token of `key` at the time `nowMillis`; false when there is none, or when the table
   * is full of keys that are all in use: then strangers wait, which bounds memory.
   */
  take(key: string, nowMillis: number): boolean {
    const known = this.#fullAt.get(key);
    if (known === undefined && this.#fullAt.size >= this.#maxKeys && !this.#forget(nowMillis)) {
      return false;
    }
    // The bucket is kept as the moment at which it will be full again.
    const fullAt = Math.max(known ?? nowMillis, nowMillis) + this.#refillMillis;
    if (fullAt - nowMillis > this.#burst * this.#refillMillis) return false;
    this.#fullAt.set(key, fullAt);
    return true;
  }

  #forget(nowMillis: number): boolean {
    for (const [key, fullAt] of this.#fullAt) if (fullAt <= nowMillis) this.#fullAt.delete(key);
    return this.#fullAt.size < this.#maxKeys;
  }
}
