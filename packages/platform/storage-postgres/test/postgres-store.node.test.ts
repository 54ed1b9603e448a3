import { inspect } from 'node:util';
import { Redacted } from '@sotto/wire';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { openPostgresStore, type PostgresStore } from '../src/index.ts';
import { goBetween } from '../../../../tools/go-between.ts';
import { serve } from './server.ts';

const { server, url, reason } = serve();
const bytes = Uint8Array.of(1, 2, 3);
let places = 0;
const fresh = (): string => `place-${places++}`;

/** A connection of the test's own, which needs no place. */
async function administrator(): Promise<Client> {
  const client = new Client({ connectionString: url().reveal() });
  // A crash of the server ends it as well.
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** Takes a place as somebody does whose lock the server does not know of: behind a pool of connections, say. */
const overtake = (client: Client, place: string): Promise<unknown> =>
  client.query('update sotto_places set generation = generation + 1 where place = $1', [place]);

const keysOf = async (client: Client, place: string): Promise<string[]> => {
  const { rows } = await client.query<{ key: string }>(
    `select key from sotto_entries join sotto_places on id = place_id
     where place = $1 order by key`,
    [place],
  );
  return rows.map(({ key }) => key);
};

const refusal = async (work: Promise<unknown>): Promise<Error> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected a refusal');
};

test('places of one database know nothing of each other', async ({ skip }) => {
  skip(reason() !== undefined, reason());
  const [a, b] = await Promise.all(
    [fresh(), fresh()].map((place) => openPostgresStore({ url: url(), place })),
  );
  await a?.batch([{ key: 'mail/1', value: bytes }]);
  await b?.batch([{ key: 'mail/1', value: undefined }]);
  expect(await a?.get('mail/1')).toEqual(bytes);
  expect(await b?.get('mail/1')).toBeUndefined();
  await Promise.all([a?.close(), b?.close()]);
});

test('who waits for a place gets it when its holder ends, and locked when he does not', async ({
  skip,
}) => {
  skip(reason() !== undefined, reason());
  const place = fresh();
  const first = await openPostgresStore({ url: url(), place });
  const waiting = openPostgresStore({ url: url(), place, waitMillis: 1 });
  expect(await refusal(waiting)).toMatchObject({ name: 'StorageError', code: 'locked' });
  const second = openPostgresStore({ url: url(), place, waitMillis: 20_000 });
  await first.batch([{ key: 'a', value: bytes }]);
  await first.close();
  const held = await second;
  expect(await held.get('a')).toEqual(bytes);
  await held.confirm();
  await held.close();
});

/** A holder, and one who has taken its place while the holder's sessions live on. */
async function overtaken(): Promise<{
  holder: PostgresStore;
  client: Client;
  place: string;
}> {
  const place = fresh();
  const holder = await openPostgresStore({ url: url(), place });
  await holder.batch([{ key: 'stash/1', value: bytes }]);
  const client = await administrator();
  await overtake(client, place);
  return { holder, client, place };
}

test('an overtaken holder writes nothing, reads nothing and confirms nothing', async ({ skip }) => {
  skip(reason() !== undefined, reason());
  const { holder, client, place } = await overtaken();
  const taken = { code: 'locked', message: expect.stringContaining('taken it over') };
  await expect(holder.confirm()).rejects.toMatchObject(taken);
  await expect(holder.get('stash/1')).rejects.toMatchObject(taken);
  const writes = [
    holder.batch([
      { key: 'stash/1', value: undefined },
      { key: 'late', value: bytes },
    ]),
    holder.batch([{ key: 'later', value: bytes }]),
  ];
  for (const write of writes) await expect(write).rejects.toMatchObject(taken);
  expect(await keysOf(client, place)).toEqual(['stash/1']);
  await holder.close();
});

test('planted: a statement that does not show its generation gets through', async ({ skip }) => {
  skip(reason() !== undefined, reason());
  const { holder, client, place } = await overtaken();
  await client.query(
    `delete from sotto_entries using sotto_places where place_id = id and place = $1`,
    [place],
  );
  expect(await keysOf(client, place)).toEqual([]);
  await holder.close();
});

test('a write that is under way when the place is taken comes before the new holder or not at all', async ({
  skip,
}) => {
  skip(reason() !== undefined, reason());
  const place = fresh();
  const holder = await openPostgresStore({ url: url(), place });
  const client = await administrator();
  await client.query('begin');
  await overtake(client, place);
  // It waits for the row that the new holder is writing.
  const refused = refusal(holder.batch([{ key: 'late', value: bytes }]));
  await client.query('commit');
  expect(await refused).toMatchObject({ code: 'locked' });
  expect(await keysOf(client, place)).toEqual([]);
  await holder.close();
});

test('a batch resolves after the server has answered its commit', async ({ skip }) => {
  skip(reason() !== undefined, reason());
  const between = await goBetween(server().socket);
  onTestFinished(() => between.stop());
  const place = fresh();
  const store = await openPostgresStore({ url: url(between.folder), place });
  between.hold();
  let acknowledged = false;
  const write = store.batch([{ key: 'a', value: bytes }]).then(() => (acknowledged = true));
  await between.held();
  // Committed it is; said it is not.
  expect(await keysOf(await administrator(), place)).toEqual(['a']);
  expect(acknowledged).toBe(false);
  between.release();
  await write;
  await store.close();
});

test('a server that crashes has every batch that was acknowledged', async ({ skip }) => {
  skip(reason() !== undefined, reason());
  const place = fresh();
  const store = await openPostgresStore({ url: url(), place });
  const client = await administrator();
  await client.query('create table planted (n integer)');
  for (let n = 0; n < 20; n++) {
    await store.batch([{ key: `kept/${n + 10}`, value: bytes }], { sync: n % 2 === 0 });
  }
  // The planted fault, in the same breath: commits that do not wait for the disk.
  await client.query('set synchronous_commit = off');
  for (let n = 0; n < 20; n++) await client.query('insert into planted values ($1)', [n]);
  await server().crash();
  expect(await refusal(store.batch([{ key: 'late', value: bytes }]))).toMatchObject({
    code: 'unwritable',
  });
  await store.close();
  const again = await administrator();
  expect(await keysOf(again, place)).toHaveLength(20);
  expect((await again.query('select n from planted')).rows.length).toBeLessThan(20);
  await again.query('drop table planted');
});

test('a server that is not there, or lets nobody in, is named, its password is not', async ({
  skip,
}) => {
  skip(reason() !== undefined, reason());
  const secret = 'Xyzzy-4711';
  const refused = {
    'wrong password': url().reveal().replace(server().password, secret),
    'no server': `postgres://sotto:${secret}@127.0.0.1:1/postgres`,
    'no database': url().reveal().replace('/postgres?', '/none?'),
  };
  for (const [what, text] of Object.entries(refused)) {
    const error = await refusal(openPostgresStore({ url: new Redacted(text), place: fresh() }));
    expect(error, what).toMatchObject({
      name: 'StorageError',
      code: 'unwritable',
      message: expect.stringMatching(/^"postgres:\/\/.*#place-\d+" cannot be used: ./u),
    });
    for (const hidden of [secret, server().password]) expect(inspect(error)).not.toContain(hidden);
  }
  for (const text of [`mysql://x:${secret}@h/d`, `postgres://x:${secret}@[/d`, secret, '']) {
    const error = await refusal(openPostgresStore({ url: new Redacted(text), place: fresh() }));
    expect(error).toBeInstanceOf(RangeError);
    expect(inspect(error)).not.toContain(secret);
  }
});

test('a server without fsync, and tables of a later version, are refused', async ({ skip }) => {
  skip(reason() !== undefined, reason());
  const client = await administrator();
  const open = (): Promise<PostgresStore> => openPostgresStore({ url: url(), place: fresh() });
  await (await open()).close();
  await client.query('update sotto_schema set version = 2');
  expect(await refusal(open())).toMatchObject({ code: 'newer' });
  await client.query('update sotto_schema set version = 1');
  await client.query('alter system set fsync = off');
  await client.query('select pg_reload_conf()');
  // A new session begins with what the server has read by then.
  const until = async (): Promise<void> => {
    const { rows } = await (await administrator()).query<{ fsync: string }>('show fsync');
    if (rows[0]?.fsync !== 'off') await until();
  };
  await until();
  expect(await refusal(open())).toMatchObject({
    code: 'unwritable',
    message: expect.stringContaining('fsync off'),
  });
  await client.query('alter system reset fsync');
});
