// Made by tools/gen-examples.ts from packages/platform/storage-level/README.md: change it there.
import { openDataFolder } from '@sotto/storage-level';
import type { StorageLevelStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ path, tag }: Pick<Stage, 'path' | 'tag'>) {
  const folder = await openDataFolder(path);
  const identity = await folder.secrets.read('identity'); // undefined on the first run
  const tags = await folder.logs.open('tags-7', 16);
  await tags.append(tag); // on the disk now
  const all = await tags.readAll(); // 16 bytes a tag
  await folder.store.batch([{ key: 'mail/1', value: Uint8Array.of(1) }], { sync: true });
  await folder.close();
  return { folder, identity, tags, all };
}
