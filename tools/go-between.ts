/**
 * Stands between a program and a PostgreSQL server on its socket, and stops passing on what it is told to:
 * a line that is slow, or dead without either side being told.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What PostgreSQL's clients look for in a folder. */
const SOCKET_NAME = '.s.PGSQL.5432';

/** A running one. */
export interface GoBetween {
  /** Where its own socket is, as `host` of an address. */
  readonly folder: string;
  /** Keeps back what the server says, from now on. */
  hold(): void;
  /** Passes on what was kept back, and what follows. */
  release(): void;
  /** Resolves when the server has said something that is kept back. */
  held(): Promise<void>;
  /** Ends every line. */
  stop(): Promise<void>;
}

/** Starts one in front of the server whose socket is in `serverFolder`. */
export async function goBetween(serverFolder: string): Promise<GoBetween> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-between-'));
  const lines = new Set<Socket>();
  let holding = false;
  let kept: (() => void)[] = [];
  let noticed = Promise.withResolvers<void>();
  const server = createServer((near) => {
    const far = connect(join(serverFolder, SOCKET_NAME));
    for (const line of [near, far]) {
      lines.add(line);
      line.on('error', () => undefined).on('close', () => lines.delete(line));
    }
    near.on('data', (bytes) => far.write(bytes)).on('close', () => far.destroy());
    far.on('data', (bytes) => {
      if (!holding) near.write(bytes);
      else {
        kept.push(() => near.write(bytes));
        noticed.resolve();
      }
    });
    far.on('close', () => {
      // A dead line tells nobody that the other end is gone.
      if (holding) kept.push(() => near.destroy());
      else near.destroy();
    });
  });
  await new Promise<void>((done) => server.listen(join(folder, SOCKET_NAME), done));
  return {
    folder,
    hold: () => {
      holding = true;
      noticed = Promise.withResolvers<void>();
    },
    release: () => {
      holding = false;
      for (const pass of kept) pass();
      kept = [];
    },
    held: () => noticed.promise,
    stop: async () => {
      for (const line of lines) line.destroy();
      await new Promise<void>((done) => void server.close(() => done()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
