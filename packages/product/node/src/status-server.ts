import { open, readFile, rename, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import { CommandFailure } from './exit-codes.ts';
import { asksThisMachine, boundServer, closeServer, listenLocally } from './local-http.ts';
import { prometheusText } from './metrics.ts';
import type { NodeStatus } from './node-status.ts';

const STATUS_FILE = 'status.json';

/** Where a node's status is served; kept in its data folder while it runs. */
export interface StatusPlace {
  readonly port: number;
  readonly pid: number;
}

const placeSchema = z.object({ port: z.int().min(1).max(65_535), pid: z.int().min(1) });

/** A status server that runs. */
export interface StatusServer {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Stops to serve and takes its file away. */
  close(): Promise<void>;
}

/**
 * Serves `/health`, `/status` (JSON) and `/metrics` (Prometheus) on 127.0.0.1 and notes the port in
 * the data folder.
 *
 * @param port - 0 takes any.
 * @throws CommandFailure when the port is taken or the file cannot be written.
 */
export async function serveStatus(
  data: string,
  port: number,
  status: () => NodeStatus,
): Promise<StatusServer> {
  const server = createServer((request, response) => {
    void answer(request, response, status);
  });
  boundServer(server);
  const bound = await listenLocally(server, port, '--status-port');
  const file = join(data, STATUS_FILE);
  try {
    await writePlace(file, { port: bound, pid: process.pid });
  } catch (error) {
    await closeServer(server);
    throw new CommandFailure('folder', `"${file}" cannot be written: ${textOf(error)}`, error);
  }
  return {
    port: bound,
    close: async () => {
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

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: () => NodeStatus,
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
    case '/health':
      reply(200, 'application/json', '{"ok":true}\n');
      break;
    case '/status':
      reply(200, 'application/json', `${JSON.stringify(status())}\n`);
      break;
    case '/metrics':
      reply(200, 'text/plain; version=0.0.4', await prometheusText(status()));
      break;
    default:
      reply(404, 'text/plain', '/health, /status or /metrics\n');
  }
}
