import { constants, type FileHandle, open, readdir, realpath, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  checkFileName,
  checkSecret,
  MAX_SECRET_BYTES,
  type SecretFiles,
  StorageError,
} from '@sotto/storage';
import { wipe } from '@sotto/wire';
import { eraseFile, eraseUnfinished, overwrite, UNFINISHED } from './erasing.ts';
import { closeToOthers, FILE_MODE, makeFolder, syncFolder } from './folder.ts';
import { errorCode, storing } from './system-errors.ts';
import { readFully, writeFully } from './whole-file.ts';

/**
 * Opens a folder of secret files, made when it is missing; erases what a crash left unfinished.
 * It has no lock of its own: the data folder's store holds it.
 *
 * @param folder - of its own; made with mode 0700, its files with 0600.
 */
export async function openSecretFiles(folder: string): Promise<SecretFiles> {
  const path = resolve(folder);
  return storing(path, async () => {
    await makeFolder(path);
    await closeToOthers(path);
    for (const name of await readdir(path)) {
      if (name.endsWith(UNFINISHED)) await eraseUnfinished(path, join(path, name));
    }
    return new FolderSecretFiles(await realpath(path));
  });
}

class FolderSecretFiles implements SecretFiles {
  readonly #path: string;
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(path: string) {
    this.#path = path;
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    this.#checkOpen();
    checkFileName(name);
    checkSecret(bytes);
    const copy = new Uint8Array(bytes);
    try {
      await this.#inOrder(name, () => this.#replace(name, copy));
    } finally {
      wipe(copy);
    }
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    checkFileName(name);
    return this.#inOrder(name, async () => {
      const handle = await openExisting(join(this.#path, name));
      if (handle === undefined) return undefined;
      try {
        return await this.#readAll(handle, name);
      } finally {
        await handle.close();
      }
    });
  }

  async list(): Promise<readonly string[]> {
    this.#checkOpen();
    return this.#inOrder('', async () => {
      const names = await readdir(this.#path);
      return names.filter((name) => !name.endsWith(UNFINISHED)).sort();
    });
  }

  async erase(name: string): Promise<void> {
    this.#checkOpen();
    checkFileName(name);
    await this.#inOrder(name, () => eraseFile(this.#path, name));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }

  #checkOpen(): void {
    if (this.#closed) throw new StorageError('closed', this.#path);
  }

  /** One call at a time, in the order of the calls; one that fails does not hold up the next. */
  #inOrder<T>(name: string, action: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => storing(join(this.#path, name), action));
    this.#last = result.then(nothing, nothing);
    return result;
  }

  async #replace(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#path, name);
    const unfinished = `${path}.write${UNFINISHED}`;
    await this.#writeNew(unfinished, bytes);
    // Held open over the rename, so that what it replaces can still be overwritten.
    const before = await openExisting(path);
    try {
      await rename(unfinished, path);
      await syncFolder(this.#path);
      if (before !== undefined) await overwrite(before);
    } finally {
      await before?.close();
    }
  }

  async #writeNew(path: string, bytes: Uint8Array): Promise<void> {
    const handle = await open(
      path,
      constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
      FILE_MODE,
    );
    try {
      await writeFully(handle, bytes, 0);
      await handle.datasync();
    } catch (error) {
      await handle.close();
      await eraseUnfinished(this.#path, path);
      throw error;
    }
    await handle.close();
  }

  async #readAll(handle: FileHandle, name: string): Promise<Uint8Array> {
    const { size } = await handle.stat();
    if (size > MAX_SECRET_BYTES) {
      throw new StorageError('corrupt', join(this.#path, name), `${size} bytes long`);
    }
    const bytes = new Uint8Array(size);
    await readFully(handle, bytes, join(this.#path, name));
    return bytes;
  }
}

const nothing = (): void => {};

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDWR);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
