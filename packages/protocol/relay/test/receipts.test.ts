import { encodeReceipt, RECEIPT_INTERVAL_MICROS, RECEIPT_PACKETS } from '@sotto/link';
import { GEOMETRY } from '@sotto/sphinx';
import { expect, test } from 'vitest';
import { Mailbox } from './held-disk.ts';

/** Mail comes, then its writes end one by one. @returns how many mails were on the disk when the receipt left. */
function mailAtReceipt(hasty: boolean): number | undefined {
  const node = new Mailbox(hasty);
  node.announce();
  node.give('link', node.mail());
  for (const kind of [undefined, 'write-tags', 'persist'] as const) {
    if (kind !== undefined) node.finish(kind);
    node.pass(3 * RECEIPT_INTERVAL_MICROS);
  }
  return node.durableMail[0];
}

test('a receipt leaves after the sync that has mail and tag on the disk', () => {
  expect(mailAtReceipt(false)).toBe(1);
});

test('planted: with the sync taken out it leaves before', () => {
  expect(mailAtReceipt(true)).toBe(0);
});

test('mail and its tag are in one batch of the store, and no log has the tag before', () => {
  const node = new Mailbox();
  node.announce();
  node.give('link', node.mail());
  node.pass(RECEIPT_INTERVAL_MICROS);
  expect(node.writes.map(({ kind }) => kind)).toEqual(['persist']);
  const [batch] = node.writes;
  const keys = batch?.kind === 'persist' ? batch.entries.map(({ key }) => key.split('/')[0]) : [];
  expect(keys.slice(0, 2)).toEqual(['mail', 'seen']);
  // Then the log takes the tag over, and the store's copy goes with a later batch.
  node.finish('persist');
  node.pass(RECEIPT_INTERVAL_MICROS);
  expect(node.writes.map(({ kind }) => kind)).toEqual(['write-tags']);
  expect([...node.entries.keys()].filter((key) => key.startsWith('seen/'))).toHaveLength(1);
  node.finishAll();
  node.give('link', node.mail());
  node.finish('persist');
  expect([...node.entries.keys()].filter((key) => key.startsWith('seen/'))).toHaveLength(1);
});

test('a receipt for mail waits for the store alone; one for a packet with its tag in the log for the log as well', () => {
  const node = new Mailbox();
  node.announce();
  // Enough for a receipt at once, with one packet among them that leaves a tag.
  const garbage = Array.from({ length: RECEIPT_PACKETS - 1 }, () => new Uint8Array(1600));
  const give = (packet: Uint8Array): void => node.give('link', packet, ...garbage);
  const drop = (): Uint8Array => node.packet({ kind: 'drop' });
  const told = (): number => ((node.receipts.at(-1)?.count ?? 1) - 1) / RECEIPT_PACKETS;
  give(node.mail());
  node.finish('persist');
  expect(told()).toBe(1);
  // The log takes that tag over some time, as it does all the while in a mailbox that is busy.
  give(node.mail());
  node.finish('persist');
  expect(told()).toBe(2);

  give(drop());
  give(node.mail());
  node.finish('persist');
  expect(told()).toBe(2);
  node.pass(RECEIPT_INTERVAL_MICROS / 5);
  expect(node.writes.map(({ kind }) => kind)).toEqual(['write-tags']);
  // Mail that comes while the log is written does not vouch for what is in that write,
  give(node.mail());
  node.finish('persist');
  expect(told()).toBe(2);
  // nor the end of that write for what came after it began.
  give(drop());
  node.finish('write-tags');
  expect(told()).toBe(4);
  node.pass(RECEIPT_INTERVAL_MICROS / 5);
  node.finish('write-tags');
  expect(told()).toBe(6);
});

test('the time and the bytes of a receipt are the same whatever became of the packet', () => {
  const seen = (packet: (node: Mailbox) => Uint8Array): unknown => {
    const node = new Mailbox();
    node.announce();
    node.give('link', packet(node));
    node.finishAll();
    // A tag that no packet waits for is written a little later.
    node.pass(RECEIPT_INTERVAL_MICROS / 2);
    node.finishAll();
    node.pass(3 * RECEIPT_INTERVAL_MICROS);
    return node.receipts;
  };
  const mail = seen((node) => node.mail());
  expect(mail).toEqual([{ at: expect.any(Number), link: 'link', count: 2 }]);
  expect(seen((node) => node.packet({ kind: 'deliver', box: new Uint8Array(16) }))).toEqual(mail);
  expect(seen((node) => node.packet({ kind: 'drop' }))).toEqual(mail);
  expect(seen((node) => node.packet({ kind: 'drop' }, undefined, 1))).toEqual(mail);
  expect(seen(() => new Uint8Array(GEOMETRY.packetBytes))).toEqual(mail);
});

test('a known tag gets its receipt, on another link and after a restart, and is stored once', () => {
  const node = new Mailbox();
  node.announce();
  const mail = node.mail();
  node.give('link', mail);
  node.relay.handle(node.now, { kind: 'link-ended', link: 'link' });
  node.give('second', mail);
  // What the first writes is not on the disk: the second waits for it as well.
  node.pass(2 * RECEIPT_INTERVAL_MICROS);
  expect(node.receipts).toEqual([]);
  node.finish('persist');
  node.pass(2 * RECEIPT_INTERVAL_MICROS);
  expect(node.receipts).toEqual([{ at: expect.any(Number), link: 'second', count: 1 }]);
  expect(node.relay.metrics(node.now).drops['replay']).toBe(1);

  // Killed before the log had the tag: the store has it.
  const stored = [...node.entries].map(([key, value]) => ({ key, value }));
  const again = new Mailbox(false, stored, node.secret);
  again.give('third', mail);
  again.pass(2 * RECEIPT_INTERVAL_MICROS);
  expect(again.receipts).toEqual([{ at: expect.any(Number), link: 'third', count: 1 }]);
  expect(again.relay.metrics(again.now).drops['replay']).toBe(1);
  // Planted: without that entry it would be stored a second time.
  const forgetful = new Mailbox(
    false,
    stored.filter(({ key }) => !key.startsWith('seen/')),
    node.secret,
  );
  forgetful.give('third', mail);
  expect(forgetful.relay.metrics(forgetful.now).drops['replay']).toBe(0);
});

test('many packets get their receipt before the second is over, links apart', () => {
  const node = new Mailbox();
  const garbage = Array.from({ length: RECEIPT_PACKETS }, () => new Uint8Array(1600));
  node.give('one', ...garbage.slice(1));
  node.give('two', new Uint8Array(1600));
  expect(node.receipts).toEqual([]);
  node.give('one', new Uint8Array(1600));
  expect(node.receipts).toEqual([{ at: node.now, link: 'one', count: RECEIPT_PACKETS }]);
  node.pass(2 * RECEIPT_INTERVAL_MICROS);
  expect(node.receipts.slice(1)).toEqual([{ at: expect.any(Number), link: 'two', count: 1 }]);
});

test('a node that is about to end gives no receipt for what it refuses', () => {
  const node = new Mailbox();
  node.give('link', new Uint8Array(1600));
  node.relay.retire(node.now);
  node.give('link', new Uint8Array(1600));
  node.pass(3 * RECEIPT_INTERVAL_MICROS);
  expect(node.receipts).toEqual([{ at: expect.any(Number), link: 'link', count: 1 }]);
  expect(encodeReceipt(1).length).toBe(1600);
});
