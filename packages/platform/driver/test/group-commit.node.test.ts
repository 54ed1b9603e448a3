import {
  type BatchOperation,
  type KeyValueStore,
  MemoryAppendLogs,
  MemoryStore,
} from '@sotto/storage';
import { expect, test } from 'vitest';
import { GroupCommit, toLog, toStore } from '../src/index.ts';

/** A store whose disk is slow, and which writes down what happened; `lying` resolves before its sync. */
class WatchedStore {
  readonly events: string[] = [];
  readonly #inner = new MemoryStore();
  readonly #lying: boolean;
  #syncs: (() => void)[] = [];

  constructor(lying = false) {
    this.#lying = lying;
  }

  /** Lets the disk finish the sync that runs. */
  async finishSync(): Promise<void> {
    this.#syncs.shift()?.();
    await turns();
  }

  readonly batch: KeyValueStore['batch'] = async (operations, options) => {
    if (options?.sync !== true) this.events.push('not synced');
    const keys = operations.map(({ key }) => key).join(' ');
    this.events.push(`write ${keys}`);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#syncs.push(resolve);
    const sync = async (): Promise<void> => {
      await promise;
      await this.#inner.batch(operations);
      this.events.push(`synced ${keys}`);
    };
    const synced = sync();
    if (!this.#lying) await synced;
  };

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#inner.get(key);
  }
}

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

/** Sequence numbers that were announced before the disk had them. */
function announcedTooEarly(events: readonly string[]): number[] {
  const early: number[] = [];
  const onDisk = new Set<string>();
  for (const event of events) {
    const [what, ...names] = event.split(' ');
    if (what === 'synced') for (const name of names) onDisk.add(name);
    if (what === 'stored' && !onDisk.has(names[0] ?? '')) early.push(Number(names[0]));
  }
  return early;
}

const put = (sequence: number): readonly BatchOperation[] => [
  { key: String(sequence), value: Uint8Array.of(sequence) },
];

const commit = (store: WatchedStore): GroupCommit<readonly BatchOperation[]> =>
  new GroupCommit({
    write: (items) => store.batch(items.flat(), { sync: true }),
    onStored: (sequence) => store.events.push(`stored ${sequence}`),
    onError: (error) => {
      throw error;
    },
  });

async function scenario(store: WatchedStore): Promise<GroupCommit<readonly BatchOperation[]>> {
  const group = commit(store);
  for (const sequence of [1, 2]) group.add(sequence, put(sequence));
  await turns();
  for (const sequence of [3, 5, 8]) group.add(sequence, put(sequence));
  await turns();
  await store.finishSync();
  await store.finishSync();
  return group;
}

test('the notice comes after the sync, one for each group, with the highest number', async () => {
  const store = new WatchedStore();
  const group = await scenario(store);
  expect(store.events).toEqual([
    'write 1 2',
    'synced 1 2',
    'stored 2',
    'write 3 5 8',
    'synced 3 5 8',
    'stored 8',
  ]);
  expect(announcedTooEarly(store.events)).toEqual([]);
  expect(group.pending).toBe(0);
  await group.idle();
  expect(await store.get('8')).toEqual(Uint8Array.of(8));
});

test('the check finds a store that resolves before its sync', async () => {
  const store = new WatchedStore(true);
  await scenario(store);
  expect(announcedTooEarly(store.events)).toEqual([2, 8]);
});

test('counts what is pending, and takes more from within a notice', async () => {
  const store = new WatchedStore();
  const group: GroupCommit<readonly BatchOperation[]> = new GroupCommit({
    write: (items) => store.batch(items.flat(), { sync: true }),
    onStored: (sequence) => {
      store.events.push(`stored ${sequence}`);
      if (sequence === 0) group.add(1, put(1));
    },
    onError: (error) => {
      throw error;
    },
  });
  group.add(0, put(0));
  expect(group.pending).toBe(1);
  await turns();
  expect(group.pending).toBe(1);
  await store.finishSync();
  expect(group.pending).toBe(1);
  await store.finishSync();
  expect(group.pending).toBe(0);
  expect(store.events.at(-1)).toBe('stored 1');
  for (const sequence of [1, 0, -1, 1.5]) expect(() => group.add(sequence, [])).toThrow(RangeError);
});

test('a failed write is told once; nothing is announced or taken afterwards', async () => {
  const errors: unknown[] = [];
  const stored: number[] = [];
  const group = new GroupCommit<number>({
    write: async () => {
      throw new Error('disk full');
    },
    onStored: (sequence) => stored.push(sequence),
    onError: (error) => errors.push(error),
  });
  expect(group.add(1, 1)).toBe(true);
  await group.idle();
  expect(group.add(2, 2)).toBe(false);
  await group.idle();
  expect(errors).toEqual([new Error('disk full')]);
  expect(stored).toEqual([]);
  expect(group.pending).toBe(0);
});

test('writes into a store or a log', async () => {
  const store = new MemoryStore();
  await toStore(store)([put(1), put(2)]);
  expect(await store.get('2')).toEqual(Uint8Array.of(2));
  const log = await new MemoryAppendLogs().open('tags', 2);
  await toLog(log)([Uint8Array.of(1, 2), Uint8Array.of(3, 4)]);
  expect(await log.readAll()).toEqual(Uint8Array.of(1, 2, 3, 4));
});
