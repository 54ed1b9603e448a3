import type { Instant } from './time.ts';

interface Entry<T> {
  readonly at: Instant;
  readonly order: number;
  readonly value: T;
}

/**
 * A binary heap of values by due time; equal times leave in the order of `order`,
 * which callers draw at random where ties must not show arrival order (the mix pool).
 */
export class DeadlineQueue<T> {
  readonly #heap: Entry<T>[] = [];

  /** Values held. */
  get size(): number {
    return this.#heap.length;
  }

  /** When the first is due; undefined when empty. */
  get nextAt(): Instant | undefined {
    return this.#heap[0]?.at;
  }

  /** Adds a value due at `at`. O(log n). */
  push(at: Instant, order: number, value: T): void {
    const heap = this.#heap;
    const entry = { at, order, value };
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >>> 1;
      const above = heap[parent];
      if (above === undefined || !before(entry, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  /** Removes and returns the first value that is due at `now`; undefined when none is. O(log n). */
  popDue(now: Instant): T | undefined {
    const first = this.#heap[0];
    return first === undefined || first.at > now ? undefined : this.#removeFirst();
  }

  /** Every value held, in no order; the queue is left as it is. */
  *values(): Generator<T> {
    for (const entry of this.#heap) yield entry.value;
  }

  #removeFirst(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (heap.length > 0) {
      let i = 0;
      for (;;) {
        let child = 2 * i + 1;
        let smaller = heap[child];
        if (smaller === undefined) break;
        const right = heap[child + 1];
        if (right !== undefined && before(right, smaller)) {
          child++;
          smaller = right;
        }
        if (!before(smaller, last)) break;
        heap[i] = smaller;
        i = child;
      }
      heap[i] = last;
    }
    return first.value;
  }
}

const before = <T>(a: Entry<T>, b: Entry<T>): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order);
