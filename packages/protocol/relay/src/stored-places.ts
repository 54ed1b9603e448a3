import type { StoredEntry } from '@sotto/mailbox';
import type { EpochKeys } from './epoch-keys.ts';
import { decodePlaces, isPlacesKey, type StoreWrites } from './store-writes.ts';

/**
 * Takes back replay tags that batches of the store hold (Spec 06 §4.7); what is no such entry is
 * deleted.
 *
 * @returns keys of entries that cannot be read.
 */
export function restoreStoredPlaces(
  entries: readonly StoredEntry[],
  writes: StoreWrites,
  keys: EpochKeys,
): readonly string[] {
  const unreadable: string[] = [];
  for (const { key, value } of entries) {
    if (value === undefined || !isPlacesKey(key)) continue;
    const stored = decodePlaces(key, value);
    if (stored === undefined) {
      unreadable.push(key);
      writes.put([{ key, value: undefined }]);
      continue;
    }
    writes.restored(stored);
    keys.restoreStored(stored);
  }
  return unreadable;
}
