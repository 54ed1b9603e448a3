// Made by tools/gen-examples.ts from packages/platform/storage-indexeddb/README.md: change it there.
import { eraseIndexedStore, openIndexedStore } from '@sotto/storage-indexeddb';
import type { StorageIndexeddbStage as Stage } from '../stages.ts';

/** Line 6. */
export async function example1({ key }: Pick<Stage, 'key'>) {
  const store = await openIndexedStore('account', { waitMillis: 10_000 });
  await store.batch([{ key: 'a', value: Uint8Array.of(1) }], { sync: true });
  await store.vaultPut('wrapping', key);
  await store.close();
  await eraseIndexedStore('account');
  return { store };
}
