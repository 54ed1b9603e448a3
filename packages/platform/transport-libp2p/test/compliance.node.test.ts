import type { StreamHost } from '@sotto/transport';
import { COMPLIANCE_SIZES, type TransportBench, transportCases } from '@sotto/transport/compliance';
import { nodeHost, nodeTransport, type NodeTransportOptions } from '@sotto/transport-libp2p/node';
import { describe, test } from 'vitest';

type Stack = Pick<NodeTransportOptions, 'listen' | 'security'>;

/** A bench on loopback; every transport listens at a port of the system's choice. */
function loopbackBench(stack: Stack): TransportBench {
  const stops: (() => Promise<void>)[] = [];
  let next = 1;
  const common = (): Omit<NodeTransportOptions, 'sizes'> => ({
    ...stack,
    seed: new Uint8Array(32).fill(next++),
    localNetwork: true,
  });
  return {
    async make({ limits = {}, address } = {}) {
      const transport = await nodeTransport({
        ...common(),
        sizes: COMPLIANCE_SIZES,
        limits,
        topics: [],
        ...(address === undefined ? {} : { listen: [address.replace(/\/p2p\/.*$/, '')] }),
      });
      stops.push(() => transport.stop());
      return transport;
    },
    async stranger() {
      const host: StreamHost = await nodeHost({ ...common(), listen: [] });
      stops.push(() => host.stop());
      await host.start([], (_, stream) => stream.abort());
      return (protocol, peer) => host.openStream(protocol, peer, new AbortController().signal);
    },
    async dispose() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

const stacks: readonly [name: string, stack: Stack][] = [
  ['TCP and TLS', { listen: ['/ip4/127.0.0.1/tcp/0'], security: ['tls'] }],
  ['WebSockets and Noise', { listen: ['/ip4/127.0.0.1/tcp/0/ws'], security: ['noise'] }],
];

for (const [name, stack] of stacks) {
  describe(name, () => {
    for (const one of transportCases) {
      test(
        one.name,
        async () => {
          const bench = loopbackBench(stack);
          try {
            await one.run(bench);
          } finally {
            await bench.dispose();
          }
        },
        60_000,
      );
    }
  });
}
