// Made by tools/gen-examples.ts from packages/platform/storage/README.md: change it there.
import { MemoryDisk, openMemoryFolder } from '@sotto/storage';
import type { StorageStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ seed, tag, use }: Pick<Stage, 'seed' | 'tag' | 'use'>) {
  const folder = openMemoryFolder(new MemoryDisk());
  await folder.store.batch([{ key: 'mail/1', value: Uint8Array.of(1) }], { sync: true });
  for await (const [key, value] of folder.store.entries('mail/')) use(key, value);
  await folder.secrets.write('identity', seed);
  const tags = await folder.logs.open('tags-7', 16);
  await tags.append(tag); // on the disk now
  await folder.close();
  return { folder, tags };
}
