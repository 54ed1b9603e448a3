import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import type { Connection, MessageStream, Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { endOfTurn, LINK_PROTOCOLS, type Transport } from '@sotto/transport';
import { COMPLIANCE_SIZES } from '@sotto/transport/compliance';
import { nodeTransport, type NodeTransportOptions } from '@sotto/transport-libp2p/node';
import { concat, ok } from '@sotto/wire';
import { createLibp2p, type Libp2p } from 'libp2p';
import { afterEach, expect, test, vi } from 'vitest';

const PATIENCE = { timeout: 30_000, interval: 5 };

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** A node, and why its inbound links have ended. */
async function victim(
  options: Partial<NodeTransportOptions> = {},
): Promise<{ transport: Transport; reasons: string[]; frames: number[] }> {
  const reasons: string[] = [];
  const frames: number[] = [];
  const transport = await nodeTransport({
    seed: new Uint8Array(32).fill(1),
    sizes: COMPLIANCE_SIZES,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    topics: [],
    localNetwork: true,
    ...options,
  });
  stops.push(() => transport.stop());
  await transport.start({
    acceptLink: () =>
      ok((link) => {
        link.onFrames((batch) => void frames.push(batch.length));
        link.onClose((reason) => void reasons.push(reason));
      }),
    snapshot: () => undefined,
  });
  return { transport, reasons, frames };
}

/** A stranger with libp2p in his hands: a connection, and the bytes under its multiplexer. */
async function stranger(
  transport: Transport,
): Promise<{ node: Libp2p; connection: Connection; under: MessageStream }> {
  const node = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  });
  stops.push(async () => node.stop());
  const connection = await node.dial(multiaddr(transport.addresses()[0]));
  const muxer = Reflect.get(connection, 'muxer') as { maConn: MessageStream };
  return { node, connection, under: muxer.maConn };
}

const muxHeader = (type: number, flags: number, stream: number, length: number): Uint8Array => {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint8(1, type);
  view.setUint16(2, flags);
  view.setUint32(4, stream);
  view.setUint32(8, length);
  return bytes;
};

async function openLink(connection: Connection): Promise<Stream> {
  const stream = await connection.newStream(LINK_PROTOCOLS.mix);
  stream.send(new Uint8Array(COMPLIANCE_SIZES.prefaceBytes + COMPLIANCE_SIZES.frameBytes));
  return stream;
}

test('after each read of a connection a long turn may be cut', async () => {
  const { transport } = await victim();
  const { under } = await stranger(transport);
  const reads = vi.spyOn(endOfTurn, 'hasten');
  try {
    // A ping, which no stream and no link ever hears of.
    under.send(muxHeader(2, 1, 0, 7));
    await vi.waitFor(() => expect(reads).toHaveBeenCalled(), PATIENCE);
  } finally {
    reads.mockRestore();
  }
}, 60_000);

test('a multiplexer frame of 4 GiB ends the connection at its header', async () => {
  const { transport } = await victim();
  const { connection, under } = await stranger(transport);
  under.send(muxHeader(0, 0, 1, 0xffffffff));
  await vi.waitFor(() => expect(transport.counters()['mux-frame-oversized']).toBe(1), PATIENCE);
  await vi.waitFor(() => expect(connection.status).not.toBe('open'), PATIENCE);
}, 60_000);

test('more streams than allowed are reset, and the first ones live', async () => {
  const { transport, frames, reasons } = await victim();
  const { connection, under } = await stranger(transport);
  await openLink(connection);
  await vi.waitFor(() => expect(frames.length).toBe(1), PATIENCE);
  for (let id = 1001; id < 3001; id += 2) under.send(muxHeader(1, 1, id, 0));
  const link = connection.streams.find(({ protocol }) => protocol === LINK_PROTOCOLS.mix);
  link?.send(new Uint8Array(COMPLIANCE_SIZES.frameBytes));
  await vi.waitFor(() => expect(frames.length).toBe(2), PATIENCE);
  expect(reasons).toEqual([]);
}, 60_000);

test('credit goes back when half a window is used, and a link outlives its first window', async () => {
  const { transport, frames } = await victim();
  const { connection, under } = await stranger(transport);
  /** Credit of each window update that came for the link, bytes. */
  const updates: number[] = [];
  under.addEventListener('message', ({ data }) => {
    for (const chunk of data instanceof Uint8Array ? [data] : data) {
      // Updates come alone, or one after the other; nothing else begins with version 0, type 1, no flag.
      for (let at = 0; at + 12 <= chunk.length; at += 12) {
        const view = new DataView(chunk.buffer, chunk.byteOffset + at, 12);
        if (view.getUint32(0) === 0x00010000) updates.push(view.getUint32(8));
      }
    }
  });
  const link = await openLink(connection);
  const count = Math.ceil((1024 * 1024) / COMPLIANCE_SIZES.frameBytes);
  for (let i = 0; i < count; i++) link.send(new Uint8Array(COMPLIANCE_SIZES.frameBytes));
  const received = (): number => frames.reduce((sum, n) => sum + n, 0);
  await vi.waitFor(() => expect(received()).toBe(count + 1), PATIENCE);
  expect(Math.min(...updates)).toBeGreaterThanOrEqual(128 * 1024);
  expect(updates.length).toBeLessThanOrEqual(8);
  expect(updates.length).toBeGreaterThanOrEqual(1);
}, 60_000);

test('a stream whose negotiation has a length without an end is reset, and none of it is read on', async () => {
  // Longer than this test waits: only who looks at the length ends it.
  const { transport, frames } = await victim({ handshakeMillis: 600_000 });
  const { connection, under } = await stranger(transport);
  await openLink(connection);
  await vi.waitFor(() => expect(frames.length).toBe(1), PATIENCE);
  const resets: number[] = [];
  under.addEventListener('message', ({ data }) => {
    const bytes = data.subarray();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (bytes.length >= 12 && (view.getUint16(2) & 8) !== 0) resets.push(view.getUint32(4));
  });
  under.send(muxHeader(1, 1, 1001, 0));
  under.send(concat(muxHeader(0, 0, 1001, 64), new Uint8Array(64).fill(0x80)));
  await vi.waitFor(() => expect(resets).toContain(1001), PATIENCE);
}, 60_000);

test('a connection that breaks ends its link exactly once', async () => {
  const { transport, frames, reasons } = await victim();
  const { connection } = await stranger(transport);
  await openLink(connection);
  await vi.waitFor(() => expect(frames.length).toBe(1), PATIENCE);
  connection.abort(new Error('gone'));
  await vi.waitFor(() => expect(reasons.length).toBe(1), PATIENCE);
  const next = await stranger(transport);
  await openLink(next.connection);
  await vi.waitFor(() => expect(frames.length).toBe(2), PATIENCE);
  expect(reasons).toEqual(['reset']);
}, 60_000);

test('a peer that asks and never reads is cut off', async () => {
  const { transport } = await victim();
  const { connection, under } = await stranger(transport);
  const socket = Reflect.get(Reflect.get(connection, 'maConn') as object, 'socket') as {
    pause(): void;
  };
  socket.pause();
  const pings = new Uint8Array(12 * 5000);
  for (let at = 0; at < pings.length; at += 12) pings.set(muxHeader(2, 1, 0, at), at);
  // What the kernel's buffers swallow comes first, some 10 MB; the answers are as long as the questions.
  while (transport.counters()['connection-unread'] === undefined && under.status === 'open') {
    if (under.writeBufferLength < 1_000_000) under.send(pings);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await vi.waitFor(() => expect(transport.counters()['connection-unread']).toBe(1), PATIENCE);
}, 120_000);

test('a connection on which nothing is opened is closed after a while, one with a link is not', async () => {
  const { transport, frames, reasons } = await victim({ idleMillis: 300 });
  const busy = await stranger(transport);
  const idle = await stranger(transport);
  const stream = await openLink(busy.connection);
  await vi.waitFor(() => expect(idle.connection.status).not.toBe('open'), PATIENCE);
  await vi.waitFor(() => expect(transport.counters()['connection-idle']).toBe(1), PATIENCE);
  stream.send(new Uint8Array(COMPLIANCE_SIZES.frameBytes));
  await vi.waitFor(() => expect(frames.length).toBe(2), PATIENCE);
  expect(reasons).toEqual([]);
}, 60_000);
