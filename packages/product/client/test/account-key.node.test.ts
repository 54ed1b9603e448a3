import { systemRng } from '@sotto/driver';
import { MemorySecretFiles } from '@sotto/storage';
import { expect, test } from 'vitest';
import { storageKey } from '../src/node/account-key.ts';

const rng = systemRng();

test('a key file gives the same key again, another account another key', async () => {
  const secrets = new MemorySecretFiles(new Map());
  const key = await storageKey('a', secrets, rng, undefined);
  expect(key).toHaveLength(32);
  expect(await storageKey('a', secrets, rng, undefined)).toEqual(key);
  const other = new MemorySecretFiles(new Map());
  expect(await storageKey('b', other, rng, undefined)).not.toEqual(key);
});

test('a passphrase gives the same key however it is composed, and is not stored', async () => {
  const files = new Map<string, Uint8Array>();
  const secrets = new MemorySecretFiles(files);
  const key = await storageKey('a', secrets, rng, 'caf\u00e9');
  expect(await storageKey('a', secrets, rng, 'cafe\u0301')).toEqual(key);
  expect(await storageKey('a', secrets, rng, 'cafe')).not.toEqual(key);
  const stored = [...files.values()].map((bytes) => Buffer.from(bytes).toString('latin1')).join('');
  expect(stored).not.toContain('caf');
  expect(stored).not.toContain(Buffer.from(key).toString('latin1'));
});

test('an account that is kept the other way is refused, and says how it is kept', async () => {
  const withFile = new MemorySecretFiles(new Map());
  await storageKey('a', withFile, rng, undefined);
  await expect(storageKey('a', withFile, rng, 'x')).rejects.toMatchObject({
    code: 'passphrase-not-used',
  });
  const withPassphrase = new MemorySecretFiles(new Map());
  await storageKey('a', withPassphrase, rng, 'x');
  await expect(storageKey('a', withPassphrase, rng, undefined)).rejects.toMatchObject({
    code: 'passphrase-needed',
  });
});

test('a damaged key file is named, and asks for no memory', async () => {
  const damaged: readonly (readonly number[])[] = [
    [],
    [1],
    [1, 1, 5],
    [1, 9, 0],
    [1, 2, 17, 8, 1, 0],
    [1, 2, 63, 8, 1, ...Array.from({ length: 16 }, () => 0)],
    [1, 2, 0, 8, 1, ...Array.from({ length: 16 }, () => 0)],
  ];
  for (const bytes of damaged) {
    const secrets = new MemorySecretFiles(new Map([['storage-key', Uint8Array.from(bytes)]]));
    await expect(storageKey('a', secrets, rng, 'x')).rejects.toMatchObject({ code: 'corrupt' });
  }
});
