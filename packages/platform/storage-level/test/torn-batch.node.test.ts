import { cpSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { openLevelStore } from '@sotto/storage-level';
import { expect, inject, test } from 'vitest';
import { freshFolder } from './places.ts';

const BATCHES = 8;
const CUTS = inject('long') ? 600 : 30;
/** Four changes that stand for a mail and its tag (decision 0037). */
const PARTS = ['mail/a', 'mail/b', 'seen/c', 'seen/d'];

/** Entries of a database whose log was cut off at `share` of its length. */
async function afterCut(whole: string, share: number): Promise<Map<string, number>> {
  const folder = join(freshFolder(), 'store');
  cpSync(whole, folder, { recursive: true });
  const log = readdirSync(folder).find((name) => name.endsWith('.log')) ?? '';
  const path = join(folder, log);
  truncateSync(path, Math.floor(statSync(path).size * share));
  const store = await openLevelStore(folder);
  const found = new Map<string, number>();
  for await (const [key, value] of store.entries('')) found.set(key, value.length);
  await store.close();
  return found;
}

test('power that goes in the middle of any batch leaves all of it or nothing, and every batch before it', async () => {
  const whole = join(freshFolder(), 'store');
  const store = await openLevelStore(whole);
  for (let n = 0; n < BATCHES; n++) {
    const batch = PARTS.map((part) => ({ key: `${part}/${n}`, value: new Uint8Array(1000 + n) }));
    await store.batch(batch, { sync: true });
  }
  await store.close();
  const lengths = new Set<number>();
  for (let cut = 0; cut <= CUTS; cut++) {
    const found = await afterCut(whole, cut / CUTS);
    const expected = Array.from({ length: found.size / PARTS.length }, (_, n) =>
      PARTS.map((part): [string, number] => [`${part}/${n}`, 1000 + n]),
    ).flat();
    expect(found).toEqual(new Map(expected));
    lengths.add(found.size);
  }
  expect(lengths.size).toBe(BATCHES + 1);
});
