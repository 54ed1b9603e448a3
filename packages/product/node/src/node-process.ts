import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { z } from 'zod';
import { CommandFailure } from './exit-codes.ts';
import type { LocalNode, LocalNodeOptions } from './local-node.ts';
import type { LogLevel } from './log.ts';
import { NODE_FLAGS } from './node-flags.ts';
import { askStatus } from './status-client.ts';
import type { StatusPlace } from './status-server.ts';

const notice = z.object({
  kind: z.literal('ready'),
  statusPort: z.int(),
  statusToken: z.string(),
});

/** This program's command line, from source or built. */
const CLI = join(import.meta.dirname, `cli${extname(import.meta.filename)}`);

/**
 * Starts a node of a local network as a process of its own. It dies with this one: it listens to a
 * channel that closes however this process ends. Its log goes to a file beside its folder.
 *
 * Rejects with a CommandFailure when it ends before it is up; the message holds its last words.
 */
export async function startProcess(
  options: LocalNodeOptions,
  logLevel: LogLevel,
): Promise<LocalNode> {
  const logFile = `${options.data}.log`;
  const log = await open(logFile, 'a', 0o600);
  const child = spawn(
    process.execPath,
    [
      ...NODE_FLAGS,
      CLI,
      'node',
      '--data',
      options.data,
      '--network',
      'local',
      '--parameters',
      options.networkFile,
      '--listen-tcp',
      options.listen.tcp,
      '--listen-ws',
      options.listen.ws,
      ...options.announce.flatMap((address) => ['--announce', address]),
      '--status-port',
      '0',
      '--log-level',
      logLevel,
    ],
    // A signal to the terminal's group must not reach it: this process stops them in order.
    { stdio: ['ignore', 'ignore', log.fd, 'ipc'], detached: true, env: ownEnvironment() },
  );
  await log.close();
  const exited = exitOf(child);
  const ready = await Promise.race([readyNotice(child), exited]);
  if ('how' in ready) {
    throw new CommandFailure('failed', `${options.label} ${ready.how}: ${await lastLine(logFile)}`);
  }
  let wanted = false;
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    wanted = true;
    child.kill(signal);
    await exited;
  };
  const ended = exited.then(async ({ how }) =>
    wanted ? undefined : `${how}: ${await lastLine(logFile)}`,
  );
  return {
    pid: child.pid,
    status: () => askStatus(ready),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    ended,
  };
}

/** Without what configures another node that runs here. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('SOTTO_')),
  );
}

function readyNotice(child: ChildProcess): Promise<Pick<StatusPlace, 'port' | 'token'>> {
  const { promise, resolve } = Promise.withResolvers<Pick<StatusPlace, 'port' | 'token'>>();
  child.on('message', (message) => {
    const read = notice.safeParse(message);
    if (!read.success) return;
    resolve({ port: read.data.statusPort, token: read.data.statusToken });
  });
  return promise;
}

function exitOf(child: ChildProcess): Promise<{ readonly how: string }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly how: string }>();
  child.once('error', (error) => resolve({ how: `did not start (${error.message})` }));
  child.once('exit', (code, signal) =>
    resolve({ how: signal === null ? `ended with code ${code}` : `was ended by ${signal}` }),
  );
  return promise;
}

async function lastLine(file: string): Promise<string> {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return lines.at(-1) ?? '';
}
