/** Transport of a node or a client in Node: TCP with TLS or Noise, WebSockets, gossip. @module */
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { identify } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { webSockets } from '@libp2p/websockets';
import {
  Counters,
  StreamTransport,
  type Transport,
  type TransportLimits,
  type TransportSizes,
  withLimits,
} from '@sotto/transport';
import { createLibp2p, type Libp2pOptions } from 'libp2p';
import { AddressLimit } from './address-limit.ts';
import { gossipOn, gossipService } from './gossip.ts';
import { checkingIdentity, keyOf } from './identity.ts';
import { Libp2pHost } from './libp2p-host.ts';
import { boundedYamux } from './mux-guard.ts';
import { sodiumNoiseCrypto } from './noise-sodium.ts';
import { refusalMetrics } from './refusal-metrics.ts';
import { socketTls } from './socket-tls.ts';
import { failingSockets } from './websocket-failure.ts';
import { boundedListeners } from './websocket-guard.ts';

export { sodiumNoiseCrypto } from './noise-sodium.ts';
export { socketTls } from './socket-tls.ts';

/** How connections are encrypted. */
export type Security = 'tls' | 'noise';

/** What a transport in Node is made of. */
export interface NodeTransportOptions {
  /** Ed25519 seed of the identity, 32 bytes. libp2p keeps a key made of it while it runs. */
  readonly seed: Uint8Array;
  /** Frame and preface sizes. */
  readonly sizes: TransportSizes;
  /** Bounds other than the default. */
  readonly limits?: Partial<TransportLimits>;
  /** Multiaddrs to listen at, e.g. `/ip4/0.0.0.0/tcp/4001`, `…/tcp/4002/ws`; none for a client. */
  readonly listen?: readonly string[];
  /** Multiaddrs to tell others instead of those listened at. */
  readonly announce?: readonly string[];
  /** Encryptions offered, the preferred first; default TLS (cheaper between nodes), then Noise. */
  readonly security?: readonly Security[];
  /** Topics of gossip; undefined: no gossip and no identify, as a client wants it. */
  readonly topics?: readonly string[];
  /** All nodes share one address: no limit on how fast and how often it connects, no penalty for sharing it. */
  readonly localNetwork?: boolean;
  /** Connections at once; further inbound ones are refused. Default 300. */
  readonly maxConnections?: number;
  /** Of them, inbound ones of one address. Default an eighth; all in a local network. */
  readonly maxConnectionsPerAddress?: number;
  /** Inbound connections at once without a finished handshake. Default 64. */
  readonly maxPendingConnections?: number;
  /** Milliseconds for a connection's handshake, inbound, and for a dial. Default 10,000. */
  readonly handshakeMillis?: number;
  /** Milliseconds after which a connection without link and gossip is closed. Default 60,000. */
  readonly idleMillis?: number;
}

/** A libp2p host for Node, not started; tests use it for bare streams. */
export async function nodeHost(options: Omit<NodeTransportOptions, 'sizes'>): Promise<Libp2pHost> {
  const privateKey = await generateKeyPairFromSeed('Ed25519', options.seed);
  const counters = new Counters();
  const limits = withLimits(options.limits);
  const handshakeMillis = options.handshakeMillis ?? 10_000;
  return new Libp2pHost({
    privateKey,
    counters,
    dialMillis: handshakeMillis,
    idleMillis: options.idleMillis ?? 60_000,
    create: async () => {
      const base = baseOptions(options, handshakeMillis, counters);
      const { topics, localNetwork = false } = options;
      if (topics === undefined) return { node: await createLibp2p({ ...base, privateKey }) };
      const node = await createLibp2p({
        ...base,
        privateKey,
        services: {
          identify: identify({ maxObservedAddresses: 1 }),
          pubsub: gossipService({ limits, topics, localNetwork }),
        },
      });
      return { node, gossip: gossipOn(node.services.pubsub, limits, counters) };
    },
  });
}

/** A transport for Node, not started. @throws when `seed` is not 32 bytes. */
export async function nodeTransport(options: NodeTransportOptions): Promise<Transport> {
  if (options.seed.length !== 32) {
    throw new RangeError(`"seed" expected 32 bytes, got ${options.seed.length}`);
  }
  const host = await nodeHost(options);
  return new StreamTransport(host, options.sizes, withLimits(options.limits));
}

function baseOptions(
  options: Omit<NodeTransportOptions, 'sizes'>,
  handshakeMillis: number,
  counters: Counters,
): Libp2pOptions {
  const { localNetwork = false, maxConnections = 300, security = ['tls', 'noise'] } = options;
  const perAddress = localNetwork ? maxConnections : Math.ceil(maxConnections / 8);
  const addresses = new AddressLimit(options.maxConnectionsPerAddress ?? perAddress);
  const pending = options.maxPendingConnections ?? (localNetwork ? 1024 : 64);
  const encrypters = {
    tls: () => checkingIdentity(socketTls({ counters }), counters),
    noise: () => checkingIdentity(noise({ crypto: sodiumNoiseCrypto() }), counters),
  };
  const sockets = webSockets({ maxBufferedAmount: 1024 * 1024, bufferedAmountPollInterval: 20 });
  const bounds = { maxSockets: maxConnections + pending, handshakeMillis };
  return {
    start: false,
    nodeInfo: { name: 'sotto', version: '1', userAgent: 'sotto' },
    addresses: {
      listen: [...(options.listen ?? [])],
      ...(options.announce === undefined ? {} : { announce: [...options.announce] }),
    },
    transports: [
      tcp({
        maxConnections: bounds.maxSockets,
        listenOpts: { noDelay: true },
        dialOpts: { noDelay: true },
      }),
      boundedListeners(failingSockets(sockets), bounds, counters),
    ],
    connectionEncrypters: security.map((name) => encrypters[name]()),
    streamMuxers: [boundedYamux(counters)],
    metrics: () => refusalMetrics(counters),
    // The monitor pings over a protocol of its own; links have traffic of their own at all times.
    connectionMonitor: { enabled: false },
    connectionManager: {
      maxConnections,
      maxIncomingPendingConnections: pending,
      inboundConnectionThreshold: localNetwork ? 100_000 : 10,
      inboundUpgradeTimeout: handshakeMillis,
      inboundStreamProtocolNegotiationTimeout: handshakeMillis,
      maxPeerAddrsToDial: 8,
      // No `/dnsaddr`: what a name stands for would be asked of resolvers for everybody we dial.
      resolvers: {},
      reconnectRetries: 0,
    },
    connectionGater: {
      denyInboundConnection: (connection) => {
        if (addresses.admits(connection)) return false;
        counters.add('connection-address-limit');
        return true;
      },
      denyInboundEncryptedConnection: (peer) => {
        if (keyOf(peer) !== undefined) return false;
        counters.add('identity-unsupported');
        return true;
      },
    },
  };
}
