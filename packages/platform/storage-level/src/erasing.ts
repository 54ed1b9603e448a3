import { constants, type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './folder.ts';
import { errorCode } from './system-errors.ts';
import { writeFully } from './whole-file.ts';

const CHUNK_BYTES = 1_048_576;

/** The mark of a file that is being written or erased; what is left of it after a crash is erased at the next start. */
export const UNFINISHED = '.tmp';

/**
 * Overwrites a file with random bytes, puts them on the disk and removes the name. Under another
 * name first: after a crash in between, the random bytes must not be read as a key.
 *
 * @returns false when there is no such file.
 */
export async function eraseFile(folder: string, name: string): Promise<boolean> {
  const doomed = join(folder, `${name}.erase${UNFINISHED}`);
  try {
    await rename(join(folder, name), doomed);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
  await syncFolder(folder);
  await eraseUnfinished(folder, doomed);
  return true;
}

/** Overwrites and removes a file whose name nobody reads any more. */
export async function eraseUnfinished(folder: string, path: string): Promise<void> {
  const handle = await open(path, constants.O_RDWR);
  try {
    await overwrite(handle);
  } finally {
    await handle.close();
  }
  await unlink(path);
  await syncFolder(folder);
}

/** Overwrites all bytes of an open file in place and waits for the disk. */
export async function overwrite(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  const noise = new Uint8Array(Math.min(CHUNK_BYTES, size));
  for (let at = 0; at < size; at += noise.length) {
    const chunk = noise.subarray(0, Math.min(noise.length, size - at));
    for (let i = 0; i < chunk.length; i += 65_536) {
      crypto.getRandomValues(chunk.subarray(i, i + 65_536));
    }
    await writeFully(handle, chunk, at);
  }
  await handle.datasync();
}
