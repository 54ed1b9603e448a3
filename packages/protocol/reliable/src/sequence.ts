/**
 * What became of a value: `ready`: it, and perhaps others that waited for it, can be taken. `held`: it
 * waits for an earlier one. `duplicate`: it was here. `beyond`: too far ahead, so it was not kept.
 */
export type SequenceVerdict = 'ready' | 'held' | 'duplicate' | 'beyond';

/**
 * Puts what comes in any order into the order of its places 0, 1, 2, …, each once (Spec 14 §3). Keeps
 * at most `window` values, whatever the peer sends; the sender keeps within it.
 */
export class Sequence<T> {
  readonly #window: number;
  readonly #held = new Map<number, T>();
  #next = 0;

  /**
   * @param window - places kept from the next one on, 1 to 65,535.
   * @throws RangeError when it is out of its range.
   */
  constructor(window: number) {
    if (!Number.isInteger(window) || window < 1 || window > 65_535) {
      throw new RangeError(`"window" expected an integer in 1..65535, got ${window}`);
    }
    this.#window = window;
  }

  /** The place that is taken next. */
  get next(): number {
    return this.#next;
  }

  /** Values that wait. */
  get size(): number {
    return this.#held.size;
  }

  /** Takes the value of a place, an integer from 0. */
  add(place: number, value: T): SequenceVerdict {
    if (place >= this.#next + this.#window) return 'beyond';
    if (place < this.#next || this.#held.has(place)) return 'duplicate';
    this.#held.set(place, value);
    return place === this.#next ? 'ready' : 'held';
  }

  /** The value of the next place, once it is here; call until undefined. */
  take(): T | undefined {
    const value = this.#held.get(this.#next);
    if (value === undefined) return undefined;
    this.#held.delete(this.#next++);
    return value;
  }

  /** Lets go of all that waits. */
  clear(): void {
    this.#held.clear();
  }
}
