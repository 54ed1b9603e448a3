/** Storage on disk, Node only: LevelDB, secret files that can be erased, synced append logs. @module */
export { openAppendLogs } from './append-logs.ts';
export { createDataFolder, DATA_VERSION, openDataFolder, type Upgrade } from './data-folder.ts';
export { openLevelStore } from './level-store.ts';
export { openSecretFiles } from './secret-files.ts';
