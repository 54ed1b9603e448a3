import type { DataFolder } from './data-folder.ts';
import { MemoryAppendLogs } from './memory-append-log.ts';
import { MemorySecretFiles } from './memory-secret-files.ts';
import { MemoryStore } from './memory-store.ts';

/** What a {@link DataFolder} in memory holds; outlives the node that uses it, as a disk does. */
export class MemoryDisk {
  /** Of the key-value store. */
  readonly values: Map<string, Uint8Array> = new Map();
  /** Of the secret files. */
  readonly secrets: Map<string, Uint8Array> = new Map();
  /** Of the append logs. */
  readonly logs: Map<string, Uint8Array[]> = new Map();
}

/**
 * Opens a data folder in memory.
 *
 * @param disk - the same one again after `close` is a restart; a fresh one when left out.
 * @throws StorageError `locked` while the disk is open.
 */
export function openMemoryFolder(disk: MemoryDisk = new MemoryDisk()): DataFolder {
  const store = new MemoryStore(disk.values);
  const secrets = new MemorySecretFiles(disk.secrets);
  const logs = new MemoryAppendLogs(disk.logs);
  return {
    store,
    secrets,
    logs,
    close: async () => {
      await secrets.close();
      await logs.close();
      await store.close();
    },
  };
}
