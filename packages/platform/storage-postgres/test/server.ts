import { Redacted } from '@sotto/wire';
import { Client } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { type PostgresServer, startPostgres } from '../../../../tools/postgres.ts';

/** A server for the tests of one file. `reason` says why there is none. */
export interface Served {
  readonly server: () => PostgresServer;
  readonly reason: () => string | undefined;
  /** Its database, by its own socket or that of a go-between. */
  readonly url: (folder?: string) => Redacted<string>;
  /** Takes a place as somebody does whose lock the server does not know of: behind a pool of connections, say. */
  readonly overtake: (place: string) => Promise<void>;
}

/** Starts one before the tests of this file and ends it after them. */
export function serve(): Served {
  let started: Awaited<ReturnType<typeof startPostgres>> | undefined;
  beforeAll(async () => {
    started = await startPostgres();
  });
  afterAll(async () => {
    if (started !== undefined && !('reason' in started)) await started.stop();
  });
  const server = (): PostgresServer => {
    if (started === undefined || 'reason' in started) throw new Error('no server runs');
    return started;
  };
  return {
    server,
    reason: () => (started !== undefined && 'reason' in started ? started.reason : undefined),
    url: (folder) => new Redacted(server().url(folder)),
    overtake: async (place) => {
      const client = new Client({ connectionString: server().url() });
      await client.connect();
      await client.query('update sotto_places set generation = generation + 1 where place = $1', [
        place,
      ]);
      await client.end();
    },
  };
}
