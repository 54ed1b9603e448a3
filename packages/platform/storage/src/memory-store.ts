import {
  type BatchOperation,
  type BatchOptions,
  checkKey,
  checkPrefix,
  copyOperations,
  type KeyValueStore,
} from './key-value-store.ts';
import { StorageError } from './storage-error.ts';

const held = new WeakSet<Map<string, Uint8Array>>();

/**
 * A {@link KeyValueStore} in memory, for tests, the simulator and accounts that want no trace.
 * The map stands for the disk: opening the same map again gives what was stored.
 */
export class MemoryStore implements KeyValueStore {
  readonly #contents: Map<string, Uint8Array>;
  #closed = false;

  /**
   * @param contents - the "disk"; a fresh one when left out.
   * @throws StorageError `locked` when a store on this map is open.
   */
  constructor(contents: Map<string, Uint8Array> = new Map()) {
    if (held.has(contents)) throw new StorageError('locked', 'memory');
    held.add(contents);
    this.#contents = contents;
  }

  /** {@inheritDoc KeyValueStore.get} */
  async get(key: string): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    checkKey(key);
    const value = this.#contents.get(key);
    return value === undefined ? undefined : new Uint8Array(value);
  }

  /** As {@link KeyValueStore.batch}; memory has nothing to sync. */
  async batch(operations: readonly BatchOperation[], _options?: BatchOptions): Promise<void> {
    this.#checkOpen();
    for (const { key, value } of copyOperations(operations)) {
      if (value === undefined) this.#contents.delete(key);
      else this.#contents.set(key, value);
    }
  }

  /** {@inheritDoc KeyValueStore.entries} */
  async *entries(prefix: string): AsyncGenerator<[key: string, value: Uint8Array]> {
    this.#checkOpen();
    checkPrefix(prefix);
    const found = [...this.#contents].filter(([key]) => key.startsWith(prefix));
    found.sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [key, value] of found) {
      this.#checkOpen();
      yield [key, new Uint8Array(value)];
    }
  }

  /** {@inheritDoc KeyValueStore.close} */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    held.delete(this.#contents);
  }

  #checkOpen(): void {
    if (this.#closed) throw new StorageError('closed', 'memory');
  }
}
