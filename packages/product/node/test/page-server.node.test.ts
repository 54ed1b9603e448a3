import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { expect, onTestFinished, test } from 'vitest';
import type { NetworkPicture } from '../src/network-picture.ts';
import { webSocketOrigin } from '../src/page-policy.ts';
import { type PageServer, type PageServerOptions, servePage } from '../src/page-server.ts';
import { freshFolder } from './command-line.ts';

const SECRET = 'not of the page';
const WASM = Uint8Array.of(0, 0x61, 0x73, 0x6d);
const picture: NetworkPicture = {
  at: 1,
  epoch: { index: 1, start: 0, end: 2 },
  directory: { step: 1, nodes: 0, agreeing: 0 },
  means: { fastMillis: 250, slowMillis: 2000 },
  poolTarget: 12,
  nodes: [],
};

/** A built page of four files, with a secret beside its folder. */
function builtPage(): string {
  const outside = freshFolder();
  writeFileSync(join(outside, 'secret.html'), SECRET);
  const folder = join(outside, 'dist');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Sotto</title>');
  writeFileSync(join(folder, 'assets/main-Ab3_d9Zx.js'), 'export {};');
  writeFileSync(join(folder, 'assets/sodium-0123abcd.wasm'), WASM);
  writeFileSync(join(folder, 'assets/main-Ab3_d9Zx.js.map'), SECRET);
  return folder;
}

async function serve(more: Partial<PageServerOptions> = {}): Promise<PageServer> {
  const server = await servePage({
    folder: builtPage(),
    port: 0,
    network: { parameters: DEFAULT_PARAMETERS, bootstrap: ['/ip4/127.0.0.1/tcp/9/ws/p2p/x'] },
    connections: { only: ['ws://127.0.0.1:9', 'ws://127.0.0.1:10', 'ws://127.0.0.1:9'] },
    picture: () => Promise.resolve(picture),
    ...more,
  });
  onTestFinished(() => server.close());
  return server;
}

/** Sends bytes as they are, which `fetch` would put right first; resolves with all that comes back. */
function raw(server: PageServer, request: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = '';
  const socket = connect(server.port, '127.0.0.1');
  socket.setEncoding('utf8').on('data', (part: string) => void (answer += part));
  // Whether it is closed or reset says nothing more.
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(answer));
  socket.write(request);
  return promise;
}

const statusOf = async (server: PageServer, head: string): Promise<number> =>
  Number(/^HTTP\/1\.1 (\d+)/u.exec(await raw(server, head))?.[1]);

const get = (path: string, host = '127.0.0.1', more = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`;

test('files with their types, kept by tag or for ever; JSON of the network and its picture', async () => {
  const server = await serve();
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${server.url}${path}`, init);
  const index = await ask('');
  expect(await index.text()).toContain('<title>Sotto</title>');
  expect(index.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(index.headers.get('cache-control')).toBe('no-cache');
  const etag = index.headers.get('etag') ?? '';
  const again = await ask('index.html', { headers: { 'if-none-match': etag } });
  expect([again.status, await again.text()]).toEqual([304, '']);
  const changed = await ask('', { headers: { 'if-none-match': '"other"' } });
  expect(changed.status).toBe(200);

  const wasm = await ask('assets/sodium-0123abcd.wasm?v=1');
  expect(new Uint8Array(await wasm.arrayBuffer())).toEqual(WASM);
  expect(wasm.headers.get('content-type')).toBe('application/wasm');
  expect(wasm.headers.get('cache-control')).toContain('immutable');
  const head = await ask('assets/main-Ab3_d9Zx.js', { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
    200,
    '10',
    '',
  ]);
  expect((await ask('assets/main-Ab3_d9Zx.js.map')).status).toBe(404);

  expect(await (await ask('network.json')).json()).toEqual({
    parameters: DEFAULT_PARAMETERS,
    bootstrap: ['/ip4/127.0.0.1/tcp/9/ws/p2p/x'],
  });
  const shown = await ask('picture.json');
  expect(await shown.json()).toEqual(picture);
  expect(shown.headers.get('cache-control')).toBe('no-store');
});

test('the policy: own files only, exactly the nodes by WebSocket, on every answer', async () => {
  const server = await serve();
  for (const path of ['', 'network.json', 'nothing-here']) {
    const { headers } = await fetch(`${server.url}${path}`);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(policy).toContain("connect-src 'self' ws://127.0.0.1:9 ws://127.0.0.1:10;");
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/u);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
  const open = await serve({ connections: { only: undefined } });
  const { headers } = await fetch(open.url);
  expect(headers.get('content-security-policy')).toContain("connect-src 'self' ws: wss:;");
});

test('no request leaves the folder, whatever it names', async () => {
  const server = await serve();
  const hostile = [
    '/../secret.html',
    '/assets/../../secret.html',
    '/..%2fsecret.html',
    '/%2e%2e/secret.html',
    String.raw`/..\secret.html`,
    '//secret.html',
    '/assets',
    '/assets/',
    '/__proto__',
    '/index.html%00.js',
    'http://127.0.0.1/../secret.html',
    '*',
  ];
  for (const path of hostile) {
    const answer = await raw(server, get(path));
    expect(answer).toMatch(/^HTTP\/1\.1 (?:404|400) /u);
    expect(answer).not.toContain(SECRET);
  }
});

test('other hosts, other methods, endless headers and no HTTP at all are refused, and it goes on', async () => {
  const server = await serve({ hosts: ['chat.example.org'] });
  for (const host of ['evil.example', 'evil.example:80', '127.0.0.1.evil.example', '']) {
    expect(await statusOf(server, get('/network.json', host))).toBe(421);
  }
  for (const host of [`localhost:${server.port}`, '127.0.0.1', 'chat.example.org']) {
    expect(await statusOf(server, get('/', host))).toBe(200);
  }
  expect(await statusOf(server, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toBe(400);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
    const head = `${method} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
    expect(await statusOf(server, head)).toBe(405);
  }
  expect(await statusOf(server, 'CONNECT / HTTP/1.1\r\nHost: localhost\r\n\r\n')).toBeNaN();
  const huge = 'x'.repeat(100_000);
  expect(await statusOf(server, get('/', 'localhost', `X-Huge: ${huge}\r\n`))).toBe(431);
  expect(await statusOf(server, get(`/${huge}`))).toBe(431);
  expect(await statusOf(server, '\u0000\u0001\u0002 no HTTP\r\n\r\n')).toBe(400);
  expect(await statusOf(server, get('/'))).toBe(200);
});

test('without a picture there is none; the next free port is taken, a wanted one never exchanged', async () => {
  const { picture: _, ...rest } = { folder: builtPage(), picture };
  const server = await servePage({
    ...rest,
    network: { parameters: DEFAULT_PARAMETERS, bootstrap: [] },
    connections: { only: [] },
  });
  onTestFinished(() => server.close());
  expect((await fetch(`${server.url}picture.json`)).status).toBe(404);
  const next = await servePage({
    ...rest,
    network: { parameters: DEFAULT_PARAMETERS, bootstrap: [] },
    connections: { only: [] },
  });
  onTestFinished(() => next.close());
  expect(next.port).toBeGreaterThan(server.port);
  await expect(serve({ port: server.port })).rejects.toMatchObject({ exitCode: 3 });
  await expect(serve({ folder: freshFolder() })).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('index.html') as unknown,
  });
});

test.each([
  ['/ip4/127.0.0.1/tcp/9002/ws', 'ws://127.0.0.1:9002'],
  ['/ip6/::1/tcp/9002/ws', 'ws://[::1]:9002'],
  ['/dns/mix.example.org/tcp/443/tls/ws', 'wss://mix.example.org:443'],
  ['/dns4/mix.example.org/tcp/443/wss', 'wss://mix.example.org:443'],
  ['/ip4/127.0.0.1/tcp/9001', undefined],
  ["/dns/x; script-src 'unsafe-inline'/tcp/1/ws", undefined],
])('%s may be connected to as %s', (address, origin) => {
  expect(webSocketOrigin(address)).toBe(origin);
});
