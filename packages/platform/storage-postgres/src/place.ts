import { StorageError } from '@sotto/storage';
import type { Row, Session } from './session.ts';

/** Version of the tables; in `sotto_schema`. */
const SCHEMA_VERSION = 1;
/** First half of the numbers of our advisory locks: "Sott". */
const LOCK_CLASS = 0x53_6f_74_74;
/** Second half, while tables are made. Places count from 1. */
const SCHEMA_LOCK = 0;

/** A place that this session holds. */
export interface HeldPlace {
  readonly id: number;
  /** How often it has been taken, in decimal: every statement of its holder shows the one that it got. */
  readonly generation: string;
}

const TABLES = `
create table sotto_schema (version integer not null);
insert into sotto_schema values (${SCHEMA_VERSION});
create table sotto_places (
  id integer generated always as identity primary key,
  place text collate "C" not null unique,
  generation bigint not null default 0
);
create table sotto_entries (
  place_id integer not null,
  key text collate "C" not null,
  value bytea not null,
  primary key (place_id, key)
);
-- What is stored is random to the eye: packing it would only cost.
alter table sotto_entries alter column value set storage external;
`;

/**
 * Makes the tables in a database that has none.
 *
 * Rejects with a StorageError: `newer` when they are of a later version, `unwritable` when they may
 * not be made.
 */
export async function prepareTables(session: Session): Promise<void> {
  if (!(await hasTables(session))) {
    // The lock goes with the transaction; who waited for it finds the tables made.
    await session.query('begin');
    await session.query('select pg_advisory_xact_lock($1, $2)', [LOCK_CLASS, SCHEMA_LOCK]);
    if (!(await hasTables(session))) await session.query(TABLES);
    await session.query('commit');
  }
  const [row] = await session.query('select max(version) as version from sotto_schema');
  const version = Number(row?.['version']);
  if (version > SCHEMA_VERSION) {
    throw new StorageError(
      'newer',
      session.where,
      `version ${version}, this program knows ${SCHEMA_VERSION}`,
    );
  }
}

async function hasTables(session: Session): Promise<boolean> {
  // Not by to_regclass: it answers from a cache, which waiting for the lock does not renew.
  const [row] = await session.query(
    `select count(*) > 0 as made from pg_tables
     where tablename = 'sotto_schema' and schemaname = any (current_schemas(false))`,
  );
  return row?.['made'] === true;
}

/**
 * Takes a place for this session, which holds it until it ends: a lock of the session says that its
 * holder lives, and a new generation shuts out an earlier holder that has not noticed that its
 * session is gone.
 *
 * Rejects with a StorageError `locked` when another session holds it for `waitMillis` longer.
 */
export async function takePlace(
  session: Session,
  place: string,
  waitMillis: number,
): Promise<HeldPlace> {
  await session.query(
    'insert into sotto_places (place) values ($1) on conflict (place) do nothing',
    [place],
  );
  const [row] = await session.query('select id from sotto_places where place = $1', [place]);
  const id = Number(row?.['id']);
  if (!(await lock(session, id, waitMillis))) {
    throw new StorageError('locked', session.where, 'another process works with it');
  }
  const [taken] = await session.query(
    'update sotto_places set generation = generation + 1 where id = $1 returning generation::text',
    [id],
  );
  return { id, generation: String(taken?.['generation']) };
}

async function lock(session: Session, id: number, waitMillis: number): Promise<boolean> {
  const [tried] = await session.query('select pg_try_advisory_lock($1, $2) as got', [
    LOCK_CLASS,
    id,
  ]);
  if (got(tried) || waitMillis === 0) return got(tried);
  await session.query(`select set_config('lock_timeout', $1, false)`, [String(waitMillis)]);
  try {
    await session.query('select pg_advisory_lock($1, $2)', [LOCK_CLASS, id]);
  } catch (error) {
    if (error instanceof StorageError && error.code === 'locked') return false;
    throw error;
  }
  await session.query(`select set_config('lock_timeout', '0', false)`);
  return true;
}

const got = (row: Row | undefined): boolean => row?.['got'] === true;

/** Gives the place free for the next session at once; hanging up would do so a little later. */
export async function releasePlace(session: Session, { id }: HeldPlace): Promise<void> {
  await session.query('select pg_advisory_unlock($1, $2)', [LOCK_CLASS, id]);
}
