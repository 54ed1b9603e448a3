import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDataFolder, openDataFolder } from '../src/index.ts';
import { freshFolder, noSmallDisk, smallDisk } from './places.ts';

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('is made on the first run, for its owner only, and opens again', async () => {
  const path = join(freshFolder(), 'a', 'b');
  const first = await openDataFolder(path);
  await first.store.batch([{ key: 'k', value: Uint8Array.of(1) }]);
  await first.secrets.write('identity', Uint8Array.of(2));
  const log = await first.logs.open('tags', 1);
  const appended = log.append(Uint8Array.of(3));
  await expect(openDataFolder(path)).rejects.toMatchObject({ code: 'locked' });
  await Promise.all([appended, first.close()]);
  expect([mode(path), mode(join(path, 'store')), mode(join(path, 'logs'))]).toEqual([
    '700',
    '700',
    '700',
  ]);
  expect([mode(join(path, 'sotto-data')), mode(join(path, 'logs', 'tags'))]).toEqual([
    '600',
    '600',
  ]);
  expect(readdirSync(path).sort()).toEqual(['logs', 'secrets', 'sotto-data', 'store']);
  expect(readFileSync(join(path, 'sotto-data'), 'utf8')).toBe('3\n');

  const second = await openDataFolder(path);
  expect(await second.store.get('k')).toEqual(Uint8Array.of(1));
  expect(await second.secrets.read('identity')).toEqual(Uint8Array.of(2));
  expect(await (await second.logs.open('tags', 1)).readAll()).toEqual(Uint8Array.of(3));
  await second.close();
});

test('an empty folder that exists is taken and closed to others, also after a first run cut off', async () => {
  const path = freshFolder();
  chmodSync(path, 0o755);
  writeFileSync(join(path, 'sotto-data.tmp'), '1');
  mkdirSync(join(path, 'lost+found'));
  expect(await createDataFolder(path)).toBe(path);
  expect(mode(path)).toBe('700');
  expect(readFileSync(join(path, 'sotto-data'), 'utf8')).toBe('3\n');
});

test('a folder with other things in it is refused and left as it is', async () => {
  const path = freshFolder();
  chmodSync(path, 0o755);
  writeFileSync(join(path, 'holiday.jpg'), 'x');
  await expect(createDataFolder(path)).rejects.toMatchObject({
    code: 'foreign',
    message: expect.stringContaining(path),
  });
  expect(mode(path)).toBe('755');
  expect(readdirSync(path)).toEqual(['holiday.jpg']);
});

test('a newer version is refused, an unreadable one as well', async () => {
  const path = freshFolder();
  await createDataFolder(path);
  writeFileSync(join(path, 'sotto-data'), '4\n');
  await expect(createDataFolder(path)).rejects.toMatchObject({
    code: 'newer',
    message: expect.stringMatching(/version 4, this program knows 3/),
  });
  for (const text of ['', '1', '0\n', '-1\n', '1\n1\n', 'x\n', '1'.repeat(20)]) {
    writeFileSync(join(path, 'sotto-data'), text);
    await expect(createDataFolder(path), text).rejects.toMatchObject({ code: 'corrupt' });
  }
});

test('an older version is upgraded once, again when it was cut off, and is newer afterwards', async () => {
  const path = freshFolder();
  await createDataFolder(path);
  const file = join(path, 'sotto-data');
  writeFileSync(file, '1\n');
  const calls: number[] = [];
  const failing = openDataFolder(path, async (_, from) => {
    calls.push(from);
    throw new Error('cut off');
  });
  await expect(failing).rejects.toThrow('cut off');
  expect(readFileSync(file, 'utf8')).toBe('1\n');
  for (let run = 0; run < 2; run++) {
    const folder = await openDataFolder(path, async ({ secrets }, from) => {
      calls.push(from);
      await secrets.write('upgraded', Uint8Array.of(1));
    });
    expect(await folder.secrets.list()).toEqual(['upgraded']);
    await folder.close();
  }
  expect(calls).toEqual([1, 1]);
  expect(readFileSync(file, 'utf8')).toBe('3\n');
});

test('a folder that cannot be made is refused by name', async () => {
  const file = join(freshFolder(), 'file');
  writeFileSync(file, 'x');
  for (const path of [
    file,
    join(file, 'under'),
    '/proc/sotto',
    '/proc/sotto/deeper',
    '/sys/sotto',
  ]) {
    await expect(openDataFolder(path), path).rejects.toMatchObject({
      code: 'unwritable',
      message: expect.stringContaining(path),
    });
  }
});

test('a full disk is named as such at the start', async ({ skip }) => {
  skip(noSmallDisk !== undefined, noSmallDisk);
  const disk = smallDisk(1);
  const path = join(disk, 'data');
  await createDataFolder(path);
  expect(() => writeFileSync(join(disk, 'ballast'), Buffer.alloc(2 ** 21))).toThrow('ENOSPC');
  await expect(openDataFolder(path)).rejects.toMatchObject({
    code: 'full',
    message: expect.stringContaining(path),
  });
  expect(readdirSync(path)).toEqual(['sotto-data']);
});
