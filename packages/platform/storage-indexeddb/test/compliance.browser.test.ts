import { storeCases } from '@sotto/storage/compliance';
import { expect, test } from 'vitest';
import { example1 } from '../../../../tests/examples/gen/storage-indexeddb.gen.ts';
import { eraseIndexedStore, indexedStoreExists, openIndexedStore } from '../src/index.ts';

let count = 0;
const fresh = (): string => `case-${performance.timeOrigin}-${count++}`;

test.each(storeCases)('indexed store: $name', async ({ run }) => {
  const name = fresh();
  await expect(run(() => openIndexedStore(name))).resolves.toBeUndefined();
  await eraseIndexedStore(name);
});

test('a vault keeps a key that cannot be read out, and goes with its store', async () => {
  const name = fresh();
  expect(await indexedStoreExists(name)).toBe(false);
  const first = await openIndexedStore(name);
  const algorithm = { name: 'AES-GCM', length: 256 };
  const key = await crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']);
  const iv = new Uint8Array(12);
  const secret = Uint8Array.of(1, 2, 3);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, secret);
  await first.vaultPut('key', key);
  await first.close();
  const second = await openIndexedStore(name);
  const again = await second.vaultGet('key');
  if (!(again instanceof CryptoKey)) throw new Error('no key came back');
  const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, again, sealed);
  expect(new Uint8Array(opened)).toEqual(secret);
  await expect(crypto.subtle.exportKey('raw', again)).rejects.toThrow();
  expect(await second.vaultGet('other')).toBeUndefined();
  await second.close();
  expect(await indexedStoreExists(name)).toBe(true);
  await eraseIndexedStore(name);
  expect(await indexedStoreExists(name)).toBe(false);
});

test('who waits for a store gets it when its opener has gone, or hears that it is in use', async () => {
  const name = fresh();
  const first = await openIndexedStore(name);
  const waiting = openIndexedStore(name, { waitMillis: 60_000 });
  await expect(openIndexedStore(name, { waitMillis: 50 })).rejects.toMatchObject({
    code: 'locked',
  });
  await first.close();
  await (await waiting).close();
  await eraseIndexedStore(name);
});

test('the example of the package’s page', async () => {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
  await example1({ key });
  expect(await indexedStoreExists('account')).toBe(false);
});

test('where IndexedDB is switched off, opening says so', async () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB');
  const denials: PropertyDescriptor[] = [
    { configurable: true, value: undefined },
    {
      configurable: true,
      get: () => {
        throw new DOMException('denied', 'SecurityError');
      },
    },
  ];
  for (const denial of denials) {
    Object.defineProperty(globalThis, 'indexedDB', denial);
    try {
      await expect(openIndexedStore('denied')).rejects.toMatchObject({ code: 'unwritable' });
    } finally {
      if (own !== undefined) Object.defineProperty(globalThis, 'indexedDB', own);
    }
  }
  // What was refused holds no lock.
  await (await openIndexedStore('denied')).close();
  await eraseIndexedStore('denied');
});
