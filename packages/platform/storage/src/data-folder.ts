import type { AppendLogs } from './append-log.ts';
import type { KeyValueStore } from './key-value-store.ts';
import type { SecretFiles } from './secret-files.ts';

/** All that one node or account keeps. */
export interface DataFolder {
  /** State that may be written at leisure: descriptors, mail, records. */
  readonly store: KeyValueStore;
  /** Keys, which must be erasable. */
  readonly secrets: SecretFiles;
  /** Replay tags, one log a routing key. */
  readonly logs: AppendLogs;
  /** Waits for the writes that were handed over, then lets go of the folder. */
  close(): Promise<void>;
}
