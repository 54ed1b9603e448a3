import { randomBytes, timingSafeEqual } from 'node:crypto';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import { CommandFailure } from './exit-codes.ts';
import { Health, HEALTH_MILLIS } from './health.ts';
import { asksThisMachine, boundServer, closeServer, listenLocally } from './local-http.ts';
import { MetricsPage } from './metrics.ts';
import type { NodeStatus } from './node-status.ts';

const STATUS_FILE = 'status.json';

/** Where a node's status is served; kept in its data folder while it runs. */
export interface StatusPlace {
  readonly port: number;
  readonly pid: number;
  /** Who asks for `/status` shows it: 16 random bytes in hex, new at every start. */
  readonly token: string;
}

const placeSchema = z.object({
  port: z.int().min(1).max(65_535),
  pid: z.int().min(1),
  token: z.string().regex(/^[0-9a-f]{32}$/u),
});

/** A status server that runs. */
export interface StatusServer {
  /** On 127.0.0.1. */
  readonly port: number;
  /** As in {@link StatusPlace}. */
  readonly token: string;
  /** Stops to serve and takes its file away. */
  close(): Promise<void>;
}

/**
 * Serves `/health`, `/status` (JSON) and `/metrics` (Prometheus) on 127.0.0.1 and notes port and
 * token in the data folder. Everybody on this machine can read the first and the last; `/status`,
 * whose figures are exact and as of now, whoever can read the folder.
 *
 * @param port - 0 takes any.
 * @param quiet - for how long no loop may come back, ms: `quietMillis` of the network.
 * @throws CommandFailure when the port is taken or the file cannot be written.
 */
export async function serveStatus(
  data: string,
  port: number,
  status: () => NodeStatus,
  quiet: number,
): Promise<StatusServer> {
  const health = new Health(quiet);
  const look = (): readonly string[] => health.look(performance.now(), status());
  const token = randomBytes(16).toString('hex');
  const metrics = new MetricsPage(status);
  const looking = setInterval(look, HEALTH_MILLIS);
  looking.unref();
  look();
  const stop = (): void => {
    metrics.stop();
    clearInterval(looking);
  };
  const server = createServer((request, response) => {
    void answer(request, response, { status, look, metrics, token });
  });
  boundServer(server);
  const file = join(data, STATUS_FILE);
  let bound: number;
  try {
    bound = await listenLocally(server, port, '--status-port');
  } catch (error) {
    stop();
    throw error;
  }
  try {
    await writePlace(file, { port: bound, pid: process.pid, token });
  } catch (error) {
    stop();
    await closeServer(server);
    throw new CommandFailure('folder', `"${file}" cannot be written: ${textOf(error)}`, error);
  }
  return {
    port: bound,
    token,
    close: async () => {
      stop();
      await closeServer(server);
      await unlink(file);
    },
  };
}

/** Where the node of a data folder serves its status; undefined when none has said so. */
export async function readStatusPlace(data: string): Promise<StatusPlace | undefined> {
  let text: string;
  try {
    text = await readFile(join(data, STATUS_FILE), 'utf8');
  } catch {
    // No node has run here, or the folder is not ours to read: both mean that nobody can be asked.
    return undefined;
  }
  try {
    return placeSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new CommandFailure('folder', `"${join(data, STATUS_FILE)}" is damaged`, error);
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** All or nothing, so that a reader never sees half of it. */
async function writePlace(file: string, place: StatusPlace): Promise<void> {
  const unfinished = `${file}.tmp`;
  const handle = await open(unfinished, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(place)}\n`);
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
}

/** What is served. */
interface Served {
  readonly status: () => NodeStatus;
  readonly look: () => readonly string[];
  readonly metrics: MetricsPage;
  readonly token: string;
}

/** Whether whoever asks can read the data folder. */
function showsToken(request: IncomingMessage, token: string): boolean {
  const shown = Buffer.from(request.headers.authorization ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  return shown.length === expected.length && timingSafeEqual(shown, expected);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, look, metrics, token }: Served,
): Promise<void> {
  const reply = (code: number, type: string, body: string): void => {
    response.writeHead(code, {
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.end(body);
  };
  if (!asksThisMachine(request)) {
    reply(421, 'text/plain', 'ask as 127.0.0.1\n');
    return;
  }
  if (request.method !== 'GET') {
    reply(405, 'text/plain', 'GET only\n');
    return;
  }
  switch (request.url) {
    case '/health': {
      const why = look();
      const ok = why.length === 0;
      const body = JSON.stringify(ok ? { ok } : { ok, why });
      reply(ok ? 200 : 503, 'application/json', `${body}\n`);
      break;
    }
    case '/status':
      // Two of these a second apart tell when a client got mail: not for everybody on the machine.
      if (showsToken(request, token)) {
        reply(200, 'application/json', `${JSON.stringify(status())}\n`);
      } else {
        reply(401, 'text/plain', `show the token of ${STATUS_FILE}: Authorization: Bearer …\n`);
      }
      break;
    case '/metrics':
      reply(200, 'text/plain; version=0.0.4', await metrics.text());
      break;
    default:
      reply(404, 'text/plain', '/health, /status or /metrics\n');
  }
}
