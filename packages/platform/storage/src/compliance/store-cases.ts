import { toUtf8 } from '@sotto/wire';
import { type KeyValueStore, MAX_KEY_CHARACTERS, MAX_VALUE_BYTES } from '../key-value-store.ts';
import { expectBytes, expectCode, expectRangeError, expectSame } from './expectation.ts';

/** Opens the same place at every call: what one opening stored, the next one finds. */
export type OpenStore = () => Promise<KeyValueStore>;

/** One rule of {@link KeyValueStore}; `run` wants an empty place and rejects when the rule is broken. */
export interface StoreCase {
  /** The rule, in words. */
  readonly name: string;
  /** Checks it. */
  readonly run: (open: OpenStore) => Promise<void>;
}

const value = (text: string): Uint8Array => toUtf8(text);

const listed = async (store: KeyValueStore, prefix: string): Promise<string> => {
  const keys: string[] = [];
  for await (const [key] of store.entries(prefix)) keys.push(key);
  return keys.join(' ');
};

/** What every {@link KeyValueStore} must do; an implementation's test loops over them. */
export const storeCases: readonly StoreCase[] = [
  {
    name: 'gives back what was set, nothing for what was not, and tells empty from absent',
    run: async (open) => {
      const store = await open();
      await store.batch([
        { key: 'a', value: value('1') },
        { key: 'empty', value: new Uint8Array(0) },
      ]);
      expectBytes('a', await store.get('a'), value('1'));
      expectBytes('empty', await store.get('empty'), new Uint8Array(0));
      expectBytes('absent', await store.get('absent'), undefined);
      await store.batch([{ key: 'a', value: undefined }]);
      expectBytes('deleted', await store.get('a'), undefined);
      await store.batch([]);
      await store.close();
    },
  },
  {
    name: 'keeps what was set over a reopening, synced or closed properly',
    run: async (open) => {
      const first = await open();
      await first.batch([{ key: 'synced', value: value('s') }], { sync: true });
      await first.batch([{ key: 'closed', value: value('c') }]);
      await first.close();
      const second = await open();
      expectBytes('synced', await second.get('synced'), value('s'));
      expectBytes('closed', await second.get('closed'), value('c'));
      await second.close();
    },
  },
  {
    name: 'applies the operations of a batch in order: the last one of a key counts',
    run: async (open) => {
      const store = await open();
      await store.batch([
        { key: 'a', value: value('1') },
        { key: 'a', value: undefined },
        { key: 'a', value: value('2') },
        { key: 'b', value: value('1') },
        { key: 'b', value: undefined },
      ]);
      expectBytes('a', await store.get('a'), value('2'));
      expectBytes('b', await store.get('b'), undefined);
      await store.close();
    },
  },
  {
    name: 'writes nothing of a batch that it refuses',
    run: async (open) => {
      const store = await open();
      await expectRangeError('bad key', () =>
        store.batch([
          { key: 'good', value: value('1') },
          { key: 'b\u00e4d', value: value('1') },
        ]),
      );
      expectSame('keys', await listed(store, ''), '');
      await store.close();
    },
  },
  {
    name: 'shows a batch whole or not at all to one who reads meanwhile',
    run: async (open) => {
      const store = await open();
      const writes: Promise<void>[] = [];
      for (let round = 0; round < 40; round++) {
        const text = value(String(round));
        writes.push(
          store.batch([
            { key: 'x/left', value: text },
            { key: 'x/right', value: text },
          ]),
        );
        const seen: Uint8Array[] = [];
        for await (const [, bytes] of store.entries('x/')) seen.push(bytes);
        expectSame('halves seen', seen.length === 0 || seen.length === 2, true);
        expectBytes('right half', seen[1], seen[0]);
      }
      await Promise.all(writes);
      await store.close();
    },
  },
  {
    name: 'lists a prefix in ASCII order and nothing beside it',
    run: async (open) => {
      const store = await open();
      const keys = ['m', 'm!', 'm/', 'm/~', 'm/a', 'm/A', 'm/0', 'm/b/c', 'm0', 'l~', 'n', 'a/m/'];
      await store.batch(keys.map((key) => ({ key, value: value(key) })));
      expectSame('under m/', await listed(store, 'm/'), 'm/ m/0 m/A m/a m/b/c m/~');
      expectSame('all', await listed(store, ''), 'a/m/ l~ m m! m/ m/0 m/A m/a m/b/c m/~ m0 n');
      expectSame('none', await listed(store, 'zz'), '');
      for await (const [key, bytes] of store.entries('')) expectBytes(key, bytes, value(key));
      await store.close();
    },
  },
  {
    name: 'lists what was there at the first step, whatever is written meanwhile, and may be left early',
    run: async (open) => {
      const store = await open();
      await store.batch(['a', 'b', 'c'].map((key) => ({ key, value: value('old') })));
      const seen: string[] = [];
      for await (const [key, bytes] of store.entries('')) {
        if (seen.length === 0) {
          await store.batch([
            { key: 'b', value: value('new') },
            { key: 'c', value: undefined },
            { key: 'd', value: value('new') },
          ]);
        }
        expectBytes(key, bytes, value('old'));
        seen.push(key);
      }
      expectSame('keys', seen.join(' '), 'a b c');
      for await (const [key] of store.entries('')) {
        expectSame('first', key, 'a');
        break;
      }
      await store.close();
    },
  },
  {
    name: 'takes concurrent batches in the order of the calls',
    run: async (open) => {
      const store = await open();
      const resolved: number[] = [];
      const writes = Array.from({ length: 200 }, async (_, i) => {
        await store.batch(
          [
            { key: 'last', value: value(String(i)) },
            { key: `each/${String(i).padStart(3, '0')}`, value: value(String(i)) },
          ],
          { sync: i % 7 === 0 },
        );
        resolved.push(i);
      });
      await Promise.all(writes);
      expectBytes('last', await store.get('last'), value('199'));
      expectSame('order', resolved.join(' '), [...resolved.keys()].join(' '));
      expectSame('count', (await listed(store, 'each/')).split(' ').length, 200);
      await store.close();
    },
  },
  {
    name: 'holds the longest key and value, refuses longer ones',
    run: async (open) => {
      const store = await open();
      const longest = new Uint8Array(MAX_VALUE_BYTES).map((_, i) => i * 31);
      const key = 'k'.repeat(MAX_KEY_CHARACTERS);
      await store.batch([{ key, value: longest }]);
      expectBytes('longest', await store.get(key), longest);
      await expectRangeError('long value', () =>
        store.batch([{ key: 'v', value: new Uint8Array(MAX_VALUE_BYTES + 1) }]),
      );
      await expectRangeError('long key', () => store.batch([{ key: `${key}k`, value: longest }]));
      await expectRangeError('empty key', () => store.get(''));
      await expectRangeError('control character', () => store.get('a\n'));
      await store.close();
    },
  },
  {
    name: 'shares no bytes with its caller',
    run: async (open) => {
      const store = await open();
      const mine = value('mine');
      const written = store.batch([{ key: 'a', value: mine }]);
      mine.fill(0);
      await written;
      const got = await store.get('a');
      expectBytes('after wiping', got, value('mine'));
      got?.fill(0);
      for await (const [, bytes] of store.entries('')) bytes.fill(0);
      expectBytes('after wiping the copies', await store.get('a'), value('mine'));
      await store.close();
    },
  },
  {
    name: 'refuses a second opener while it is open',
    run: async (open) => {
      const store = await open();
      await expectCode('second opener', 'locked', open);
      await expectCode('third opener', 'locked', open);
      await store.batch([{ key: 'a', value: value('1') }]);
      await store.close();
      const again = await open();
      expectBytes('a', await again.get('a'), value('1'));
      await again.close();
    },
  },
  {
    name: 'finishes what was handed over before close, refuses what comes after',
    run: async (open) => {
      const store = await open();
      await store.batch([{ key: 'early', value: value('1') }]);
      const reading = store.entries('')[Symbol.asyncIterator]();
      const large = new Uint8Array(MAX_VALUE_BYTES);
      const pending = ['p1', 'p2', 'p3'].map((key) => store.batch([{ key, value: large }]));
      await Promise.all([...pending, store.close(), store.close()]);
      await expectCode('get', 'closed', () => store.get('early'));
      await expectCode('batch', 'closed', () => store.batch([{ key: 'late', value: value('1') }]));
      await expectCode('entries', 'closed', () => reading.next());
      await store.close();
      const again = await open();
      expectSame('keys', await listed(again, ''), 'early p1 p2 p3');
      const cut = again.entries('')[Symbol.asyncIterator]();
      await cut.next();
      await again.close();
      await expectCode('entries cut by close', 'closed', () => cut.next());
    },
  },
];
