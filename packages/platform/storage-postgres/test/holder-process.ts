/**
 * A program that holds a place of a database, as a node does: it has in memory what the place held
 * when it opened it, spends reply blocks, hands out mail, and tells its parent. `decidedAt` is of a
 * clock that all processes share.
 */
import { Redacted } from '@sotto/wire';
import { Client } from 'pg';
import { openPostgresStore } from '../src/index.ts';

/** What it does wrong. */
export type Fault =
  | 'none'
  /** A write that is refused is done again on a new connection, and nothing is confirmed. */
  | 'reconnects'
  /** Mail goes out without the place being confirmed. */
  | 'unconfirmed';

/** What it tells. */
export type Told =
  | { readonly kind: 'open' | 'emptied' | 'done'; readonly decidedAt: number }
  | { readonly kind: 'spent' | 'served'; readonly block: string; readonly decidedAt: number }
  | { readonly kind: 'ended'; readonly code: string; readonly decidedAt: number };

const [url = '', place = '', fault = 'none', deletesMail = '', pauseAfter = ''] =
  process.argv.slice(2);
const now = (): number => Number(process.hrtime.bigint() / 1000n);
const tell = (told: Told): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(told, () => resolve());
  });

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

const store = await openPostgresStore({ url: new Redacted(url), place, waitMillis: 20_000 });
await tell({ kind: 'open', decidedAt: now() });
const blocks: string[] = [];
for await (const [key] of store.entries('stash/')) blocks.push(key);
const mail = new Set<string>();
for await (const [key] of store.entries('mail/')) mail.add(key);
if (deletesMail !== '') {
  await store.batch([...mail].map((key) => ({ key, value: undefined })));
  mail.clear();
  await tell({ kind: 'emptied', decidedAt: now() });
}

let strayed: Client | undefined;
async function spend(block: string): Promise<void> {
  try {
    if (strayed === undefined) await store.batch([{ key: block, value: undefined }]);
  } catch (error) {
    if (fault !== 'reconnects') throw error;
    strayed = new Client({ connectionString: url });
    await strayed.connect();
  }
  await strayed?.query('delete from sotto_entries where key = $1', [block]);
}

try {
  for (const [n, block] of blocks.entries()) {
    // Its parent has time to stop it here, and lets it go on.
    if (String(n) === pauseAfter) await new Promise((resolve) => process.once('message', resolve));
    const decidedAt = now();
    const letter = block.replace('stash/', 'mail/');
    if (mail.has(letter)) {
      if (fault === 'none') await store.confirm();
      await tell({ kind: 'served', block: letter, decidedAt });
    }
    await spend(block);
    await tell({ kind: 'spent', block, decidedAt });
  }
  await tell({ kind: 'done', decidedAt: now() });
} catch (error) {
  await tell({ kind: 'ended', code: codeOf(error), decidedAt: now() });
}
await strayed?.end();
await store.close();
process.disconnect();
