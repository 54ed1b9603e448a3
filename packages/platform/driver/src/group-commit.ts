import type { AppendLog, BatchOperation, KeyValueStore } from '@sotto/storage';
import { concat } from '@sotto/wire';

/** What a {@link GroupCommit} writes with and whom it tells. */
export interface GroupCommitOptions<T> {
  /** Puts the items on the disk, all or none; resolves after the disk has them. One call at a time. */
  readonly write: (items: readonly T[]) => Promise<void>;
  /** Told after each write the highest sequence number that is on the disk, with all below it. */
  readonly onStored: (sequence: number) => void;
  /** Told, once, what `write` rejected with or `onStored` threw; nothing is written afterwards. */
  readonly onError: (error: unknown) => void;
}

/**
 * Collects what a core wants stored and writes it in one synced group at a time: what comes while the
 * disk is busy shares the next sync. The core hears `stored` only after the sync, so what waits for
 * that notice (a packet for its replay tag) leaves no earlier.
 */
export class GroupCommit<T> {
  readonly #options: GroupCommitOptions<T>;
  #items: T[] = [];
  #sequence = -1;
  #inFlight = 0;
  #writing: Promise<void> | undefined;
  #failed = false;

  /** Idle until the first `add`. */
  constructor(options: GroupCommitOptions<T>) {
    this.#options = options;
  }

  /** Items handed over whose write has not come back: what a caller bounds. */
  get pending(): number {
    return this.#items.length + this.#inFlight;
  }

  /**
   * Takes an item; the write starts in a microtask, so that everything of one drain goes together.
   *
   * @param sequence - a safe integer of 0 or more, larger than the one before.
   * @returns false after a failure: the item goes nowhere.
   */
  add(sequence: number, item: T): boolean {
    if (!Number.isSafeInteger(sequence) || sequence <= this.#sequence) {
      throw new RangeError(
        `"sequence" expected a safe integer above ${this.#sequence}, got ${sequence}`,
      );
    }
    if (this.#failed) return false;
    this.#sequence = sequence;
    this.#items.push(item);
    this.#writing ??= this.#writeAll();
    return true;
  }

  /** Resolves when nothing is pending, or after a failure. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    try {
      await Promise.resolve();
      while (this.#items.length > 0) {
        const items = this.#items;
        const sequence = this.#sequence;
        this.#items = [];
        this.#inFlight = items.length;
        await this.#options.write(items);
        this.#inFlight = 0;
        this.#options.onStored(sequence);
      }
    } catch (error) {
      this.#failed = true;
      this.#items = [];
      this.#inFlight = 0;
      this.#options.onError(error);
    } finally {
      this.#writing = undefined;
    }
  }
}

/** A `write` for items that are lists of store operations: one atomic, synced batch a group. */
export const toStore =
  (store: KeyValueStore) =>
  (items: readonly (readonly BatchOperation[])[]): Promise<void> =>
    store.batch(items.flat(), { sync: true });

/** A `write` for items that are whole records of an append log. */
export const toLog =
  (log: AppendLog) =>
  (items: readonly Uint8Array[]): Promise<void> =>
    log.append(concat(...items));
