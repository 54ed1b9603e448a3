import { instant, type Instant } from './time.ts';

/**
 * A binary heap of values by due time; equal times leave in the order of `order`,
 * which callers draw at random where ties must not show arrival order (the mix pool).
 *
 * Times, orders and values lie in arrays of their own: an object for each value, with two boxed
 * numbers in it, was a quarter of what the garbage collector copied of a node's pool.
 */
export class DeadlineQueue<T extends object | string | number> {
  readonly #at: number[] = [];
  readonly #order: number[] = [];
  readonly #values: T[] = [];

  /** Values held. */
  get size(): number {
    return this.#values.length;
  }

  /** When the first is due; undefined when empty. */
  get nextAt(): Instant | undefined {
    const at = this.#at[0];
    return at === undefined ? undefined : instant(at);
  }

  /** Adds a value due at `at`. O(log n). */
  push(at: Instant, order: number, value: T): void {
    let place = this.#values.length;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      if (!isBefore(at, order, this.#at[parent], this.#order[parent])) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#put(place, at, order, value);
  }

  /** Removes and returns the first value that is due at `now`; undefined when none is. O(log n). */
  popDue(now: Instant): T | undefined {
    const first = this.#at[0];
    return first === undefined || first > now ? undefined : this.#removeFirst();
  }

  /** Every value held, in no order; the queue is left as it is. */
  values(): IterableIterator<T> {
    return this.#values.values();
  }

  #removeFirst(): T | undefined {
    const first = this.#values[0];
    const at = this.#at.pop();
    const order = this.#order.pop();
    const value = this.#values.pop();
    const { size } = this;
    if (size === 0 || at === undefined || order === undefined || value === undefined) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#comesBefore(child + 1, child)) child++;
      if (!isBefore(this.#at[child], this.#order[child], at, order)) break;
      this.#move(child, place);
      place = child;
    }
    this.#put(place, at, order, value);
    return first;
  }

  #put(place: number, at: number, order: number, value: T): void {
    this.#at[place] = at;
    this.#order[place] = order;
    this.#values[place] = value;
  }

  #move(from: number, to: number): void {
    const value = this.#values[from];
    if (value !== undefined) this.#put(to, this.#at[from] ?? 0, this.#order[from] ?? 0, value);
  }

  #comesBefore(one: number, other: number): boolean {
    return isBefore(this.#at[one], this.#order[one], this.#at[other], this.#order[other]);
  }
}

const isBefore = (at = 0, order = 0, otherAt = 0, otherOrder = 0): boolean =>
  at < otherAt || (at === otherAt && order < otherOrder);
