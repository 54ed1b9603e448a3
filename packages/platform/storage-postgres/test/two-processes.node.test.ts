import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { openPostgresStore } from '../src/index.ts';
import type { Fault, Told } from './holder-process.ts';
import { serve } from './server.ts';

const { url, reason } = serve();
const BLOCKS = 150;
/** What a holder has spent when something happens to it. */
const SPENT_BEFORE = 8;
let places = 0;

/** A holder of its own process, and what it has told. */
class Holder {
  readonly told: Told[] = [];
  readonly #child: ChildProcess;
  #news = Promise.withResolvers<void>();
  #gone = false;

  constructor(place: string, fault: Fault, deletesMail: boolean, pauseAfter = BLOCKS) {
    const does = deletesMail ? 'deletes mail' : '';
    const flags = [url().reveal(), place, fault, does, String(pauseAfter)];
    this.#child = fork(join(import.meta.dirname, 'holder-process.ts'), flags);
    this.#child.on('message', (told: Told) => {
      this.told.push(told);
      this.#tell();
    });
    // Not at its exit, which may come before what it told last.
    this.#child.on('disconnect', () => {
      this.#gone = true;
      this.#tell();
    });
  }

  /** Waits until it has told `count` of a kind, or is gone. */
  async until(kind: Told['kind'], count = 1): Promise<void> {
    while (this.of(kind).length < count && !this.#gone) await this.#news.promise;
  }

  of(kind: Told['kind']): readonly Told[] {
    return this.told.filter((told) => told.kind === kind);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends its pause. */
  goOn(): void {
    this.#child.send('go on');
  }

  async gone(): Promise<void> {
    if (!this.#gone) await once(this.#child, 'disconnect');
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers<void>();
  }
}

const blockOf = (told: Told): string => ('block' in told ? told.block : '');
const numbered = (prefix: string): string[] =>
  Array.from({ length: BLOCKS }, (_, n) => `${prefix}/${String(n).padStart(4, '0')}`);

/** What two processes did to one place. */
interface Outcome {
  /** Reply blocks that were spent, and those of them that were spent more than once. */
  readonly spent: number;
  readonly twice: number;
  /** Mail that the first handed out after the second had deleted it. */
  readonly servedDeleted: number;
  /** How the first ended. */
  readonly first: string;
  /** Blocks that are there although their spending was told. */
  readonly back: number;
}

/**
 * A holder is stopped in the middle of its work, and the server takes it for dead, as it does with
 * one whose line has failed. A second takes its place and deletes the mail; then the first goes on
 * as if nothing had happened.
 */
async function overtaking(fault: Fault): Promise<Outcome> {
  const place = `two-${places++}`;
  const before = await openPostgresStore({ url: url(), place });
  await before.batch(
    [...numbered('stash'), ...numbered('mail')].map((key) => ({ key, value: Uint8Array.of(1) })),
  );
  await before.close();
  const client = new Client({ connectionString: url().reveal() });
  await client.connect();
  const first = new Holder(place, fault, false, SPENT_BEFORE);
  await first.until('open');
  await first.until('spent', SPENT_BEFORE);
  first.kill('SIGSTOP');
  // The line is dead: the server's two ends of it go.
  await client.query(
    `select pg_terminate_backend(pid) from pg_locks
     where locktype = 'advisory' and objid = (select id from sotto_places where place = $1)
       and granted`,
    [place],
  );
  const second = new Holder(place, 'none', true);
  await second.until('emptied');
  await second.until('spent', SPENT_BEFORE);
  first.goOn();
  first.kill('SIGCONT');
  await Promise.all([first.gone(), second.gone()]);
  const spent = [...first.of('spent'), ...second.of('spent')].map(blockOf);
  const emptiedAt = second.of('emptied')[0]?.decidedAt ?? 0;
  const { rows } = await client.query<{ key: string }>(
    `select key from sotto_entries join sotto_places on id = place_id
     where place = $1 and key like 'stash/%'`,
    [place],
  );
  await client.end();
  const told = new Set(spent);
  const [ended] = first.of('ended');
  return {
    spent: told.size,
    twice: spent.length - told.size,
    servedDeleted: first.of('served').filter(({ decidedAt }) => decidedAt > emptiedAt).length,
    first: ended !== undefined && 'code' in ended ? ended.code : 'whole',
    back: rows.filter(({ key }) => told.has(key)).length,
  };
}

test('two processes on one place spend no reply block twice and serve no mail that was deleted', async ({
  skip,
}) => {
  skip(reason() !== undefined, reason());
  const outcome = await overtaking('none');
  expect(outcome).toMatchObject({ twice: 0, servedDeleted: 0, back: 0 });
  expect(['locked', 'unwritable']).toContain(outcome.first);
  expect(outcome.spent).toBeGreaterThanOrEqual(BLOCKS - 1);
});

test('planted: one that writes again on a new connection spends blocks twice', async ({ skip }) => {
  skip(reason() !== undefined, reason());
  expect((await overtaking('reconnects')).twice).toBeGreaterThan(0);
});

test('planted: one that does not confirm its place serves mail that was deleted', async ({
  skip,
}) => {
  skip(reason() !== undefined, reason());
  expect((await overtaking('unconfirmed')).servedDeleted).toBeGreaterThan(0);
});

test('a process that is killed at work has lost nothing that it acknowledged, and its place is free at once', async ({
  skip,
}) => {
  skip(reason() !== undefined, reason());
  const place = `killed-${places++}`;
  const before = await openPostgresStore({ url: url(), place });
  await before.batch(numbered('stash').map((key) => ({ key, value: Uint8Array.of(1) })));
  await before.close();
  const spent = new Set<string>();
  for (let kills = 0; kills < 3; kills++) {
    const holder = new Holder(place, 'none', false);
    await holder.until('spent', SPENT_BEFORE * (kills + 1));
    holder.kill('SIGKILL');
    await holder.gone();
    for (const told of holder.of('spent')) {
      expect(spent.has(blockOf(told))).toBe(false);
      spent.add(blockOf(told));
    }
    const after = await openPostgresStore({ url: url(), place, waitMillis: 20_000 });
    const left: string[] = [];
    for await (const [key] of after.entries('stash/')) left.push(key);
    await after.close();
    expect(left.filter((key) => spent.has(key))).toEqual([]);
    // What it had under way when it died may have counted: one batch.
    expect(left.length).toBeGreaterThanOrEqual(BLOCKS - spent.size - (kills + 1));
  }
  expect(spent.size).toBeGreaterThanOrEqual(6 * SPENT_BEFORE);
});
