import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { KeyValueStore } from '@sotto/storage';
import { expect, test } from 'vitest';
import { openLevelStore } from '../src/index.ts';
import { freshFolder, noSmallDisk, smallDisk } from './places.ts';

const bytes = Uint8Array.of(1, 2, 3);

const opener = `
  const { openLevelStore } = await import(process.argv[1]);
  try {
    const store = await openLevelStore(process.argv[2]);
    await store.close();
    console.log('opened');
  } catch (error) {
    console.log(error.code);
  }`;

/** What another process says that tries to open the store: 'opened' or the code of the refusal. */
async function openElsewhere(folder: string): Promise<string> {
  const source = new URL('../src/index.ts', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', opener, source, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return said.trim();
}

const count = async (store: KeyValueStore, prefix: string): Promise<number> => {
  let found = 0;
  for await (const [key] of store.entries(prefix)) if (key.startsWith(prefix)) found++;
  return found;
};

test('another process finds the store locked, even after this one tried to open it twice', async () => {
  const folder = freshFolder();
  const store = await openLevelStore(folder);
  expect(await openElsewhere(folder)).toBe('locked');
  await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'locked' });
  const link = join(freshFolder(), 'link');
  symlinkSync(folder, link);
  await expect(openLevelStore(link)).rejects.toMatchObject({ code: 'locked' });
  expect(await openElsewhere(folder)).toBe('locked');
  await store.close();
  expect(await openElsewhere(folder)).toBe('opened');
});

test('a folder that cannot be made or used is refused by name', async () => {
  const file = join(freshFolder(), 'file');
  writeFileSync(file, 'x');
  for (const folder of [file, join(file, 'under'), '/proc/sotto/store', '/sys/sotto']) {
    await expect(openLevelStore(folder)).rejects.toMatchObject({
      name: 'StorageError',
      code: 'unwritable',
      message: expect.stringContaining(folder),
    });
  }
});

test('a damaged database is refused as corrupt, not made anew', async () => {
  const damage: Record<string, (folder: string) => void> = {
    'CURRENT overwritten': (folder) => writeFileSync(join(folder, 'CURRENT'), 'junk'),
    'CURRENT missing': (folder) => unlinkSync(join(folder, 'CURRENT')),
    'manifest missing': (folder) => renameSync(manifest(folder), join(folder, 'elsewhere')),
    'manifest overwritten': (folder) => writeFileSync(manifest(folder), Buffer.alloc(300, 7)),
  };
  for (const [what, harm] of Object.entries(damage)) {
    const folder = freshFolder();
    const store = await openLevelStore(folder);
    await store.batch([{ key: 'a', value: bytes }], { sync: true });
    await store.close();
    harm(folder);
    await expect(openLevelStore(folder), what).rejects.toMatchObject({ code: 'corrupt' });
    // A refused opening leaves no lock behind.
    await expect(openLevelStore(folder), what).rejects.toMatchObject({ code: 'corrupt' });
  }
});

const manifest = (folder: string): string =>
  join(folder, readdirSync(folder).find((name) => name.startsWith('MANIFEST-')) ?? 'none');

test('a full disk fails every later write, and every acknowledged one is there afterwards', async ({
  skip,
}) => {
  skip(noSmallDisk !== undefined, noSmallDisk);
  const disk = smallDisk(16);
  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, Buffer.alloc(14 * 2 ** 20));
  const folder = join(disk, 'store');
  const store = await openLevelStore(folder);
  let acknowledged = 0;
  const refused: unknown[] = [];
  while (refused.length === 0) {
    const key = `k/${String(acknowledged).padStart(6, '0')}`;
    const value = crypto.getRandomValues(new Uint8Array(4096));
    await store.batch([{ key, value }], { sync: true }).then(
      () => acknowledged++,
      (error: unknown) => refused.push(error),
    );
  }
  expect(refused[0]).toMatchObject({ code: 'full', message: expect.stringContaining(folder) });
  expect(acknowledged).toBeGreaterThan(100);
  unlinkSync(ballast);
  // There is space again, but what is written behind a torn record would be lost on recovery.
  await expect(store.batch([{ key: 'late', value: bytes }])).rejects.toBe(refused[0]);
  expect(await store.get('k/000000')).toHaveLength(4096);
  await store.close();
  const again = await openLevelStore(folder);
  expect(await again.get('late')).toBeUndefined();
  expect(await count(again, 'k/')).toBeGreaterThanOrEqual(acknowledged);
  await again.batch([{ key: 'late', value: bytes }], { sync: true });
  await again.close();
});

test('opening on a full disk says so', async ({ skip }) => {
  skip(noSmallDisk !== undefined, noSmallDisk);
  const disk = smallDisk(1);
  const folder = join(disk, 'store');
  expect(() => writeFileSync(join(disk, 'ballast'), Buffer.alloc(2 ** 21))).toThrow('ENOSPC');
  await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'full' });
});
