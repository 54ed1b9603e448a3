import type { BatchOperation } from './key-value-store.ts';

/** Batches that wait are joined up to this many bytes of values. */
const GROUP_BYTES = 1_048_576;

interface Waiting {
  readonly operations: readonly BatchOperation[];
  readonly sync: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes batches one group at a time, in the order in which they came: what comes while one is
 * written shares the next write. After a failure every later batch fails with the same error.
 * For implementations of `KeyValueStore`.
 */
export class WriteQueue {
  readonly #write: (operations: readonly BatchOperation[], sync: boolean) => Promise<void>;
  readonly #queue: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** @param write - applies all operations or none; with `sync` it resolves when they are on the disk. One call at a time. */
  constructor(write: (operations: readonly BatchOperation[], sync: boolean) => Promise<void>) {
    this.#write = write;
  }

  /** Takes a batch, which nobody changes any more. Resolves, or rejects, after those before it. */
  add(operations: readonly BatchOperation[], sync: boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#queue.push({ operations, sync, resolve, reject });
    this.#writing ??= this.#writeAll();
    return promise;
  }

  /** Fails every batch from here on, those that wait among them. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#takeGroup();
      try {
        if (this.#failure === undefined) {
          const operations = group.flatMap((waiting) => waiting.operations);
          await this.#write(
            operations,
            group.some(({ sync }) => sync),
          );
        }
      } catch (error) {
        this.fail(error);
      }
      for (const waiting of group) {
        if (this.#failure === undefined) waiting.resolve();
        else waiting.reject(this.#failure.error);
      }
    }
    this.#writing = undefined;
  }

  #takeGroup(): Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const { operations } of this.#queue) {
      for (const { value } of operations) bytes += value?.length ?? 0;
      if (count > 0 && bytes > GROUP_BYTES) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }
}
