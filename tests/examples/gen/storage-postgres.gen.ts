// Made by tools/gen-examples.ts from packages/platform/storage-postgres/README.md: change it there.
import { openPostgresStore } from '@sotto/storage-postgres';
import { Redacted } from '@sotto/wire';
import type { StoragePostgresStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ address, use }: Pick<Stage, 'address' | 'use'>) {
  const url = new Redacted(address); // postgres://sotto:secret@db.example.org/sotto?sslmode=verify-full
  const store = await openPostgresStore({ url, place: 'node-1', waitMillis: 20_000 });
  await store.batch([{ key: 'mail/1', value: Uint8Array.of(1) }]); // committed now
  for await (const [key, bytes] of store.entries('mail/')) use(key, bytes);
  await store.confirm(); // nobody else has taken the place
  await store.close();
  return { url, store };
}
