import type { FileHandle } from 'node:fs/promises';
import { type AppendLog, checkRecords, CHUNK_BYTES, StorageError } from '@sotto/storage';
import { concat } from '@sotto/wire';
import { asStorageError, storing } from './system-errors.ts';
import { readFully, writeFully } from './whole-file.ts';

interface Waiting {
  readonly records: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** One append log over a file that was opened with `O_DSYNC`; made by `openAppendLogs`. */
export class FileAppendLog implements AppendLog {
  readonly recordBytes: number;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #release: () => void;
  #length: number;
  #queue: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param path - for messages.
   * @param handle - of the file, which this object closes.
   * @param length - bytes in the file, whole records.
   * @param release - called when the log is closed.
   */
  constructor(
    path: string,
    handle: FileHandle,
    recordBytes: number,
    length: number,
    release: () => void,
  ) {
    this.#path = path;
    this.#handle = handle;
    this.recordBytes = recordBytes;
    this.#length = length;
    this.#release = release;
  }

  async append(records: Uint8Array): Promise<void> {
    this.#checkOpen();
    checkRecords(records, this.recordBytes);
    const { promise, resolve: done, reject } = Promise.withResolvers<void>();
    this.#queue.push({ records: new Uint8Array(records), resolve: done, reject });
    this.#writing ??= this.#writeAll();
    await promise;
  }

  async readAll(): Promise<Uint8Array> {
    this.#checkOpen();
    const bytes = new Uint8Array(this.#length);
    await storing(this.#path, () => readFully(this.#handle, bytes, this.#path));
    return bytes;
  }

  get length(): number {
    return this.#length;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    this.#checkOpen();
    const step = CHUNK_BYTES - (CHUNK_BYTES % this.recordBytes);
    for (let at = 0; at < this.#length; at += step) {
      const bytes = new Uint8Array(Math.min(step, this.#length - at));
      await storing(this.#path, () => readFully(this.#handle, bytes, this.#path, at));
      yield bytes;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writing;
    try {
      await storing(this.#path, () => this.#handle.close());
    } finally {
      this.#release();
    }
  }

  /** Group commit: all that came while the disk was busy goes out in one write. */
  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue;
      this.#queue = [];
      const records = concat(...group.map((waiting) => waiting.records));
      try {
        if (this.#failure === undefined) {
          await writeFully(this.#handle, records, this.#length);
          this.#length += records.length;
        }
      } catch (error) {
        // After a write that failed the kernel may call its lost pages clean: trying again would lie.
        this.#failure = { error: asStorageError(error, this.#path) };
      }
      for (const waiting of group) {
        if (this.#failure === undefined) waiting.resolve();
        else waiting.reject(this.#failure.error);
      }
    }
    this.#writing = undefined;
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new StorageError('closed', this.#path);
  }
}
