import {
  type BatchOperation,
  type BatchOptions,
  checkKey,
  checkPrefix,
  copyOperations,
  type KeyValueStore,
  StorageError,
} from '@sotto/storage';
import { asStorageError, completed, settled } from './browser-errors.ts';
import { databaseName, openDatabase, STORES } from './databases.ts';
import { holdLock } from './web-lock.ts';

/** A key-value store of a browser, with a vault beside it. */
export interface IndexedStore extends KeyValueStore {
  /** What the vault holds under a name: anything that can be cloned, a `CryptoKey` too. */
  vaultGet(name: string): Promise<unknown>;
  /** Puts something into the vault; resolves when the disk has it. */
  vaultPut(name: string, value: unknown): Promise<void>;
}

/**
 * Opens a store on IndexedDB, made when it is missing. One opener at a time, over all tabs and workers
 * of the origin, by a Web Lock; it is let go of when its page or worker ends, however it ends.
 *
 * Written on IndexedDB itself: a batch that asks for `sync` is a transaction of durability `strict`.
 * Browsers' default tells of a batch before the disk has it, and a key that a crash brings back would
 * seal twice.
 *
 * @param options - `waitMillis`: how long to wait for an opener before us to end. Default 0.
 */
export async function openIndexedStore(
  name: string,
  { waitMillis = 0 }: { readonly waitMillis?: number } = {},
): Promise<IndexedStore> {
  const where = databaseName(name);
  const release = await holdLock(where, waitMillis);
  try {
    return new OpenIndexedStore(where, await openDatabase(name), release);
  } catch (error) {
    await release();
    throw error;
  }
}

class OpenIndexedStore implements IndexedStore {
  readonly #where: string;
  readonly #database: IDBDatabase;
  readonly #release: () => Promise<void>;
  #last: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(where: string, database: IDBDatabase, release: () => Promise<void>) {
    this.#where = where;
    this.#database = database;
    this.#release = release;
    // Somebody erases the site's data: what is written from now on would be lost.
    database.addEventListener('close', () => {
      this.#failure ??= { error: new StorageError('corrupt', where, 'the browser has erased it') };
    });
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    checkKey(key);
    const value = await this.#read(STORES.entries, (store) => store.get(key));
    return value === undefined ? undefined : this.#bytes(value);
  }

  async batch(operations: readonly BatchOperation[], options?: BatchOptions): Promise<void> {
    this.#checkOpen();
    const copies = copyOperations(operations);
    const written = this.#write(STORES.entries, options?.sync === true, (store) => {
      for (const { key, value } of copies) {
        if (value === undefined) store.delete(key);
        else store.put(value, key);
      }
    });
    // Transactions of one store run in the order of their making; resolve in that order as well.
    const before = this.#last;
    this.#last = written.catch(() => undefined);
    await before;
    await written;
  }

  async *entries(prefix: string): AsyncGenerator<[key: string, value: Uint8Array]> {
    this.#checkOpen();
    checkPrefix(prefix);
    const range = IDBKeyRange.bound(prefix, `${prefix}\x7f`, false, true);
    const found: [IDBValidKey, unknown][] = [];
    await this.#read(STORES.entries, (store) => {
      const keys = store.getAllKeys(range);
      const values = store.getAll(range);
      values.addEventListener('success', () => {
        for (const [i, key] of keys.result.entries()) found.push([key, values.result[i]]);
      });
      return keys;
    });
    for (const [key, value] of found) {
      this.#checkOpen();
      if (typeof key !== 'string') throw this.#corrupt('a key is no text');
      yield [key, this.#bytes(value)];
    }
  }

  async vaultGet(name: string): Promise<unknown> {
    this.#checkOpen();
    return this.#read(STORES.vault, (store) => store.get(name));
  }

  async vaultPut(name: string, value: unknown): Promise<void> {
    this.#checkOpen();
    await this.#write(STORES.vault, true, (store) => void store.put(value, name));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#last;
    this.#database.close();
    await this.#release();
  }

  /** Resolves when the whole transaction is done, so that requests that `ask` made beside are as well. */
  async #read<T>(name: string, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    try {
      const transaction = this.#database.transaction(name, 'readonly');
      const done = completed(transaction, this.#where);
      const answer = ask(transaction.objectStore(name));
      const [result] = await Promise.all([settled(answer, this.#where), done]);
      return result;
    } catch (error) {
      throw asStorageError(error, this.#where);
    }
  }

  async #write(name: string, sync: boolean, put: (store: IDBObjectStore) => void): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      const durability = sync ? 'strict' : 'relaxed';
      const transaction = this.#database.transaction(name, 'readwrite', { durability });
      put(transaction.objectStore(name));
      await completed(transaction, this.#where);
    } catch (error) {
      this.#failure ??= { error: asStorageError(error, this.#where) };
      throw this.#failure.error;
    }
  }

  #bytes(value: unknown): Uint8Array {
    if (value instanceof Uint8Array) return new Uint8Array(value);
    throw this.#corrupt('a value is no bytes');
  }

  #corrupt(detail: string): StorageError {
    return new StorageError('corrupt', this.#where, detail);
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new StorageError('closed', this.#where);
  }
}
