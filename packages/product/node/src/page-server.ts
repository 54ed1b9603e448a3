import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { NetworkParameters } from '@sotto/directory';
import { CommandFailure } from './exit-codes.ts';
import { asksThisMachine, boundServer, closeServer, listenLocally } from './local-http.ts';
import type { NetworkPicture } from './network-picture.ts';
import { type PageFile, type PageFiles, readPageFiles } from './page-files.ts';
import { pageHeaders, type PageConnections } from './page-policy.ts';

/** Where the page is served unless told otherwise, or the next free port. */
const PAGE_PORT = 8080;
/** Ports tried from {@link PAGE_PORT} on. */
const PORTS_TRIED = 100;

/** What a page's server is made of. */
export interface PageServerOptions {
  /** Folder of the built page. */
  readonly folder: string;
  /** This port and no other, 0 for any; {@link PAGE_PORT} or the next free one when left out. */
  readonly port?: number;
  /** What `/network.json` says: public, and all that a client needs to begin. */
  readonly network: {
    readonly parameters: NetworkParameters;
    /** WebSocket addresses with peer ids. */
    readonly bootstrap: readonly string[];
  };
  readonly connections: PageConnections;
  /** What `/picture.json` says; there is none when left out, as in every network but a local one. */
  readonly picture?: () => Promise<NetworkPicture>;
  /** Names beside this machine's that a request may ask for: those of a proxy with a certificate. */
  readonly hosts?: readonly string[];
}

/** A page's server that runs. */
export interface PageServer {
  readonly port: number;
  /** What to open. */
  readonly url: string;
  /** Ends it, with every connection. */
  close(): Promise<void>;
}

/**
 * Serves the chat page, `/network.json` and perhaps `/picture.json` on 127.0.0.1.
 *
 * @throws CommandFailure `usage` for a folder that is no built page, `address` for a taken port.
 */
export async function servePage(options: PageServerOptions): Promise<PageServer> {
  const files = await readPageFiles(options.folder);
  const network = Buffer.from(`${JSON.stringify(options.network)}\n`);
  const site: Site = {
    files,
    headers: pageHeaders(options.connections),
    hosts: new Set(options.hosts ?? []),
    network,
    picture: options.picture,
  };
  const server = createServer((request, response) => {
    void answer(request, response, site);
  });
  boundServer(server);
  const port = await listenSomewhere(
    (candidate) => listenLocally(server, candidate, '--page-port'),
    options.port,
  );
  return { port, url: `http://127.0.0.1:${port}/`, close: () => closeServer(server) };
}

async function listenSomewhere(
  listen: (port: number) => Promise<number>,
  wanted: number | undefined,
): Promise<number> {
  if (wanted !== undefined) return listen(wanted);
  for (let port = PAGE_PORT; ; port++) {
    try {
      return await listen(port);
    } catch (error) {
      if (!(error instanceof CommandFailure) || !isTaken(error.cause)) throw error;
      if (port === PAGE_PORT + PORTS_TRIED - 1) throw error;
    }
  }
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

interface Site {
  readonly files: PageFiles;
  readonly headers: Readonly<Record<string, string>>;
  readonly hosts: ReadonlySet<string>;
  readonly network: Uint8Array;
  readonly picture: (() => Promise<NetworkPicture>) | undefined;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  site: Site,
): Promise<void> {
  const reply = (code: number, body: Uint8Array | string, more: Record<string, string>): void => {
    const bytes = Buffer.from(body);
    response.writeHead(code, { ...site.headers, 'content-length': bytes.length, ...more });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  };
  const refuse = (code: number, why: string, more: Record<string, string> = {}): void =>
    reply(code, `${why}\n`, { 'content-type': TEXT, 'cache-control': 'no-store', ...more });

  if (!asksThisMachine(request) && !site.hosts.has(request.headers.host ?? '')) {
    refuse(421, 'ask as 127.0.0.1');
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuse(405, 'GET only', { allow: 'GET, HEAD' });
    return;
  }
  // Nothing here reads a query, and none of the page's own names needs decoding.
  const [path = '/'] = (request.url ?? '/').split('?', 1);
  if (path === '/network.json') {
    reply(200, site.network, { 'content-type': JSON_TYPE, 'cache-control': 'no-store' });
    return;
  }
  if (path === '/picture.json') {
    if (site.picture === undefined) {
      refuse(404, 'no picture: this network is not a local one');
      return;
    }
    const picture = JSON.stringify(await site.picture());
    reply(200, `${picture}\n`, { 'content-type': JSON_TYPE, 'cache-control': 'no-store' });
    return;
  }
  const file = site.files.get(path);
  if (file !== undefined) {
    const fresh = request.headers['if-none-match'] === file.etag;
    if (fresh) response.writeHead(304, { ...site.headers, ...fileHeaders(file) }).end();
    else reply(200, file.bytes, fileHeaders(file));
    return;
  }
  refuse(404, 'no such file');
}

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

/** A fixed name is asked for again each time, which costs one short answer when nothing changed. */
const fileHeaders = ({ type, etag, immutable }: PageFile): Record<string, string> => ({
  'content-type': type,
  etag,
  'cache-control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
});
