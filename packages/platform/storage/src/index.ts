/** What a core's driver keeps on disk: the interfaces, their errors, and an implementation in memory. @module */
export {
  type AppendLog,
  type AppendLogs,
  checkRecordBytes,
  checkRecords,
  CHUNK_BYTES,
} from './append-log.ts';
export type { DataFolder } from './data-folder.ts';
export {
  type BatchOperation,
  type BatchOptions,
  checkKey,
  checkPrefix,
  copyOperations,
  type KeyValueStore,
  MAX_KEY_CHARACTERS,
  MAX_VALUE_BYTES,
} from './key-value-store.ts';
export { MemoryAppendLogs } from './memory-append-log.ts';
export { MemoryDisk, openMemoryFolder } from './memory-folder.ts';
export { MemorySecretFiles } from './memory-secret-files.ts';
export { MemoryStore } from './memory-store.ts';
export { checkFileName, checkSecret, MAX_SECRET_BYTES, type SecretFiles } from './secret-files.ts';
export { StorageError, type StorageErrorCode } from './storage-error.ts';
export { WriteQueue } from './write-queue.ts';
