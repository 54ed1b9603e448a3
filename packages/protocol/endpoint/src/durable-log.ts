/** One change of the store; without a value the key is deleted. */
export interface StoredEntry {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/** Changes to write as one batch. */
export interface PersistBatch {
  /** All changes up to this number are in this batch or an earlier one. */
  readonly sequence: number;
  readonly entries: readonly StoredEntry[];
}

/**
 * Numbers the changes of the store, so that what depends on one can wait until it is durable
 * (Spec 08 §10.2). A reply block that left before its record was on disk would, after a crash,
 * bring mail that nobody can open.
 */
export class DurableLog {
  readonly #pending = new Map<string, Uint8Array | undefined>();
  #sequence = 0;
  #durable = 0;

  /** Number of the last change. */
  get sequence(): number {
    return this.#sequence;
  }

  /** All changes up to this number are on disk. */
  get durable(): number {
    return this.#durable;
  }

  /** Takes a change. @returns its number. */
  put(key: string, value: Uint8Array | undefined): number {
    this.#pending.set(key, value);
    return ++this.#sequence;
  }

  /** The changes since the last call; undefined when there are none. */
  take(): PersistBatch | undefined {
    if (this.#pending.size === 0) return undefined;
    const entries = [...this.#pending].map(([key, value]) => ({ key, value }));
    this.#pending.clear();
    return { sequence: this.#sequence, entries };
  }

  /**
   * Says that a batch, and all before it, is on disk.
   *
   * @throws RangeError for a number that was never given out: the driver is wrong, and a gate that opened early would not show.
   */
  stored(sequence: number): void {
    if (!Number.isInteger(sequence) || sequence > this.#sequence) {
      throw new RangeError(`"sequence" expected at most ${this.#sequence}, got ${sequence}`);
    }
    this.#durable = Math.max(this.#durable, sequence);
  }
}
