import { connect, type Socket } from 'node:net';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import type { Transport } from '@sotto/transport';
import { COMPLIANCE_SIZES } from '@sotto/transport/compliance';
import { nodeTransport, type NodeTransportOptions } from '@sotto/transport-libp2p/node';
import { err } from '@sotto/wire';
import { createLibp2p } from 'libp2p';
import { expect, onTestFinished, test, vi } from 'vitest';

const PATIENCE = { timeout: 20_000, interval: 5 };
const TCP = '/ip4/127.0.0.1/tcp/0';

async function started(options: Partial<NodeTransportOptions>): Promise<Transport> {
  const transport = await nodeTransport({
    seed: new Uint8Array(32).fill(1),
    sizes: COMPLIANCE_SIZES,
    localNetwork: true,
    // Longer than the test waits: where it is not set, it is not the time that ends anything.
    handshakeMillis: 600_000,
    ...options,
  });
  onTestFinished(() => transport.stop());
  await transport.start({
    acceptLink: () => err({ code: 'no' }),
    snapshot: () => undefined,
  });
  return transport;
}

/** A raw socket to a transport. */
async function raw(transport: Transport): Promise<Socket> {
  const port = Number(/\/tcp\/(\d+)/u.exec(transport.addresses()[0] ?? '')?.[1]);
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  socket.resume();
  await new Promise<void>((resolve) => {
    socket.once('connect', () => resolve());
    socket.once('close', () => resolve());
  });
  return socket;
}

const counted = (transport: Transport, counters: Record<string, number>): Promise<void> =>
  vi.waitFor(() => expect(transport.counters()).toEqual(counters), PATIENCE);

test('a socket that says nothing to a WebSocket listener is ended and counted as silent', async () => {
  const transport = await started({ listen: [`${TCP}/ws`], handshakeMillis: 50 });
  await raw(transport);
  await counted(transport, { 'connection-silent': 1 });
});

test('a socket beyond those that a WebSocket listener has at once is refused and counted', async () => {
  const bounds = { maxConnections: 1, maxPendingConnections: 1 };
  const transport = await started({ listen: [`${TCP}/ws`], ...bounds });
  await raw(transport);
  await raw(transport);
  expect(transport.counters()).toEqual({});
  await raw(transport);
  await counted(transport, { 'connection-refused:socket-limit': 1 });
});

test('a connection without a handshake is counted by the name of its error', async () => {
  const transport = await started({ listen: [TCP] });
  const socket = await raw(transport);
  socket.write(new Uint8Array(1000).fill(0xff));
  await counted(transport, { 'connection-refused:encryption-failed': 1 });
});

test('who proves a key that is not Ed25519 is refused and counted', async () => {
  const transport = await started({ listen: [TCP] });
  const stranger = await createLibp2p({
    privateKey: await generateKeyPair('secp256k1'),
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  });
  onTestFinished(() => stranger.stop());
  await stranger.dial(multiaddr(transport.addresses()[0])).catch(() => undefined);
  // One reason: libp2p tells of the same refusal by a name of its own.
  await counted(transport, { 'identity-unsupported': 1 });
});
