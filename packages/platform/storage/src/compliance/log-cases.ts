import { concat } from '@sotto/wire';
import { type AppendLogs, CHUNK_BYTES } from '../append-log.ts';
import { expectBytes, expectCode, expectRangeError, expectSame } from './expectation.ts';

/** Opens the same place at every call. */
export type OpenAppendLogs = () => Promise<AppendLogs>;

/** One rule of {@link AppendLogs}; `run` wants an empty place and rejects when the rule is broken. */
export interface LogCase {
  /** The rule, in words. */
  readonly name: string;
  /** Checks it. */
  readonly run: (open: OpenAppendLogs) => Promise<void>;
}

const record = (number: number): Uint8Array => {
  const bytes = new Uint8Array(16).fill(0xa5);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
};

/** What every {@link AppendLogs} must do. */
export const logCases: readonly LogCase[] = [
  {
    name: 'gives back every record in order, over a reopening too',
    run: async (open) => {
      const logs = await open();
      const log = await logs.open('tags-1', 16);
      expectSame('record length', log.recordBytes, 16);
      expectBytes('new', await log.readAll(), new Uint8Array(0));
      await log.append(record(1));
      await log.append(concat(record(2), record(3)));
      expectBytes('while open', await log.readAll(), concat(record(1), record(2), record(3)));
      await log.close();
      const again = await (await open()).open('tags-1', 16);
      await again.append(record(4));
      const all = concat(record(1), record(2), record(3), record(4));
      expectBytes('reopened', await again.readAll(), all);
      await again.close();
    },
  },
  {
    name: 'gives its records in pieces of whole records as well, and says how long it is',
    run: async (open) => {
      const log = await (await open()).open('long', 24);
      const records = new Uint8Array(24 * 100_000);
      for (let i = 0; i < records.length; i += 24) records[i] = i % 251;
      await log.append(records);
      await log.append(records.subarray(0, 24));
      expectSame('length', log.length, records.length + 24);
      const pieces: Uint8Array[] = [];
      for await (const piece of log.chunks()) pieces.push(piece);
      expectSame('whole records', pieces.filter(({ length }) => length % 24 > 0).length, 0);
      expectSame('large pieces', pieces.filter(({ length }) => length > CHUNK_BYTES).length, 0);
      expectBytes('records', concat(...pieces), concat(records, records.subarray(0, 24)));
      await log.close();
    },
  },
  {
    name: 'keeps concurrent appends in the order of the calls',
    run: async (open) => {
      const log = await (await open()).open('tags', 16);
      const resolved: number[] = [];
      const records = Array.from({ length: 300 }, (_, i) => record(i));
      await Promise.all(
        records.map(async (bytes, i) => {
          await log.append(bytes);
          resolved.push(i);
        }),
      );
      expectBytes('records', await log.readAll(), concat(...records));
      expectSame('order', resolved.join(' '), [...resolved.keys()].join(' '));
      await log.close();
    },
  },
  {
    name: 'refuses to open a log twice, and to erase an open one',
    run: async (open) => {
      const logs = await open();
      const log = await logs.open('tags', 16);
      await expectCode('second opening', 'locked', () => logs.open('tags', 16));
      await expectCode('erase', 'locked', () => logs.erase('tags'));
      await log.append(record(1));
      await log.close();
      const again = await logs.open('tags', 16);
      expectBytes('records', await again.readAll(), record(1));
      await again.close();
    },
  },
  {
    name: 'erases one log and leaves the others; erasing nothing is no error',
    run: async (open) => {
      const logs = await open();
      for (const name of ['tags-1', 'tags-2']) {
        const log = await logs.open(name, 16);
        await log.append(record(1));
        await log.close();
      }
      await logs.erase('tags-1');
      await logs.erase('tags-1');
      expectSame('names', (await logs.list()).join(' '), 'tags-2');
      const anew = await logs.open('tags-1', 16);
      expectBytes('anew', await anew.readAll(), new Uint8Array(0));
      await anew.close();
    },
  },
  {
    name: 'closes its logs when it is closed, after what was handed over',
    run: async (open) => {
      const logs = await open();
      const log = await logs.open('tags', 16);
      await Promise.all([log.append(record(1)), logs.close(), logs.close()]);
      await expectCode('append', 'closed', () => log.append(record(2)));
      await expectCode('open', 'closed', () => logs.open('other', 16));
      await expectCode('list', 'closed', () => logs.list());
      await expectCode('erase', 'closed', () => logs.erase('tags'));
      const again = await (await open()).open('tags', 16);
      expectBytes('records', await again.readAll(), record(1));
      await again.close();
    },
  },
  {
    name: 'shares no bytes with its caller',
    run: async (open) => {
      const log = await (await open()).open('tags', 16);
      const mine = record(1);
      const written = log.append(mine);
      mine.fill(0);
      await written;
      (await log.readAll()).fill(0);
      expectBytes('records', await log.readAll(), record(1));
      await log.close();
    },
  },
  {
    name: 'refuses torn or missing records, bad lengths and bad names',
    run: async (open) => {
      const logs = await open();
      const log = await logs.open('tags', 16);
      await expectRangeError('none', () => log.append(new Uint8Array(0)));
      await expectRangeError('torn', () => log.append(new Uint8Array(17)));
      await log.close();
      for (const bytes of [0, -1, 1.5, 65_537]) {
        await expectRangeError(`length ${bytes}`, () => logs.open('other', bytes));
      }
      await expectRangeError('name', () => logs.open('../tags', 16));
      await expectRangeError('name', () => logs.erase('../tags'));
      expectSame('names', (await logs.list()).join(' '), 'tags');
    },
  },
  {
    name: 'finishes what was handed over before close, refuses what comes after',
    run: async (open) => {
      const logs = await open();
      const log = await logs.open('tags', 16);
      await Promise.all([log.append(record(1)), log.append(record(2)), log.close(), log.close()]);
      await expectCode('append', 'closed', () => log.append(record(3)));
      await expectCode('readAll', 'closed', () => log.readAll());
      const again = await logs.open('tags', 16);
      expectBytes('records', await again.readAll(), concat(record(1), record(2)));
      await again.close();
    },
  },
];
