import { concat, wipe } from '@sotto/wire';
import {
  type AppendLog,
  type AppendLogs,
  checkRecordBytes,
  checkRecords,
  CHUNK_BYTES,
} from './append-log.ts';
import { checkFileName } from './secret-files.ts';
import { StorageError } from './storage-error.ts';

/** {@link AppendLogs} in memory. The map, name to the pieces appended, stands for the disk. */
export class MemoryAppendLogs implements AppendLogs {
  readonly #files: Map<string, Uint8Array[]>;
  readonly #open = new Map<string, AppendLog>();
  #closed = false;

  /** @param files - the "disk"; a fresh one when left out. */
  constructor(files: Map<string, Uint8Array[]> = new Map()) {
    this.#files = files;
  }

  /** {@inheritDoc AppendLogs.open} */
  async open(name: string, recordBytes: number): Promise<AppendLog> {
    this.#checkOpen();
    checkFileName(name);
    checkRecordBytes(recordBytes);
    if (this.#open.has(name)) throw new StorageError('locked', `memory/${name}`);
    const pieces = this.#files.get(name) ?? [];
    this.#files.set(name, pieces);
    const log = new MemoryAppendLog(pieces, recordBytes, () => this.#open.delete(name));
    this.#open.set(name, log);
    return log;
  }

  /** {@inheritDoc AppendLogs.list} */
  async list(): Promise<readonly string[]> {
    this.#checkOpen();
    return [...this.#files.keys()].sort();
  }

  /** {@inheritDoc AppendLogs.erase} */
  async erase(name: string): Promise<void> {
    this.#checkOpen();
    checkFileName(name);
    if (this.#open.has(name)) throw new StorageError('locked', `memory/${name}`);
    this.#files.get(name)?.forEach(wipe);
    this.#files.delete(name);
  }

  /** {@inheritDoc AppendLogs.close} */
  async close(): Promise<void> {
    this.#closed = true;
    for (const log of this.#open.values()) await log.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new StorageError('closed', 'memory');
  }
}

class MemoryAppendLog implements AppendLog {
  readonly recordBytes: number;
  readonly #pieces: Uint8Array[];
  readonly #release: () => void;
  #closed = false;

  constructor(pieces: Uint8Array[], recordBytes: number, release: () => void) {
    this.#pieces = pieces;
    this.recordBytes = recordBytes;
    this.#release = release;
  }

  async append(records: Uint8Array): Promise<void> {
    this.#checkOpen();
    checkRecords(records, this.recordBytes);
    this.#pieces.push(new Uint8Array(records));
  }

  async readAll(): Promise<Uint8Array> {
    this.#checkOpen();
    return concat(...this.#pieces);
  }

  get length(): number {
    return this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    this.#checkOpen();
    for (const piece of this.#pieces) {
      const step = CHUNK_BYTES - (CHUNK_BYTES % this.recordBytes);
      for (let at = 0; at < piece.length; at += step) yield piece.slice(at, at + step);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#release();
  }

  #checkOpen(): void {
    if (this.#closed) throw new StorageError('closed', 'memory');
  }
}
