import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bank, MAX_BANK, MAX_DIRECT, MAX_MAILBOX } from '../src/bank.ts';
import { anyHanded, handed, twins } from './surbs.ts';

const EPOCH = 1000;
const HORIZON = 8;

test('a bank keeps within its bounds whatever a contact sends', () => {
  const batches = fc.array(fc.array(anyHanded(EPOCH - 2), { maxLength: 16 }), { maxLength: 40 });
  fc.assert(
    fc.property(batches, (sent) => {
      const bank = new Bank();
      for (const blocks of sent) {
        const before = bank.size;
        const refused = bank.add(blocks, EPOCH, HORIZON);
        expect(bank.size).toBe(before + blocks.length - refused);
      }
      const { direct, mailbox } = bank.level(EPOCH);
      expect(direct).toBeLessThanOrEqual(MAX_DIRECT);
      expect(mailbox).toBeLessThanOrEqual(MAX_MAILBOX);
      expect(bank.size).toBeLessThanOrEqual(MAX_BANK);
      expect(bank.usable(EPOCH)).toBe(direct + mailbox);
      expect(Bank.import(bank.export())).toEqual(bank);
    }),
  );
});

test('blocks of epochs that are over or beyond the horizon are not kept', () => {
  const bank = new Bank();
  const epochs = [EPOCH - 1, EPOCH, EPOCH + HORIZON, EPOCH + HORIZON + 1];
  const blocks = epochs.map((epoch) => handed(false, epoch));
  expect(bank.add(blocks, EPOCH, HORIZON)).toBe(2);
  expect(bank.level(EPOCH)).toEqual({ direct: 0, mailbox: 1, later: 1 });
});

test('one who is there is written to directly, one who is not by the mailbox; each block once', () => {
  const blocks = [1, 2, 3, 4].map((fill) => handed(fill > 2, EPOCH, fill));
  const [near, far] = [new Bank(), new Bank()];
  for (const bank of [near, far]) bank.add(blocks, EPOCH, HORIZON);
  expect(near.take(2, EPOCH, true)?.map(({ direct }) => direct)).toEqual([true, true]);
  expect(far.take(2, EPOCH, false)?.map(({ direct }) => direct)).toEqual([false, false]);
  const rest = far.take(2, EPOCH, false);
  expect(rest?.map(({ direct }) => direct)).toEqual([true, true]);
  expect(far.take(1, EPOCH, false)).toBeUndefined();
});

test('what carries words takes twins first and both of them, what does not takes one and leaves the other', () => {
  const bank = new Bank();
  bank.add([handed(false, EPOCH, 1), twins(EPOCH, 2), handed(true, EPOCH, 3)], EPOCH, HORIZON);
  expect(bank.level(EPOCH)).toEqual({ direct: 1, mailbox: 2, later: 0 });
  const words = new Bank();
  words.add([handed(false, EPOCH, 1), twins(EPOCH, 2)], EPOCH, HORIZON);
  expect(words.take(1, EPOCH, false)).toEqual([twins(EPOCH, 2)]);
  expect(bank.take(1, EPOCH, false, true)).toEqual([handed(false, EPOCH, 1)]);
  expect(bank.take(1, EPOCH, false, true)).toEqual([handed(false, EPOCH, 2)]);
  expect(bank.level(EPOCH)).toEqual({ direct: 1, mailbox: 1, later: 0 });
  expect(bank.take(1, EPOCH, false)).toEqual([handed(false, EPOCH, 102)]);
});

test('all that a message needs is taken, or nothing; and nothing of another epoch', () => {
  const bank = new Bank();
  bank.add([handed(false, EPOCH), handed(false, EPOCH), handed(false, EPOCH + 1)], EPOCH, HORIZON);
  expect(bank.take(3, EPOCH, false)).toBeUndefined();
  expect(bank.usable(EPOCH)).toBe(2);
  expect(bank.take(2, EPOCH, false)).toHaveLength(2);
  bank.expire(EPOCH + 1);
  expect(bank.level(EPOCH + 1)).toEqual({ direct: 0, mailbox: 1, later: 0 });
  bank.expire(EPOCH + 2);
  expect(bank.size).toBe(0);
});

test('any bytes are a stored bank or are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), (bytes) => {
      const bank = Bank.import(bytes);
      if (bank !== undefined) expect(bank.export()).toEqual(bytes);
    }),
  );
});
