import { open } from '@sotto/noble';
import { MemoryStore } from '@sotto/storage';
import { SeededRng } from '@sotto/suite/testing';
import { toUtf8 } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SealedStore } from '../src/sealed-store.ts';

const suite = await open();
const storageKey = new Uint8Array(32).fill(7);
const networkId = new Uint8Array(16).fill(1);
let seeds = 0;

const sealed = (disk: Map<string, Uint8Array>): Promise<SealedStore> =>
  SealedStore.open({
    store: new MemoryStore(disk),
    suite,
    rng: new SeededRng(suite, `sealed ${seeds++}`),
    storageKey,
    networkId,
  });

const entry = fc.record({
  key: fc.stringMatching(/^[a-z0-9/]{1,40}$/u),
  value: fc.uint8Array({ maxLength: 300 }),
});

test('what was written is there after it was opened again, and nothing of it on the disk', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(entry, { selector: ({ key }) => key }), async (entries) => {
      const disk = new Map<string, Uint8Array>();
      const first = await sealed(disk);
      await first.write(entries);
      await first.close();
      expect(disk.size).toBe(entries.length + 1);
      const second = await sealed(disk);
      const loaded = await second.load();
      await second.close();
      const byKey = new Map(loaded.map(({ key, value }) => [key, value]));
      expect(byKey).toEqual(new Map(entries.map(({ key, value }) => [key, value])));
    }),
    { numRuns: 50 },
  );
});

test('an entry that was changed, cut off, moved to another key or put back under a new name is refused', async () => {
  const disk = new Map<string, Uint8Array>();
  const store = await sealed(disk);
  await store.write([
    { key: 'a', value: toUtf8('the value of a') },
    { key: 'b', value: toUtf8('the value of b') },
  ]);
  await store.close();
  const names = [...disk.keys()].filter((name) => name !== 'check');
  const [one = '', two = ''] = names;
  const bytes = disk.get(one) ?? new Uint8Array();
  const faults: readonly (readonly [string, (copy: Map<string, Uint8Array>) => void])[] = [
    ...Array.from(
      { length: bytes.length },
      (_, i): [string, (copy: Map<string, Uint8Array>) => void] => [
        `byte ${i}`,
        (copy) => {
          const changed = bytes.slice();
          changed[i] = (changed[i] ?? 0) ^ 1;
          copy.set(one, changed);
        },
      ],
    ),
    ['cut off', (copy) => copy.set(one, bytes.slice(0, 20))],
    ['empty', (copy) => copy.set(one, new Uint8Array())],
    ['moved', (copy) => copy.set(two, bytes)],
    ['new name', (copy) => copy.set('00'.repeat(32), bytes)],
  ];
  for (const [name, plant] of faults) {
    const copy = new Map(disk);
    plant(copy);
    const opened = await sealed(copy);
    await expect(opened.load(), name).rejects.toMatchObject({ code: 'store-damaged' });
    await opened.close();
  }
  const fine = await sealed(new Map(disk));
  expect(await fine.load()).toHaveLength(2);
});

test('the same value is never sealed the same way twice', async () => {
  const disk = new Map<string, Uint8Array>();
  const store = await sealed(disk);
  const seen = new Set<string>();
  for (let i = 0; i < 20; i++) {
    await store.write([{ key: 'a', value: toUtf8('same') }]);
    for (const [name, value] of disk) if (name !== 'check') seen.add(value.join());
  }
  expect(seen.size).toBe(20);
});

test('entries without an account are not taken for one', async () => {
  const disk = new Map([['something', toUtf8('else')]]);
  await expect(sealed(disk)).rejects.toMatchObject({ code: 'store-damaged' });
});
