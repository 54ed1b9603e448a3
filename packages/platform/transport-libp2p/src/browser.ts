/** Transport of a client in a browser: WebSockets with Noise, dial only, no gossip. @module */
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { noise } from '@libp2p/noise';
import { webSockets } from '@libp2p/websockets';
import {
  Counters,
  StreamTransport,
  type Transport,
  type TransportLimits,
  type TransportSizes,
  withLimits,
} from '@sotto/transport';
import type { CryptoSuite } from '@sotto/suite';
import { createLibp2p } from 'libp2p';
import { checkingIdentity } from './identity.ts';
import { Libp2pHost } from './libp2p-host.ts';
import { boundedYamux } from './mux-guard.ts';
import { suiteNoiseCrypto } from './noise-suite.ts';
import { failingSockets } from './websocket-failure.ts';

/** What a transport in a browser is made of. */
export interface BrowserTransportOptions {
  /** Ed25519 seed of the connection's identity, 32 bytes; a fresh one per session names nobody. */
  readonly seed: Uint8Array;
  /** Frame and preface sizes. */
  readonly sizes: TransportSizes;
  /** Bounds other than the default. */
  readonly limits?: Partial<TransportLimits>;
  /** Cryptography of Noise and of identities; when left out the library's, in JavaScript. */
  readonly suite?: CryptoSuite;
  /** Milliseconds for a dial. Default 10,000. */
  readonly dialMillis?: number;
}

/**
 * Lets a build that leaves libp2p's Ed25519 out (`leanLibp2p` of the client) use the suite's: 12 KB
 * of JavaScript less. The library has no place where it could be handed in.
 */
function lendSigning(suite: CryptoSuite): void {
  Object.assign(globalThis, { [Symbol.for('sotto.signing')]: suite });
}

/** A transport for browsers, not started. @throws when `seed` is not 32 bytes. */
export async function browserTransport(options: BrowserTransportOptions): Promise<Transport> {
  if (options.seed.length !== 32) {
    throw new RangeError(`"seed" expected 32 bytes, got ${options.seed.length}`);
  }
  if (options.suite !== undefined) lendSigning(options.suite);
  const privateKey = await generateKeyPairFromSeed('Ed25519', options.seed);
  const counters = new Counters();
  const limits = withLimits(options.limits);
  const { suite } = options;
  const host = new Libp2pHost({
    privateKey,
    counters,
    dialMillis: options.dialMillis ?? 10_000,
    idleMillis: 60_000,
    create: async () => ({
      node: await createLibp2p({
        start: false,
        privateKey,
        nodeInfo: { name: 'sotto', version: '1', userAgent: 'sotto' },
        transports: [
          failingSockets(
            webSockets({ maxBufferedAmount: 1024 * 1024, bufferedAmountPollInterval: 20 }),
          ),
        ],
        connectionEncrypters: [
          checkingIdentity(
            noise(suite === undefined ? {} : { crypto: suiteNoiseCrypto(suite) }),
            counters,
          ),
        ],
        streamMuxers: [boundedYamux(counters)],
        connectionMonitor: { enabled: false },
        connectionManager: { maxPeerAddrsToDial: 8, resolvers: {}, reconnectRetries: 0 },
        // By default browsers dial no private address, which a local network is made of.
        connectionGater: { denyDialMultiaddr: () => false },
      }),
    }),
  });
  return new StreamTransport(host, options.sizes, limits);
}
