import { readdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type BatchOperation,
  type BatchOptions,
  checkKey,
  checkPrefix,
  copyOperations,
  type KeyValueStore,
  StorageError,
  WriteQueue,
} from '@sotto/storage';
import { ClassicLevel } from 'classic-level';
import { closeToOthers, makeFolder } from './folder.ts';
import { markOpen } from './opened-once.ts';
import { storing } from './system-errors.ts';

/** Entries that are read in one call into LevelDB at most, and their bytes: a call costs what some twenty entries do. */
const READ_ENTRIES = 1000;
const READ_BYTES = 1_048_576;

/**
 * Bytes that LevelDB gathers in memory before it writes a table, 4 MiB unless set. Twice as much is
 * in memory at most, and read from its log at a start. A busy mailbox fills 4 MiB three times a
 * second, and merging so small tables took a tenth of what a message costs.
 */
const TABLE_BYTES = 16_777_216;

/**
 * Opens a LevelDB database, made when it is missing. One opener at a time, over all processes.
 *
 * @param folder - of its own; made with mode 0700.
 */
export async function openLevelStore(folder: string): Promise<KeyValueStore> {
  const path = resolve(folder);
  return storing(path, async () => {
    await makeFolder(path);
    await closeToOthers(path);
    const release = markOpen(await realpath(path));
    try {
      await refuseHeadless(path);
      const level = new ClassicLevel<string, Uint8Array>(path, {
        keyEncoding: 'utf8',
        valueEncoding: 'view',
        writeBufferSize: TABLE_BYTES,
      });
      await level.open();
      return new LevelStore(path, level, release);
    } catch (error) {
      release();
      throw error;
    }
  });
}

/** A database whose CURRENT file is lost would be taken for a new one, and its tables deleted. */
async function refuseHeadless(path: string): Promise<void> {
  const names = await readdir(path);
  if (names.some((name) => name.startsWith('MANIFEST-')) && !names.includes('CURRENT')) {
    throw new StorageError('corrupt', path, `${join(path, 'CURRENT')} is missing`);
  }
}

class LevelStore implements KeyValueStore {
  readonly #path: string;
  readonly #level: ClassicLevel<string, Uint8Array>;
  readonly #release: () => void;
  readonly #writes: WriteQueue;
  #closing: Promise<void> | undefined;

  constructor(path: string, level: ClassicLevel<string, Uint8Array>, release: () => void) {
    this.#path = path;
    this.#level = level;
    this.#release = release;
    // LevelDB itself writes on a pool of threads, where two calls may overtake each other:
    // one write at a time keeps the order, and joining what waits keeps the speed.
    this.#writes = new WriteQueue((operations, sync) => this.#write(operations, sync));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    checkKey(key);
    const value = await storing(this.#path, () => this.#level.get(key));
    return value === undefined ? undefined : new Uint8Array(value);
  }

  async batch(operations: readonly BatchOperation[], options?: BatchOptions): Promise<void> {
    this.#checkOpen();
    await this.#writes.add(copyOperations(operations), options?.sync === true);
  }

  async *entries(prefix: string): AsyncGenerator<[key: string, value: Uint8Array]> {
    this.#checkOpen();
    checkPrefix(prefix);
    const iterator = this.#level.iterator({
      gte: prefix,
      lt: `${prefix}\x7f`,
      highWaterMarkBytes: READ_BYTES,
    });
    try {
      for (;;) {
        this.#checkOpen();
        const entries = await storing(this.#path, () => iterator.nextv(READ_ENTRIES));
        if (entries.length === 0) return;
        for (const [key, value] of entries) {
          this.#checkOpen();
          // Nobody else has these bytes; a Node Buffer does not leave this package.
          yield [key, new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
        }
      }
    } finally {
      await iterator.close();
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writes.idle();
    try {
      await storing(this.#path, () => this.#level.close());
    } finally {
      this.#release();
    }
  }

  async #write(operations: readonly BatchOperation[], sync: boolean): Promise<void> {
    const changes = operations.map(({ key, value }) =>
      value === undefined ? { type: 'del' as const, key } : { type: 'put' as const, key, value },
    );
    await storing(this.#path, () => this.#level.batch(changes, { sync }));
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new StorageError('closed', this.#path);
  }
}
