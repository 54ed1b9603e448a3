import { expect, test } from 'vitest';
import {
  type BatchOperation,
  type KeyValueStore,
  MemoryAppendLogs,
  MemorySecretFiles,
  MemoryStore,
} from '../src/index.ts';
import { logCases, secretCases, storeCases } from '../src/compliance.ts';

type Disk = Map<string, Uint8Array>;

/** A correct store with one method replaced: each is a fault that the cases must find. */
const faultyStores: Record<string, (disk: Disk) => KeyValueStore> = {
  'forgets on close': () => new MemoryStore(),
  'applies half of a refused batch': (disk) =>
    altered(disk, (store) => ({
      batch: async (operations: readonly BatchOperation[]) => {
        for (const operation of operations) await store.batch([operation]);
      },
    })),
  'applies the newest batch first': (disk) =>
    altered(disk, (store) => {
      const waiting: (() => void)[] = [];
      return {
        batch: async (operations: readonly BatchOperation[]) => {
          const { promise, resolve } = Promise.withResolvers<void>();
          waiting.push(resolve);
          queueMicrotask(() => waiting.pop()?.());
          const copies = operations.map((o) => ({
            key: o.key,
            value: o.value === undefined ? undefined : new Uint8Array(o.value),
          }));
          await promise;
          await store.batch(copies);
        },
      };
    }),
  'takes a prefix for a substring': (disk) =>
    altered(disk, (store) => ({
      async *entries(prefix: string) {
        for await (const entry of store.entries('')) if (entry[0].includes(prefix)) yield entry;
      },
    })),
  'lists backwards': (disk) =>
    altered(disk, (store) => ({
      async *entries(prefix: string) {
        const found: [string, Uint8Array][] = [];
        for await (const entry of store.entries(prefix)) found.unshift(entry);
        yield* found;
      },
    })),
  'takes empty for absent': (disk) =>
    altered(disk, (store) => ({
      get: async (key: string) => {
        const value = await store.get(key);
        return value?.length === 0 ? undefined : value;
      },
    })),
  'copies too late': (disk) =>
    altered(disk, (store) => ({
      batch: async (operations: readonly BatchOperation[]) => {
        await Promise.resolve();
        await store.batch(operations);
      },
    })),
  'is open after close': (disk) => altered(disk, () => ({ close: async () => {} })),
};

function altered(
  disk: Disk,
  alter: (store: KeyValueStore) => Partial<KeyValueStore>,
): KeyValueStore {
  const store = new MemoryStore(disk);
  const change = alter(store);
  return {
    get: change.get ?? ((key) => store.get(key)),
    batch: change.batch ?? ((operations, options) => store.batch(operations, options)),
    entries: change.entries ?? ((prefix) => store.entries(prefix)),
    close: change.close ?? (() => store.close()),
  };
}

const failures = async (runs: readonly (() => Promise<void>)[]): Promise<number> => {
  const results = await Promise.allSettled(runs.map((run) => run()));
  return results.filter((result) => result.status === 'rejected').length;
};

test.each(Object.entries(faultyStores))('the cases find a store that %s', async (_, make) => {
  const runs = storeCases.map(({ run }) => () => {
    const disk: Disk = new Map();
    return run(async () => make(disk));
  });
  expect(await failures(runs)).toBeGreaterThan(0);
});

test('the cases find secret files that are not erased', async () => {
  class Keeping extends MemorySecretFiles {
    override async erase(): Promise<void> {}
  }
  const runs = secretCases.map(({ run }) => () => {
    const disk: Disk = new Map();
    return run(async () => new Keeping(disk));
  });
  expect(await failures(runs)).toBeGreaterThan(0);
});

test('the cases find a log that forgets on reopening', async () => {
  const runs = logCases.map(
    ({ run }) =>
      () =>
        run(async () => new MemoryAppendLogs()),
  );
  expect(await failures(runs)).toBeGreaterThan(0);
});
