import { open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type DataFolder, StorageError } from '@sotto/storage';
import { openAppendLogs } from './append-logs.ts';
import { UNFINISHED } from './erasing.ts';
import { closeToOthers, FILE_MODE, makeFolder, syncFolder } from './folder.ts';
import { openLevelStore } from './level-store.ts';
import { openSecretFiles } from './secret-files.ts';
import { errorCode, storing } from './system-errors.ts';
import { writeFully } from './whole-file.ts';

/**
 * Version of the folder's layout, in decimal in its file `sotto-data`.
 *
 * - 1: whole replay tags, 16 bytes each, in `logs/tags-EPOCH`.
 * - 2: places of tags, 8 bytes each, in `logs/seen-EPOCH` (Spec 05 §4.4).
 * - 3: values of a node's core with a checksum, which older programs would take for damaged.
 */
export const DATA_VERSION = 3;

/** Brings an open folder from an older version to this one. Cut off by a crash, it is called again. */
export type Upgrade = (folder: Omit<DataFolder, 'close'>, from: number) => Promise<void>;

const VERSION_FILE = 'sotto-data';
const PROBE_FILE = `sotto-probe${UNFINISHED}`;
const PROBE_BYTES = 4096;

/** What a folder may hold and still count as empty: a fresh file system's own, and our first run cut off. */
const harmless: ReadonlySet<string> = new Set([
  'lost+found',
  `${VERSION_FILE}${UNFINISHED}`,
  PROBE_FILE,
]);

/**
 * Makes a data folder on the first run, mode 0700, and checks it on every run: it can be written,
 * and it is of a version that this program knows.
 *
 * Rejects with a StorageError: `unwritable`, `full`, `newer`, `corrupt` (its version cannot be read),
 * or `foreign` when the folder holds other things: its mode is changed, which must not happen to /tmp
 * by a slip in a command line.
 *
 * @returns the absolute path.
 */
export async function createDataFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  return storing(path, async () => {
    await makeFolder(path);
    const version = await readVersion(path);
    if (version === undefined) {
      const others = (await readdir(path)).filter((name) => !harmless.has(name));
      if (others.length > 0) {
        throw new StorageError(
          'foreign',
          path,
          `it holds ${others.length} other entries; give an empty or a new folder`,
        );
      }
    } else if (version > DATA_VERSION) {
      throw new StorageError(
        'newer',
        path,
        `version ${version}, this program knows ${DATA_VERSION}`,
      );
    }
    await closeToOthers(path);
    await probe(path);
    if (version === undefined) await writeVersion(path);
    // An older one keeps its number until it has been opened and brought up to date.
    return path;
  });
}

/**
 * Opens a data folder, made when it is missing (see {@link createDataFolder}): `store/` (LevelDB, whose
 * lock stands for the whole folder), `secrets/` and `logs/`. An older layout is upgraded first;
 * a program of the older version refuses the folder afterwards (`newer`).
 *
 * @param upgrade - what the program must do for that beyond the folder's own; nothing when absent.
 */
export async function openDataFolder(folder: string, upgrade?: Upgrade): Promise<DataFolder> {
  const path = await createDataFolder(folder);
  const store = await openLevelStore(join(path, 'store'));
  try {
    const secrets = await openSecretFiles(join(path, 'secrets'));
    const logs = await openAppendLogs(join(path, 'logs'));
    const from = (await storing(path, () => readVersion(path))) ?? DATA_VERSION;
    if (from < DATA_VERSION) {
      await upgrade?.({ store, secrets, logs }, from);
      await storing(path, () => writeVersion(path));
    }
    return {
      store,
      secrets,
      logs,
      // The store last: its lock covers the others.
      close: async () => {
        await secrets.close();
        await logs.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function readVersion(path: string): Promise<number | undefined> {
  const file = join(path, VERSION_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (!/^[1-9][0-9]{0,8}\n$/.test(text)) {
    throw new StorageError('corrupt', file, 'expected a version number');
  }
  return Number(text);
}

async function writeVersion(path: string): Promise<void> {
  const unfinished = join(path, `${VERSION_FILE}${UNFINISHED}`);
  await writeSynced(unfinished, new TextEncoder().encode(`${DATA_VERSION}\n`));
  await rename(unfinished, join(path, VERSION_FILE));
  await syncFolder(path);
}

/** Permission bits say little (root, read-only mounts, quotas): writing a block and syncing it does. */
async function probe(path: string): Promise<void> {
  const file = join(path, PROBE_FILE);
  try {
    await writeSynced(file, new Uint8Array(PROBE_BYTES).fill(0x5a));
  } finally {
    await unlinkIfThere(file);
  }
}

async function writeSynced(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'w', FILE_MODE);
  try {
    await writeFully(handle, bytes, 0);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function unlinkIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
