import { connect } from 'node:net';
import { networkId } from '@sotto/directory';
import { systemRng } from '@sotto/driver';
import { FRAME_BYTES, PREFACE_BYTES } from '@sotto/link';
import { type LocalNetwork, type NodeStatus, parsePeerAddress } from '@sotto/node';
import { open } from '@sotto/sodium/native';
import type { PeerTarget } from '@sotto/transport';
import { randomBytes } from '@sotto/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { example1, example2 } from '../../../../tests/examples/gen/node.gen.ts';
import { askStatus } from '../src/status-client.ts';
import { serveStatus } from '../src/status-server.ts';
import { freshFolder, until } from './command-line.ts';
import { Stranger, unknownNode } from './stranger.ts';

const NODES = 9;
let network: LocalNetwork;
const deaths: string[] = [];

beforeAll(async () => {
  // Cover enough to see, and little enough for one process beside other tests.
  ({ network } = await example1({ console: { log: (...how) => deaths.push(how.join(' ')) } }));
});
afterAll(() => network.stop());

async function status(i: number): Promise<NodeStatus> {
  const found = await network.status(i);
  if (found === undefined) throw new Error(`node ${i} does not answer`);
  return found;
}

const all = (): Promise<NodeStatus[]> =>
  Promise.all(Array.from({ length: NODES }, (_, i) => status(i)));

function target(i: number): PeerTarget {
  const peer = parsePeerAddress(network.bootstrap[i] ?? '');
  if (!peer.ok) throw new Error(peer.error.expected);
  return peer.value;
}

/** Loops come back to every node after this call as before it. */
async function expectGoesOn(): Promise<void> {
  const before = await all();
  await until(async () => {
    for (const [i, now] of (await all()).entries()) {
      expect(now.relay.loops.returned).toBeGreaterThan(before[i]?.relay.loops.returned ?? 0);
    }
  });
  expect(deaths).toEqual([]);
}

test('every node knows all, layers are equal, loops return, pools fill', async () => {
  const statuses = await all();
  const layers = statuses.map(({ relay }) => relay.layer).sort((a, b) => a - b);
  expect(layers).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
  for (const { relay } of statuses) expect(relay.nodes).toBe(NODES);
  await until(async () => {
    for (const { relay } of await all()) {
      const { sender, recipient } = relay.pool.strata.fast;
      expect(relay.loops.returned).toBeGreaterThan(5);
      expect(sender.meanHeld).toBeGreaterThan(0);
      expect(recipient.meanHeld).toBeGreaterThan(0);
      expect(sender.meanHeldMicros).toBeGreaterThan(25_000);
    }
  });
  for (const { relay } of await all()) expect(relay.loops.garbled).toBe(0);
});

test('status over HTTP: health, figures, metrics; nobody else’s page may read it', async () => {
  const shown = await status(0);
  const server = await serveStatus(freshFolder(), 0, () => shown, 120_000);
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}${path}`, init);
  expect(await (await ask('/health')).json()).toEqual({ ok: true });
  expect(await askStatus(server)).toEqual(shown);
  const metrics = await (await ask('/metrics')).text();
  expect(metrics).toContain(`sotto_loops_total{outcome="returned"} ${shown.relay.loops.returned}`);
  expect(metrics).toContain('sotto_pool_packets{class="fast",half="sender"}');
  expect((await ask('/')).status).toBe(404);
  expect((await ask('/status', { method: 'POST' })).status).toBe(405);
  const rebound = await new Promise<string>((done) => {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('data', (bytes) => done(String(bytes)));
    socket.write('GET /status HTTP/1.1\r\nHost: evil.example:80\r\n\r\n');
  });
  expect(rebound).toMatch(/^HTTP\/1.1 421 /u);
  await server.close();
  expect(await askStatus(server)).toBeUndefined();
});

/** Inbound connections that a node refused before any stream was there. */
async function refusedConnections(i: number): Promise<number> {
  return Object.entries((await status(i)).transport)
    .filter(([reason]) => reason.startsWith('connection-'))
    .reduce((sum, [, count]) => sum + count, 0);
}

/** Sends bytes to a port and waits for the end. */
function throwAt(port: number, bytes: Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  // Whether it is closed or reset says nothing more.
  socket.on('error', () => undefined);
  socket.on('close', () => resolve());
  socket.write(bytes);
  return promise;
}

/** Opens a WebSocket, sends bytes, waits for its end. */
function throwAtWebSocket(port: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  socket.addEventListener('open', () => socket.send(bytes));
  socket.addEventListener('close', () => resolve());
  return promise;
}

test('garbage on every listening port is refused and counted, and the network goes on', async () => {
  const garbage = new Uint8Array(4096);
  crypto.getRandomValues(garbage);
  for (const [i, { addresses }] of (await all()).entries()) {
    const ports = addresses.map((address) => Number(/\/tcp\/(\d+)/u.exec(address)?.[1]));
    const [tcp = 0, ws = 0] = ports;
    expect(addresses[1]).toContain('/ws/');
    const before = await refusedConnections(i);
    await throwAt(tcp, garbage);
    await until(async () => expect(await refusedConnections(i)).toBe(before + 1));
    // Not an HTTP request: its server hangs up.
    await throwAt(ws, garbage);
    await throwAtWebSocket(ws, garbage);
    await until(async () => expect(await refusedConnections(i)).toBe(before + 2));
  }
  await expectGoesOn();
});

test('frames of a stranger: forged, truncated, replayed, of another network; each has its count', async () => {
  const stranger = await Stranger.open(network.parameters);
  const peer = target(0);
  const nodes = await stranger.nodes(peer);
  expect(nodes).toHaveLength(NODES);
  const entry = nodes.find(({ identityKey }) =>
    identityKey.every((b, k) => b === peer.identityKey[k]),
  );
  if (entry === undefined) throw new Error('the node does not list itself');
  const drops = async (reason: string): Promise<number> =>
    (await status(0)).relay.drops[reason] ?? 0;
  const refusals = async (reason: string): Promise<number> =>
    (await status(0)).transport[reason] ?? 0;

  const link = await stranger.link('client', peer);
  const expectDrop = async (reason: string, frame: Uint8Array): Promise<void> => {
    const before = await drops(reason);
    expect(link.send(frame)).toBe('sent');
    await until(async () => expect(await drops(reason)).toBe(before + 1));
  };
  const good = stranger.packet([entry, unknownNode()], { kind: 'drop' });
  const changed = (at: number, value: number): Uint8Array => {
    const frame = good.slice();
    frame[at] = value;
    return frame;
  };
  await expectDrop('packet-version', changed(0, 0x10));
  await expectDrop('epoch', changed(1, ((good[1] ?? 0) + 100) % 256));
  await expectDrop('mac', changed(700, (good[700] ?? 0) ^ 1));
  // The packet itself passes once, and goes to a node that nobody knows; a second time it is a replay.
  await expectDrop('link-down', good.slice());
  await expectDrop('replay', good.slice());
  const fresh = stranger.packet([entry, unknownNode()], { kind: 'drop' });
  await expectDrop('link-down', fresh);

  const other = randomBytes(systemRng(), 16);
  const suite = await open();
  expect(other).not.toEqual(networkId(suite, network.parameters));
  const prefaces = [
    ['link-network', 'client', stranger.preface('client', other)],
    ['preface', 'client', new Uint8Array(PREFACE_BYTES).fill(0xff)],
    ['link-kind', 'client', stranger.preface('mix')],
    ['link-stranger', 'mix', stranger.preface('mix')],
  ] as const;
  for (const [code, kind, preface] of prefaces) {
    const name = `preface-refused:${code}`;
    const before = await refusals(name);
    const refused = await stranger.link(kind, peer, preface);
    const ended = Promise.withResolvers<string>();
    refused.onClose(ended.resolve);
    expect(await ended.promise).toBe('reset');
    expect(await refusals(name)).toBe(before + 1);
  }

  // Somebody whose frames are a byte longer: after the first, all are misread, the last is cut.
  const long = await Stranger.open(network.parameters, {
    frameBytes: FRAME_BYTES + 1,
    prefaceBytes: PREFACE_BYTES,
  });
  const cut = await refusals('truncated-frame');
  const longer = await long.link('client', peer);
  longer.send(new Uint8Array(FRAME_BYTES + 1));
  longer.close();
  await until(async () => expect(await refusals('truncated-frame')).toBe(cut + 1));
  // And one whose preface never becomes whole.
  const short = await Stranger.open(network.parameters, { frameBytes: 1, prefaceBytes: 10 });
  const truncated = await refusals('preface-truncated');
  const half = await short.link('client', peer, new Uint8Array(10));
  half.close();
  await until(async () => expect(await refusals('preface-truncated')).toBe(truncated + 1));
  await expectGoesOn();
});

/** Frames of a flood: above what the rate lets through even where a slow machine takes half a minute. */
const FLOOD = 400;
/** Of Spec 10 §3.3, at once and a second. */
const CLIENT_BURST = 60;
const CLIENT_RATE = 10;

test('a client that floods is held to its rate, and a client that leaves is forgotten', async () => {
  const stranger = await Stranger.open(network.parameters);
  const peer = target(1);
  const clients = async (): Promise<number> => (await status(1)).relay.clients;
  const before = await clients();
  const { drops } = (await status(1)).relay;
  const since = async (reason: string): Promise<number> =>
    ((await status(1)).relay.drops[reason] ?? 0) - (drops[reason] ?? 0);
  const from = performance.now();
  const link = await stranger.link('client', peer);
  // As many as the link takes, again and again.
  let sent = 0;
  await until(async () => {
    while (sent < FLOOD && link.send(new Uint8Array(FRAME_BYTES)) === 'sent') sent++;
    // Each is peeled, and found to be no packet, or is above the rate.
    expect((await since('packet-version')) + (await since('client-rate'))).toBe(FLOOD);
  });
  const seconds = (performance.now() - from) / 1000;
  expect(await since('packet-version')).toBeLessThanOrEqual(CLIENT_BURST + CLIENT_RATE * seconds);
  expect(await clients()).toBe(before + 1);
  link.close();
  await until(async () => expect(await clients()).toBe(before));
  await expectGoesOn();
});

test('the example of the package’s page', async () => {
  const printed: unknown[] = [];
  await example2({ network, console: { log: (...values) => printed.push(...values) } });
  expect(printed).toEqual([network.networkFile, NODES]);
  expect(deaths).toEqual([]);
});
