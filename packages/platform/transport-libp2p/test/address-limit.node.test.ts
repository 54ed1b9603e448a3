import { connect, type Socket } from 'node:net';
import type { MultiaddrConnection } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { COMPLIANCE_SIZES } from '@sotto/transport/compliance';
import { AddressLimit } from '@sotto/transport-libp2p';
import { nodeTransport } from '@sotto/transport-libp2p/node';
import { err } from '@sotto/wire';
import { expect, test, vi } from 'vitest';

const PATIENCE = { timeout: 20_000, interval: 5 };

interface Fake extends MultiaddrConnection {
  over(): void;
}

function from(address: string): Fake {
  const target = new EventTarget();
  return Object.assign(target, {
    status: 'open',
    remoteAddr: multiaddr(address),
    over: () => void target.dispatchEvent(new Event('close')),
  }) as unknown as Fake;
}

test('an address has so many connections, and gets a place again for each that ends', () => {
  const limit = new AddressLimit(2);
  const first = from('/ip4/192.0.2.1/tcp/1');
  expect(limit.admits(first)).toBe(true);
  expect(limit.admits(from('/ip4/192.0.2.1/tcp/2'))).toBe(true);
  expect(limit.admits(from('/ip4/192.0.2.1/tcp/3'))).toBe(false);
  expect(limit.admits(from('/ip4/192.0.2.2/tcp/3'))).toBe(true);
  first.over();
  expect(limit.admits(from('/ip4/192.0.2.1/tcp/4/ws'))).toBe(true);
  expect(limit.admits(from('/ip4/192.0.2.1/tcp/5'))).toBe(false);
});

test('addresses of one IPv6 network are one', () => {
  const one = ['/ip6/2001:db8:1:2:3:4:5:6/tcp/1', '/ip6/2001:db8:1:2::9/tcp/1'];
  const others = ['/ip6/2001:db8:1:3::9/tcp/1', '/ip6/2001:db8::1/tcp/1', '/ip6/::1/tcp/1'];
  const limit = new AddressLimit(1);
  expect([...one, ...others].map((address) => limit.admits(from(address)))).toEqual([
    true,
    false,
    true,
    true,
    true,
  ]);
});

test('one machine holds no more than its part of a node, whoever it says it is', async () => {
  const transport = await nodeTransport({
    seed: new Uint8Array(32).fill(1),
    sizes: COMPLIANCE_SIZES,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    maxConnectionsPerAddress: 2,
    handshakeMillis: 600_000,
  });
  await transport.start({ acceptLink: () => err({ code: 'none' }), snapshot: () => undefined });
  const port = Number(/\/tcp\/(\d+)/u.exec(transport.addresses()[0] ?? '')?.[1]);
  const sockets: Socket[] = [];
  const open = (): Socket => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket.resume());
    return socket;
  };
  try {
    for (let i = 0; i < 3; i++) open();
    await vi.waitFor(() => expect(sockets.filter(({ closed }) => closed).length).toBe(1), PATIENCE);
    expect(transport.counters()['connection-address-limit']).toBe(1);
    sockets.find(({ closed }) => !closed)?.destroy();
    // Somebody is answered again as soon as the node has heard of it.
    await vi.waitFor(() => answered(open()), PATIENCE);
    const reasons = Object.keys(transport.counters()).filter((name) =>
      name.includes('intercepted'),
    );
    expect(reasons).toEqual([]);
  } finally {
    for (const socket of sockets) socket.destroy();
    await transport.stop();
  }
}, 60_000);

const answered = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('data', () => resolve());
    socket.once('close', () => reject(new Error('refused')));
    socket.write('\x13/multistream/1.0.0\n');
  });
