import { connect, type Socket } from 'node:net';
import { ok } from '@sotto/wire';
import type { Transport } from '@sotto/transport';
import { COMPLIANCE_SIZES } from '@sotto/transport/compliance';
import { nodeTransport } from '@sotto/transport-libp2p/node';
import { afterEach, describe, expect, test, vi } from 'vitest';

/** Short, that the tests need not wait; long enough for an honest handshake on a busy machine. */
const HANDSHAKE_MILLIS = 2000;
const PATIENCE = { timeout: 20_000, interval: 5 };

const running: Transport[] = [];
const sockets: Socket[] = [];
let nextSeed = 1;

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((transport) => transport.stop()));
});

async function started(
  listen: readonly string[],
  onFrame?: () => void,
  handshakeMillis = HANDSHAKE_MILLIS,
): Promise<Transport> {
  const transport = await nodeTransport({
    seed: new Uint8Array(32).fill(nextSeed++),
    sizes: COMPLIANCE_SIZES,
    listen,
    topics: [],
    localNetwork: true,
    maxPendingConnections: 16,
    handshakeMillis,
  });
  running.push(transport);
  await transport.start({
    acceptLink: () => ok((link) => link.onFrames(() => onFrame?.())),
    snapshot: () => undefined,
  });
  return transport;
}

const portOf = (transport: Transport): number =>
  Number(/\/tcp\/(\d+)/.exec(transport.addresses()[0] ?? '')?.[1]);

/** A raw socket to a transport; how it ends is no matter, only that it does. */
async function raw(transport: Transport): Promise<Socket> {
  const socket = connect(portOf(transport), '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.resume();
  // A listener that is over its limit may reset before we hear of the connection.
  await new Promise<void>((resolve) => {
    socket.once('connect', () => resolve());
    socket.once('close', () => resolve());
  });
  return socket;
}

const ended = (socket: Socket, what: string): Promise<void> =>
  vi.waitFor(() => expect(socket.destroyed || socket.readableEnded, what).toBe(true), PATIENCE);

const refusals = (transport: Transport): number =>
  Object.entries(transport.counters())
    .filter(([name]) => name.startsWith('connection-'))
    .reduce((sum, [, count]) => sum + count, 0);

const upgrade =
  'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

const garbage = (length: number): Uint8Array => {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 197 + (i >>> 7) * 31) & 255;
  return bytes;
};

/** A WebSocket message's header announcing `length` masked bytes. */
const messageHeader = (length: number): Uint8Array => {
  const bytes = new Uint8Array(14);
  bytes[0] = 0x82;
  bytes[1] = 0xff;
  new DataView(bytes.buffer).setBigUint64(2, BigInt(length));
  return bytes;
};

// A length that never ends took the event loop 1.4 s for 256 KiB, before anybody had said who they are;
// each `ls` is answered, whether the answers are read or not.
test.each([
  ['a length without an end', new Uint8Array(256 * 1024).fill(0x80)],
  ['questions without an end', Buffer.from(`\x13/multistream/1.0.0\n${'\x03ls\n'.repeat(1000)}`)],
])(
  'a negotiation with %s is not waited for',
  async (what, bytes) => {
    // Longer than the test waits: what ends it is not the time.
    const transport = await started(['/ip4/127.0.0.1/tcp/0'], undefined, 600_000);
    const socket = await raw(transport);
    socket.write(bytes);
    await ended(socket, what);
  },
  60_000,
);

const listeners: readonly [name: string, listen: string][] = [
  ['TCP', '/ip4/127.0.0.1/tcp/0'],
  ['WebSocket', '/ip4/127.0.0.1/tcp/0/ws'],
];

describe.each(listeners)('raw sockets at a %s listener', (name, listen) => {
  const frames = { count: 0 };
  const victim = (): Promise<Transport> => {
    frames.count = 0;
    return started([listen], () => frames.count++);
  };

  /** An honest peer still gets a frame through. */
  const serves = async (transport: Transport): Promise<void> => {
    const honest = await started([]);
    const link = await honest.openLink({
      kind: 'mix',
      peer: { identityKey: transport.identityKey, addresses: transport.addresses() },
      preface: new Uint8Array(COMPLIANCE_SIZES.prefaceBytes),
    });
    const before = frames.count;
    link.send(new Uint8Array(COMPLIANCE_SIZES.frameBytes));
    await vi.waitFor(() => expect(frames.count).toBeGreaterThan(before), PATIENCE);
  };

  const openings: readonly [what: string, bytes: Uint8Array][] = [
    ['nothing', new Uint8Array(0)],
    ['one byte of a letter', Uint8Array.of(71)],
    ['garbage', garbage(100_000)],
    ['a cut-off request', Buffer.from(upgrade.slice(0, 40))],
    ['a cut-off negotiation', Buffer.from('\x13/multistream/1.0.0\n\x07/tls')],
    ['a negotiation with an endless length', Uint8Array.from({ length: 4096 }, () => 0xff)],
    ['a request without an end', Buffer.from(`GET / HTTP/1.1\r\nX: ${'a'.repeat(1_000_000)}`)],
    ['an upgrade and nothing', Buffer.from(upgrade)],
    ['an upgrade and garbage', Buffer.concat([Buffer.from(upgrade), garbage(5000)])],
    [
      'an upgrade and a message of 90 MiB',
      Buffer.concat([Buffer.from(upgrade), messageHeader(90 * 1024 * 1024), garbage(100_000)]),
    ],
  ];

  test('whatever opens a connection and is held open is ended in time, and the node serves on', async () => {
    const transport = await victim();
    await Promise.all(
      openings.map(async ([what, bytes]) => {
        const socket = await raw(transport);
        socket.write(bytes);
        await ended(socket, what);
      }),
    );
    await serves(transport);
  }, 60_000);

  test('refused openings are counted', async () => {
    const transport = await victim();
    expect(refusals(transport)).toBe(0);
    for (const bytes of [garbage(1000), Buffer.from('\x13/multistream/1.0.0\n\x04/no\n')]) {
      const before = refusals(transport);
      const socket = await raw(transport);
      // A first byte in the range of letters makes the WebSocket listener read an HTTP request.
      socket.write(name === 'TCP' ? bytes : Buffer.from(upgrade));
      await vi.waitFor(() => expect(refusals(transport)).toBeGreaterThan(before), PATIENCE);
    }
  }, 60_000);

  test('openings that are cut by a reset leave nothing behind', async () => {
    const transport = await victim();
    for (const [, bytes] of openings) {
      const socket = await raw(transport);
      socket.write(bytes);
      socket.resetAndDestroy();
    }
    await serves(transport);
  }, 60_000);

  test('many half-open connections are ended, and memory stays bounded', async () => {
    const transport = await victim();
    const before = process.memoryUsage().rss;
    const crowd: Socket[] = [];
    for (let i = 0; i < 200; i++) crowd.push(await raw(transport));
    await Promise.all(crowd.map((socket) => ended(socket, 'one of many')));
    await serves(transport);
    // 200 sockets with their bookkeeping; a leak of unbounded reading would be hundreds of MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
    expect(refusals(transport)).toBeGreaterThan(0);
  }, 60_000);

  test('stop does not wait for silent sockets', async () => {
    const transport = await victim();
    const silent = await Promise.all([raw(transport), raw(transport)]);
    const begun = performance.now();
    await transport.stop();
    // The handshake's time limit alone would end them in HANDSHAKE_MILLIS; without it, never.
    expect(performance.now() - begun).toBeLessThan(20_000);
    await Promise.all(silent.map((socket) => ended(socket, 'a silent one')));
  }, 60_000);
});
