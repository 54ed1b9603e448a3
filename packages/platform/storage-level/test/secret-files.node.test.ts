import { closeSync, openSync, readdirSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openAppendLogs, openSecretFiles } from '../src/index.ts';
import { freshFolder, noSmallDisk, smallDisk } from './places.ts';

const secret = new Uint8Array(4096).fill(0x5e);

/** Keeps a file's blocks readable over its removal, as an undelete tool would. */
function watch(path: string): { bytes: () => Buffer; close: () => void } {
  const descriptor = openSync(path, 'r');
  return {
    bytes: () => {
      const found = Buffer.alloc(2 * secret.length);
      return found.subarray(0, readSync(descriptor, found, 0, found.length, 0));
    },
    close: () => closeSync(descriptor),
  };
}

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('folder and files are for their owner only', async () => {
  const folder = join(freshFolder(), 'deep', 'secrets');
  const files = await openSecretFiles(folder);
  await files.write('key', secret);
  expect(mode(folder)).toBe('700');
  expect(mode(join(folder, 'key'))).toBe('600');
});

test('erasing and replacing overwrite the blocks, not only the name', async () => {
  const folder = freshFolder();
  const files = await openSecretFiles(folder);
  const harm = [
    () => files.erase('key'),
    () => files.write('key', new Uint8Array(secret.length).fill(0x77)),
  ];
  for (const act of harm) {
    await files.write('key', secret);
    const block = watch(join(folder, 'key'));
    // The detector sees the secret while it is there.
    expect(block.bytes().indexOf('5e5e5e5e', 0, 'hex')).toBe(0);
    await act();
    expect(block.bytes()).toHaveLength(secret.length);
    expect(block.bytes().indexOf('5e5e5e5e', 0, 'hex')).toBe(-1);
    block.close();
  }
});

test('erasing a log overwrites its blocks', async () => {
  const folder = freshFolder();
  const logs = await openAppendLogs(folder);
  const log = await logs.open('tags', 16);
  await log.append(secret);
  await log.close();
  const block = watch(join(folder, 'tags'));
  await logs.erase('tags');
  expect(block.bytes().indexOf('5e5e5e5e', 0, 'hex')).toBe(-1);
  expect(readdirSync(folder)).toEqual([]);
  block.close();
});

test('what a crash left half written or half erased is erased at the next opening', async () => {
  const folder = freshFolder();
  for (const name of ['key.write.tmp', 'old.erase.tmp']) writeFileSync(join(folder, name), secret);
  const block = watch(join(folder, 'key.write.tmp'));
  const files = await openSecretFiles(folder);
  expect(await files.list()).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
  expect(block.bytes().indexOf('5e5e5e5e', 0, 'hex')).toBe(-1);
  block.close();
});

test('a file longer than any secret is refused unread', async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, 'key'), Buffer.alloc(2 ** 20 + 1));
  const files = await openSecretFiles(folder);
  await expect(files.read('key')).rejects.toMatchObject({ code: 'corrupt' });
});

test('a full disk refuses a new secret, keeps the old one, and leaves nothing lying about', async ({
  skip,
}) => {
  skip(noSmallDisk !== undefined, noSmallDisk);
  const folder = join(smallDisk(1), 'secrets');
  const files = await openSecretFiles(folder);
  await files.write('key', secret);
  const large = new Uint8Array(2 ** 20 - 1).fill(0x5e);
  await expect(files.write('key', large)).rejects.toMatchObject({
    code: 'full',
    where: join(folder, 'key'),
  });
  expect(await files.read('key')).toEqual(secret);
  expect(readdirSync(folder)).toEqual(['key']);
  await files.erase('key');
  expect(await files.list()).toEqual([]);
});
