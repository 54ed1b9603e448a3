import { GroupCommit } from '@sotto/driver';
import type { StoredEntry } from '@sotto/endpoint';
import type { SealedStore } from './sealed-store.ts';

/** A batch of the core's, or of the client's own (no sequence). */
interface Batch {
  readonly entries: readonly StoredEntry[];
}

/** Writes batches in the order in which they came, and tells when they are on the disk. */
export class Persistence {
  readonly #commit: GroupCommit<Batch>;
  /** Number here of a batch of the core's, and the core's number. */
  readonly #core: { readonly at: number; readonly sequence: number }[] = [];
  readonly #waiting: { readonly at: number; readonly waiter: PromiseWithResolvers<void> }[] = [];
  #last = 0;
  #durable = 0;
  #failure: { readonly error: unknown } | undefined;

  /** @param onStored - told the core's number up to which all is on the disk. */
  constructor(
    store: SealedStore,
    onStored: (sequence: number) => void,
    onError: (error: unknown) => void,
  ) {
    this.#commit = new GroupCommit<Batch>({
      write: (batches) => store.write(batches.flatMap(({ entries }) => entries)),
      onStored: (at) => {
        this.#durable = at;
        let newest: number | undefined;
        while ((this.#core[0]?.at ?? Infinity) <= at) newest = this.#core.shift()?.sequence;
        if (newest !== undefined) onStored(newest);
        while ((this.#waiting[0]?.at ?? Infinity) <= at) this.#waiting.shift()?.waiter.resolve();
      },
      onError: (error) => {
        this.#failure = { error };
        for (const { waiter } of this.#waiting.splice(0)) waiter.reject(error);
        onError(error);
      },
    });
  }

  /** Takes a batch of the core's. */
  addOfCore(sequence: number, entries: readonly StoredEntry[]): void {
    this.#core.push({ at: this.#last + 1, sequence });
    this.add(entries);
  }

  /** Takes a batch. */
  add(entries: readonly StoredEntry[]): void {
    this.#commit.add(++this.#last, { entries });
  }

  /** Resolves when all that was added before is on the disk; rejects with what the store threw. */
  async stored(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    const at = this.#last;
    if (at <= this.#durable) return;
    const waiter = Promise.withResolvers<void>();
    this.#waiting.push({ at, waiter });
    await waiter.promise;
  }

  /** Resolves when nothing is pending, or after a failure. */
  async idle(): Promise<void> {
    await this.#commit.idle();
  }
}
