import {
  type BatchOperation,
  type BatchOptions,
  checkFileName,
  checkKey,
  checkPrefix,
  copyOperations,
  type KeyValueStore,
  StorageError,
  WriteQueue,
} from '@sotto/storage';
import type { Redacted } from '@sotto/wire';
import { BATCH_STATEMENT, batchValues } from './batch-statement.ts';
import { type HeldPlace, prepareTables, releasePlace, takePlace } from './place.ts';
import { type Row, Session, STATEMENT_MILLIS } from './session.ts';

/** Entries that are read at once: as many as are a mebibyte, by the length of those before. */
const READ_BYTES = 1_048_576;
const FIRST_READ_ENTRIES = 16;
const MAX_READ_ENTRIES = 1000;

/** Which database, and what in it. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`. */
  readonly url: Redacted<string>;
  /** Whose records these are, as a file name: several places of one database know nothing of each other. */
  readonly place: string;
  /** How long to wait for a holder of the place to end, 0 to 20,000 ms; 0 when absent. */
  readonly waitMillis?: number;
}

/** A store in a database, held by one process of all that use the database. */
export interface PostgresStore extends KeyValueStore {
  /**
   * Resolves when the server has said, after this call, that the place is still this holder's;
   * rejects with `locked` when another one has taken it. What was decided before the call by what
   * this store held was then decided before anybody else could change it.
   */
  confirm(): Promise<void>;
}

/**
 * Opens a place of a database; makes the tables when they are missing. One holder at a time, over
 * all machines: a holder that has lost its session can write nothing more and confirm nothing, even
 * where it does not know yet.
 *
 * Rejects with a StorageError: `locked` when another process has it, `unwritable` when the server
 * cannot be used, `newer` for later tables.
 */
export async function openPostgresStore(options: PostgresOptions): Promise<PostgresStore> {
  const { url, place, waitMillis = 0 } = options;
  checkFileName(place);
  if (!Number.isInteger(waitMillis) || waitMillis < 0 || waitMillis >= STATEMENT_MILLIS) {
    throw new RangeError(
      `"waitMillis" expected an integer in 0..${STATEMENT_MILLIS - 1}, got ${waitMillis}`,
    );
  }
  const connect = (): Promise<Session> => Session.open(url, place);
  const writer = await connect();
  try {
    await prepareTables(writer);
    const held = await takePlace(writer, place, waitMillis);
    return new Store(connect, { writer, reader: await connect() }, held);
  } catch (error) {
    await writer.end();
    throw error;
  }
}

interface Sessions {
  /** Holds the place, and writes. */
  readonly writer: Session;
  /** Reads while the writer waits for the disk. */
  readonly reader: Session;
}

class Store implements PostgresStore {
  readonly #connect: () => Promise<Session>;
  readonly #sessions: Sessions;
  readonly #held: HeldPlace;
  readonly #writes: WriteQueue;
  /** Of listings under way, which each see one moment. */
  readonly #listings = new Set<Session>();
  #closing: Promise<void> | undefined;

  constructor(connect: () => Promise<Session>, sessions: Sessions, held: HeldPlace) {
    this.#connect = connect;
    this.#sessions = sessions;
    this.#held = held;
    this.#writes = new WriteQueue((operations) => this.#write(operations));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    checkKey(key);
    const [row] = await this.#readHeld(
      `select (select value from sotto_entries where place_id = $1 and key = $3) as value
       from sotto_places where id = $1 and generation = $2::bigint`,
      [key],
      'sotto-get',
    );
    return row?.['value'] === null ? undefined : bytesOf(row);
  }

  async batch(operations: readonly BatchOperation[], _options?: BatchOptions): Promise<void> {
    this.#checkOpen();
    // Every commit waits for the disk: one that does not would save its waiting only to a writer
    // who does not need the promise, and there is none.
    await this.#writes.add(copyOperations(operations), true);
  }

  async confirm(): Promise<void> {
    this.#checkOpen();
    await this.#readHeld(
      'select id from sotto_places where id = $1 and generation = $2::bigint',
      [],
      'sotto-confirm',
    );
  }

  async *entries(prefix: string): AsyncGenerator<[key: string, value: Uint8Array]> {
    this.#checkOpen();
    checkPrefix(prefix);
    const session = await this.#connect();
    this.#listings.add(session);
    try {
      this.#checkOpen();
      await session.query('begin isolation level repeatable read read only');
      let last = '';
      let limit = FIRST_READ_ENTRIES;
      for (;;) {
        const rows = await this.#asOpen(
          session.query(
            `select key, value from sotto_entries
             where place_id = $1 and key > $2 and key >= $3 and key < $4 order by key limit $5`,
            [this.#held.id, last, prefix, `${prefix}\x7f`, limit],
            'sotto-list',
          ),
        );
        let bytes = 0;
        for (const row of rows) {
          this.#checkOpen();
          const value = bytesOf(row);
          last = String(row['key']);
          bytes += value.length;
          yield [last, value];
        }
        this.#checkOpen();
        if (rows.length < limit) return;
        const mean = Math.max(1, bytes / rows.length);
        limit = Math.ceil(Math.min(READ_BYTES / mean, MAX_READ_ENTRIES));
      }
    } finally {
      this.#listings.delete(session);
      await session.end();
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writes.idle();
    const { writer, reader } = this.#sessions;
    // A place that is not ours any more, or a server that is gone, needs no release.
    await releasePlace(writer, this.#held).catch(() => undefined);
    await Promise.all([writer, reader, ...this.#listings].map((session) => session.end()));
  }

  async #write(operations: readonly BatchOperation[]): Promise<void> {
    const values = batchValues(this.#held, operations);
    const [row] = await this.#sessions.writer.query(BATCH_STATEMENT, values, 'sotto-batch');
    if (row?.['held'] !== true) throw this.#taken();
  }

  /** A statement with the place and its generation as $1 and $2, which gives no row when it is not held. */
  async #readHeld(text: string, values: readonly unknown[], name: string): Promise<readonly Row[]> {
    const { id, generation } = this.#held;
    const rows = await this.#asOpen(
      this.#sessions.reader.query(text, [id, generation, ...values], name),
    );
    if (rows.length === 0) throw this.#taken();
    return rows;
  }

  #taken(): StorageError {
    const { where } = this.#sessions.writer;
    return new StorageError('locked', where, 'another process has taken it over');
  }

  /** What fails because the store is being closed fails with `closed`. */
  async #asOpen<T>(read: Promise<T>): Promise<T> {
    try {
      return await read;
    } catch (error) {
      this.#checkOpen();
      throw error;
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) {
      throw new StorageError('closed', this.#sessions.writer.where);
    }
  }
}

/** The caller's own bytes; a Node Buffer does not leave this package. */
function bytesOf(row: Row | undefined): Uint8Array {
  const value = row?.['value'];
  if (!(value instanceof Uint8Array)) throw new TypeError('"value" expected bytes of the database');
  return new Uint8Array(value);
}
