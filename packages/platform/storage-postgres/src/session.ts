import { StorageError } from '@sotto/storage';
import type { Redacted } from '@sotto/wire';
import { Client, DatabaseError } from 'pg';
import { asStorageError } from './server-errors.ts';

/** A statement that takes longer, or a server that is silent so long, ends the session. */
export const STATEMENT_MILLIS = 30_000;
const CONNECT_MILLIS = 10_000;

/**
 * What a session needs, whatever the server, the database or the role has as its own defaults. Those
 * that a version does not know are left out.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  // A commit is answered when its record is on the disk (and on that of a synchronous standby).
  synchronous_commit: 'on',
  statement_timeout: String(STATEMENT_MILLIS),
  idle_session_timeout: '0',
  // A holder whose machine is gone gives the place free after some twenty seconds.
  tcp_keepalives_idle: '5',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '20000',
};

/** A row: columns by name. */
export type Row = Readonly<Record<string, unknown>>;

/** One connection to the server, which does one statement after the other. */
export class Session {
  readonly #where: string;
  readonly #client: Client;
  #last: Promise<unknown> = Promise.resolve();
  #lost: StorageError | undefined;

  private constructor(client: Client, where: string) {
    this.#client = client;
    this.#where = where;
    client.on('error', (error) => {
      this.#lost ??= asStorageError(error, where);
    });
  }

  /**
   * Connects. Rejects with a StorageError `unwritable` when there is no server, it does not let us
   * in, or it would acknowledge what it may lose.
   *
   * @param url - `postgres://user:password@host:port/database?sslmode=…`.
   * @param place - for messages.
   * @throws RangeError when `url` is none; the message does not show it.
   */
  static async open(url: Redacted<string>, place: string): Promise<Session> {
    const client = clientFor(url);
    const where = `postgres://${client.host}:${client.port}/${client.database ?? ''}#${place}`;
    const session = new Session(client, where);
    try {
      await client.connect();
      await session.#prepare();
      return session;
    } catch (error) {
      await session.end();
      throw asStorageError(error, where);
    }
  }

  /** Server, database and place, without user and password. */
  get where(): string {
    return this.#where;
  }

  /** Runs a statement after those before it. @returns its rows. */
  query(text: string, values: readonly unknown[] = [], name?: string): Promise<readonly Row[]> {
    const rows = this.#run(this.#last, { text, values: [...values], ...(name && { name }) });
    this.#last = rows.catch(() => undefined);
    return rows;
  }

  /** Hangs up, without waiting for statements. A second call does nothing. */
  async end(): Promise<void> {
    this.#lost ??= new StorageError('closed', this.#where);
    // Whoever ends a session that broke has no use for how it broke.
    await this.#client.end().catch(() => undefined);
  }

  async #run(
    before: Promise<unknown>,
    statement: { readonly text: string; readonly values: unknown[] },
  ): Promise<readonly Row[]> {
    await before;
    if (this.#lost !== undefined) throw this.#lost;
    try {
      const { rows } = await this.#client.query<Row>(statement);
      return rows;
    } catch (error) {
      const lost: StorageError | undefined = this.#lost;
      const said = lost ?? asStorageError(error, this.#where);
      // The server has not answered this one: it must not answer the next with it.
      if (!(error instanceof DatabaseError)) {
        this.#lost ??= said;
        void this.#client.end().catch(() => undefined);
      }
      throw said;
    }
  }

  async #prepare(): Promise<void> {
    const pairs = Object.entries(SETTINGS);
    await this.query(
      `select set_config(wanted.name, wanted.value, false)
       from unnest($1::text[], $2::text[]) as wanted (name, value)
       join pg_settings on pg_settings.name = wanted.name`,
      [pairs.map(([name]) => name), pairs.map(([, value]) => value)],
    );
    const [row] = await this.query(`select current_setting('fsync') as fsync`);
    if (row?.['fsync'] !== 'on') {
      throw new StorageError('unwritable', this.#where, 'its server runs with fsync off');
    }
  }
}

function clientFor(url: Redacted<string>): Client {
  const wrong = new RangeError(
    '"url" expected postgres://user:password@host:port/database, got something else',
  );
  if (!/^postgres(?:ql)?:\/\//u.test(url.reveal())) throw wrong;
  try {
    return new Client({
      connectionString: url.reveal(),
      fallback_application_name: 'sotto',
      connectionTimeoutMillis: CONNECT_MILLIS,
      query_timeout: STATEMENT_MILLIS + 5000,
      keepAlive: true,
    });
  } catch {
    // What the parser of addresses throws holds the address, and with it the password.
    throw wrong;
  }
}
