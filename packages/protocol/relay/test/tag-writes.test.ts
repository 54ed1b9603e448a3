import { RECEIPT_INTERVAL_MICROS } from '@sotto/link';
import { ByteWriter, MICROS_PER_MS } from '@sotto/wire';
import { expect, test } from 'vitest';
import { epoch, Mailbox } from './held-disk.ts';

const PACKETS = 200;

/** A packet every 5 ms, in the slow class, through a disk that takes 5 ms for a sync. */
function steady(): { writes: number; waited: number; left: number } {
  const node = new Mailbox();
  node.announce();
  let writes = 0;
  for (let i = 0; i < PACKETS; i++) {
    node.give('link', node.packet({ kind: 'drop' }, undefined, 1));
    node.pass(5 * MICROS_PER_MS);
    writes += node.writes.length;
    node.finishAll();
  }
  while (node.relay.metrics(node.now).held > 0) {
    node.pass(5 * MICROS_PER_MS);
    writes += node.writes.length;
    node.finishAll();
  }
  const { pool } = node.relay.metrics(node.now);
  const { fast, slow } = pool.strata;
  return {
    writes,
    waited: pool.waitedForTag,
    left: fast.sender.released + slow.sender.released,
  };
}

test('tags wait for the first packet that is about to leave, and no packet for its tag', () => {
  const { writes, waited, left } = steady();
  expect(left).toBeGreaterThanOrEqual(PACKETS);
  // Every 100 ms at the latest, and for each packet that is due sooner than that.
  expect(writes).toBeLessThan(PACKETS / 4);
  expect(waited).toBeLessThan(PACKETS / 50);
});

test('a tag that nobody waits for is on the disk before the next receipt', () => {
  const node = new Mailbox();
  node.announce();
  node.give('link', node.packet({ kind: 'drop' }));
  expect(node.writes).toEqual([]);
  node.pass(RECEIPT_INTERVAL_MICROS / 5);
  expect(node.writes.map(({ kind }) => kind)).toEqual(['write-tags']);
});

test('a log takes over very many tags that batches of the store hold', () => {
  // As many as come to a busy mailbox in a quarter of a minute in which its log cannot be written.
  const [entries, places] = [3, 60_000];
  const stored = Array.from({ length: entries }, (_, i) => {
    const value = new ByteWriter(1 + 12 * places).u8(1);
    for (let n = 0; n < places; n++) value.u32(epoch).u53(1 + i * places + n);
    return { key: `seen/${(i + 1).toString(16).padStart(12, '0')}`, value: value.bytes };
  });
  const node = new Mailbox(false, stored, new Uint8Array(32).fill(5));
  node.pass(RECEIPT_INTERVAL_MICROS / 5);
  const [write] = node.writes;
  const bytes =
    write?.kind === 'write-tags' ? write.batches.map((batch) => batch.bytes.length) : [];
  expect(bytes).toEqual([8 * entries * places]);
});
