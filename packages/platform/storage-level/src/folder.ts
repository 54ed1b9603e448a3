import { chmod, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './system-errors.ts';

/** Only the owner enters. */
const FOLDER_MODE = 0o700;

/** Only the owner reads and writes. */
export const FILE_MODE = 0o600;

/**
 * Makes a folder, and its parents where they lack, for its owner only.
 *
 * Not `mkdir` with `recursive`: on a file system that answers ENOENT to every new name, as /proc
 * does, Node retries for ever and takes a thread of the pool with it.
 */
export async function makeFolder(folder: string): Promise<void> {
  const parent = dirname(folder);
  if (parent !== folder && !(await exists(parent))) await makeFolder(parent);
  try {
    await mkdir(folder, { mode: FOLDER_MODE });
    await syncFolder(parent);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error;
  }
}

/** Takes away what group and others may do with a folder. */
export async function closeToOthers(folder: string): Promise<void> {
  const { mode } = await stat(folder);
  if ((mode & 0o077) !== 0) await chmod(folder, FOLDER_MODE);
}

/** Puts new, renamed and removed names of a folder on the disk: syncing a file does not cover its name. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
