import {
  type ByteStream,
  type Link,
  StreamTransport,
  type Transport,
  withLimits,
} from '@sotto/transport';
import { COMPLIANCE_SIZES, type TransportBench, transportCases } from '@sotto/transport/compliance';
import { MemoryHub } from '@sotto/transport-memory';
import { describe, expect, test } from 'vitest';

const key = (n: number): Uint8Array => new Uint8Array(32).fill(n);

/** A bench on a fresh hub; `warp` may put a fault between the cases and the transport. */
function memoryBench(warp: (transport: Transport) => Transport = (t) => t): TransportBench {
  const hub = new MemoryHub();
  const made: Transport[] = [];
  let next = 1;
  return {
    make: (options = {}) => {
      const transport = hub.transport({
        identityKey: key(next++),
        sizes: COMPLIANCE_SIZES,
        ...options,
      });
      made.push(transport);
      return Promise.resolve(warp(transport));
    },
    stranger: async () => {
      const host = hub.host({ identityKey: key(next++) });
      made.push(new StreamTransport(host, COMPLIANCE_SIZES, withLimits()));
      await host.start([], (_, stream) => stream.abort());
      return (protocol, peer) => host.openStream(protocol, peer, new AbortController().signal);
    },
    dispose: async () => {
      await Promise.all(made.map((transport) => transport.stop()));
    },
  };
}

async function run(name: string, bench: TransportBench): Promise<void> {
  const found = transportCases.find((one) => one.name.includes(name));
  if (found === undefined) throw new Error(`no case named ${name}`);
  try {
    await found.run(bench);
  } finally {
    await bench.dispose();
  }
}

describe('compliance', () => {
  for (const { name } of transportCases) {
    test(name, () => run(name, memoryBench()), 60_000);
  }
});

/** `target` with some members replaced; the rest stays bound to `target`. */
const replaced = <T extends object>(target: T, members: Partial<T>): T =>
  new Proxy(target, {
    get(whole, name) {
      const value: unknown = Reflect.get(name in members ? members : whole, name, whole);
      return typeof value === 'function' && !(name in members) ? value.bind(whole) : value;
    },
  });

const warpLinks =
  (warp: (link: Link) => Link) =>
  (transport: Transport): Transport =>
    replaced(transport, {
      openLink: async (request) => warp(await transport.openLink(request)),
    });

describe('the cases notice a planted fault', () => {
  const faults: readonly [name: string, caught: string, warp: (t: Transport) => Transport][] = [
    [
      'frames in the wrong order',
      'frames flow in order',
      warpLinks((link) =>
        replaced(link, {
          onFrames: (callback) => link.onFrames((frames) => callback(frames.toReversed())),
        }),
      ),
    ],
    [
      'a changed byte',
      'a large burst arrives whole',
      warpLinks((link) =>
        replaced(link, {
          send(frame) {
            const copy = frame.slice();
            copy[1599] = (copy[1599] ?? 0) ^ 1;
            return link.send(copy);
          },
        }),
      ),
    ],
    [
      'an end told twice',
      'both ends hear of the end once',
      warpLinks((link) =>
        replaced(link, {
          onClose: (callback) =>
            link.onClose((reason) => {
              callback(reason);
              callback(reason);
            }),
        }),
      ),
    ],
    [
      'a full buffer that is not counted',
      'a slow reader makes send say full',
      (transport) => replaced(transport, { counters: () => ({}) }),
    ],
    [
      'a wrong frame that is taken',
      'the caller’s bug',
      warpLinks((link) => replaced(link, { send: () => 'sent' })),
    ],
    [
      'rejected gossip that is relayed',
      'goes no further',
      (transport) =>
        replaced(transport, {
          subscribe: (topic, handler) =>
            transport.subscribe(topic, async (bytes, from) => {
              await handler(bytes, from);
              return 'accept' as const;
            }),
        }),
    ],
    [
      'a wrong identity that is not noticed',
      'another identity key is refused',
      (transport) =>
        replaced(transport, {
          openLink: () => Promise.reject(new Error('something else')),
        }),
    ],
    [
      'a snapshot that loses an item',
      'whole and in order',
      (transport) =>
        replaced(transport, {
          requestSnapshot: async (request) => (await transport.requestSnapshot(request)).slice(1),
        }),
    ],
  ];
  for (const [name, caught, warp] of faults) {
    test(name, async () => {
      await expect(run(caught, memoryBench(warp))).rejects.toThrow('transport compliance:');
    });
  }
});

test('the buffered bytes of a memory stream are those that the other end has not read', async () => {
  const hub = new MemoryHub();
  const [near, far] = [hub.host({ identityKey: key(1) }), hub.host({ identityKey: key(2) })];
  const streams: ByteStream[] = [];
  await near.start([], () => undefined);
  await far.start(['/x'], (_, stream) => void streams.push(stream));
  const peer = { identityKey: key(2), addresses: far.addresses() };
  const stream = await near.openStream('/x', peer, new AbortController().signal);
  const bytes = new Uint8Array(100);
  expect(stream.send(bytes)).toBe(true);
  expect(stream.bufferedBytes).toBe(100);
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  streams[0]?.listen({ data: resolve, end: () => undefined, closed: () => undefined });
  // A copy was sent: what the sender does to its bytes afterwards does not show.
  bytes.fill(9);
  expect(await promise).toEqual(new Uint8Array(100));
  expect(stream.bufferedBytes).toBe(0);
  await near.stop();
  expect(stream.send(bytes)).toBe(false);
});

test('a message that comes to who has left its topic meanwhile is counted there', async () => {
  const hub = new MemoryHub();
  const [near, far] = [hub.host({ identityKey: key(1) }), hub.host({ identityKey: key(2) })];
  await near.start([], () => undefined);
  await far.start([], () => undefined);
  far.subscribe('t', () => 'accept');
  const peer = { identityKey: key(2), addresses: far.addresses() };
  await near.connect(peer, new AbortController().signal);
  const published = near.publish('t', Uint8Array.of(1));
  const stopped = far.stop();
  expect(await published).toBe(1);
  await stopped;
  expect(far.counters.read()).toEqual({ 'gossip-unhandled': 1 });
  // And nobody is told what he is known to have left.
  expect(await near.publish('t', Uint8Array.of(2))).toBe(0);
});
