import { constants, open, readdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type AppendLog,
  type AppendLogs,
  checkFileName,
  checkRecordBytes,
  StorageError,
} from '@sotto/storage';
import { FileAppendLog } from './append-log.ts';
import { eraseFile, eraseUnfinished, UNFINISHED } from './erasing.ts';
import { closeToOthers, FILE_MODE, makeFolder, syncFolder } from './folder.ts';
import { markOpen } from './opened-once.ts';
import { storing } from './system-errors.ts';

/**
 * Opens a folder of append logs, made when it is missing; erases what a crash left half erased.
 * Against other processes it has no lock of its own: the data folder's store holds it.
 *
 * @param folder - of its own; made with mode 0700, its files with 0600.
 */
export async function openAppendLogs(folder: string): Promise<AppendLogs> {
  const path = resolve(folder);
  return storing(path, async () => {
    await makeFolder(path);
    await closeToOthers(path);
    for (const name of await readdir(path)) {
      if (name.endsWith(UNFINISHED)) await eraseUnfinished(path, join(path, name));
    }
    return new FolderAppendLogs(await realpath(path));
  });
}

class FolderAppendLogs implements AppendLogs {
  readonly #path: string;
  readonly #open = new Set<AppendLog>();
  readonly #pending = new Set<Promise<unknown>>();
  #closed = false;

  constructor(path: string) {
    this.#path = path;
  }

  async open(name: string, recordBytes: number): Promise<AppendLog> {
    this.#checkOpen();
    checkFileName(name);
    checkRecordBytes(recordBytes);
    return this.#exclusively(name, async (release) => {
      const log = await openLog(this.#path, name, recordBytes, () => {
        this.#open.delete(log);
        release();
      });
      this.#open.add(log);
      return log;
    });
  }

  async list(): Promise<readonly string[]> {
    this.#checkOpen();
    const names = await storing(this.#path, () => readdir(this.#path));
    return names.filter((name) => !name.endsWith(UNFINISHED)).sort();
  }

  async erase(name: string): Promise<void> {
    this.#checkOpen();
    checkFileName(name);
    await this.#exclusively(name, async (release) => {
      await eraseFile(this.#path, name);
      release();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#pending);
    for (const log of this.#open) await log.close();
  }

  /** Runs an action on a log that nobody has open; a failure gives the log free again. */
  #exclusively<T>(name: string, action: (release: () => void) => Promise<T>): Promise<T> {
    const path = join(this.#path, name);
    const release = markOpen(path);
    const result = storing(path, () => action(release)).catch((error: unknown) => {
      release();
      throw error;
    });
    const settled = result.then(nothing, nothing);
    this.#pending.add(settled);
    void settled.then(() => this.#pending.delete(settled));
    return result;
  }

  #checkOpen(): void {
    if (this.#closed) throw new StorageError('closed', this.#path);
  }
}

const nothing = (): void => {};

async function openLog(
  folder: string,
  name: string,
  recordBytes: number,
  release: () => void,
): Promise<FileAppendLog> {
  const path = join(folder, name);
  // A write returns when the disk has it: a sync of its own is heard of a turn of the event loop later.
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_DSYNC;
  const handle = await open(path, flags, FILE_MODE);
  try {
    const { size } = await handle.stat();
    const whole = size - (size % recordBytes);
    // A torn record was never acknowledged: the next append is written over it, being no shorter.
    await handle.datasync();
    await syncFolder(folder);
    return new FileAppendLog(path, handle, recordBytes, whole, release);
  } catch (error) {
    await handle.close();
    throw error;
  }
}
