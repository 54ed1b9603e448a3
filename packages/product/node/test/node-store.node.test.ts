import type { BatchOperation, BatchOptions, KeyValueStore } from '@sotto/storage';
import { MemoryStore } from '@sotto/storage';
import { expect, test } from 'vitest';
import { NodeStore } from '../src/node-store.ts';

/** A store whose batches end when the test says so. */
class SlowStore {
  readonly #store = new MemoryStore();
  readonly batches: {
    readonly operations: readonly BatchOperation[];
    readonly sync: boolean;
    readonly end: (error?: Error) => void;
  }[] = [];

  readonly store: KeyValueStore = {
    get: (key) => this.#store.get(key),
    entries: (prefix) => this.#store.entries(prefix),
    close: () => this.#store.close(),
    batch: async (operations, options?: BatchOptions) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const end = (error?: Error): void => (error === undefined ? resolve() : reject(error));
      this.batches.push({ operations, sync: options?.sync === true, end });
      await promise;
      await this.#store.batch(operations);
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const entry = (key: string): { readonly key: string; readonly value: Uint8Array } => ({
  key,
  value: Uint8Array.of(1),
});

test('the core hears that a batch is stored after the synced write that has all of it, and not before', async () => {
  const slow = new SlowStore();
  const stored: number[] = [];
  const failures: unknown[] = [];
  const store = new NodeStore(slow.store, {
    stored: (batch) => void stored.push(batch),
    failed: (error) => void failures.push(error),
    damaged: (key) => void failures.push(key),
  });
  store.putMail([entry('mail/a'), entry('seen/a')], 1);
  await turn();
  store.putDescriptor('d', Uint8Array.of(2));
  store.putMail([entry('mail/b'), entry('seen/b')], 2);
  store.putMail([entry('mail/c')], 3);
  await turn();
  expect(slow.batches.map(({ sync, operations }) => [sync, operations.length])).toEqual([
    [true, 2],
  ]);
  expect(stored).toEqual([]);
  slow.batches[0]?.end();
  await turn();
  expect(stored).toEqual([1]);
  // What came meanwhile shares the next sync; a batch of the core is never in two.
  expect(slow.batches.map(({ sync, operations }) => [sync, operations.length])).toEqual([
    [true, 2],
    [true, 4],
  ]);
  slow.batches[1]?.end();
  await turn();
  expect(stored).toEqual([1, 3]);
  const mail: string[] = [];
  for await (const piece of store.mail()) mail.push(...piece.map(({ key }) => key));
  expect(mail).toEqual(['mail/a', 'mail/b', 'mail/c']);
  expect((await store.core()).map(({ key }) => key)).toEqual(['seen/a', 'seen/b']);
  // What no start would find again is refused.
  expect(() => store.putMail([entry('other/a')], 4)).toThrow('"key" expected');

  store.putMail([entry('mail/d')], 4);
  await turn();
  slow.batches[2]?.end(new Error('disk full'));
  await turn();
  expect(stored).toEqual([1, 3]);
  expect(failures).toEqual([new Error('disk full')]);
});

const deaf = { stored: (): void => {}, failed: (): void => {}, damaged: (): void => {} };

test('an entry that was damaged on the disk is named and deleted, and the rest is read', async () => {
  const kept = new MemoryStore();
  const writer = new NodeStore(kept, deaf);
  const entries = ['alias/a', 'seen/b', 'mail/a/1', 'mail/a/2', 'mail/a/3'].map((key, n) => ({
    key,
    value: Uint8Array.of(1, n, 7, 7),
  }));
  writer.putMail(entries, 1);
  await writer.idle();
  // Of an older program: without a checksum.
  await kept.batch([{ key: 'mail/mail/a/4', value: Uint8Array.of(1, 9) }]);
  const read = async (): Promise<{ keys: string[]; damaged: string[] }> => {
    const damaged: string[] = [];
    const store = new NodeStore(kept, { ...deaf, damaged: (key) => void damaged.push(key) });
    const found = [...(await store.core())];
    for await (const piece of store.mail()) found.push(...piece);
    await store.idle();
    const wrote = new Map(entries.map(({ key, value }) => [key, value]));
    for (const { key, value } of found)
      expect(value).toEqual(wrote.get(key) ?? Uint8Array.of(1, 9));
    return { keys: found.map(({ key }) => key), damaged };
  };
  const all = [...entries.map(({ key }) => key), 'mail/a/4'];
  expect(await read()).toEqual({ keys: all, damaged: [] });

  // Any bit but those of the byte that says that there is a checksum: the core reads what then stands there.
  const stored = (await kept.get('mail/mail/a/2')) ?? new Uint8Array(0);
  for (let bit = 8; bit < 8 * stored.length; bit++) {
    const flipped = stored.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await kept.batch([{ key: 'mail/mail/a/2', value: flipped }]);
    const keys = all.filter((key) => key !== 'mail/a/2');
    expect(await read()).toEqual({ keys, damaged: ['mail/a/2'] });
    expect(await kept.get('mail/mail/a/2')).toBeUndefined();
  }
  // Cut short, another one's bytes, and one that is read before mail.
  await kept.batch([
    { key: 'mail/mail/a/2', value: stored.subarray(0, 4) },
    { key: 'mail/mail/a/1', value: stored },
    { key: 'mail/seen/b', value: (await kept.get('mail/alias/a')) ?? stored },
  ]);
  expect(await read()).toEqual({
    keys: ['alias/a', 'mail/a/3', 'mail/a/4'],
    damaged: ['seen/b', 'mail/a/1', 'mail/a/2'],
  });
});

test('a node with very many aliases starts', async () => {
  const kept = new MemoryStore();
  const entries = 200_000;
  const value = new Uint8Array(0);
  const operations = Array.from({ length: entries }, (_, i) => ({
    key: `mail/alias/${i.toString(16).padStart(8, '0')}`,
    value,
  }));
  await kept.batch(operations);
  expect((await new NodeStore(kept, deaf).core()).length).toBe(entries);
});
