import type { Libp2p, PrivateKey } from '@libp2p/interface';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import {
  type ByteStream,
  type Counters,
  type GossipHandler,
  type PeerTarget,
  type StreamAcceptor,
  type StreamHost,
  TransportError,
} from '@sotto/transport';
import { dialError, listenError } from './dial-error.ts';
import { keyOf, peerIdOf } from './identity.ts';
import { Libp2pStream } from './libp2p-stream.ts';

/** Gossip as the host uses it; given apart, so that browsers do not load gossipsub. */
export type Gossip = Pick<StreamHost, 'subscribe' | 'publish' | 'neighbours'>;

/** A libp2p node, not started, with its gossip when it has one. */
export interface Libp2pParts {
  /** The node. */
  readonly node: Libp2p;
  /** Its gossip. */
  readonly gossip?: Gossip;
}

/** What a {@link Libp2pHost} is made of. */
export interface Libp2pHostInit {
  /** The node's identity. */
  readonly privateKey: PrivateKey;
  /** Where drops are counted; shared with the node's parts. */
  readonly counters: Counters;
  /** Milliseconds that connecting, or opening a stream, may take. */
  readonly dialMillis: number;
  /** Milliseconds after which a connection without link and gossip is closed. */
  readonly idleMillis: number;
  /** Makes the node. */
  create(): Promise<Libp2pParts>;
}

/** Streams of one protocol and direction on one connection; our own limits are lower and counted. */
const MAX_PROTOCOL_STREAMS = 60;

/** A `StreamHost` on libp2p 3. */
export class Libp2pHost implements StreamHost {
  readonly identityKey: Uint8Array;
  readonly counters: Counters;
  readonly #init: Libp2pHostInit;
  #parts: Libp2pParts | undefined;
  #idleTimer: ReturnType<typeof setInterval> | undefined;
  /** Connections seen without a use at the last look. */
  #idle: ReadonlySet<string> = new Set();

  /** Nothing happens before `start`. */
  constructor(init: Libp2pHostInit) {
    this.identityKey = init.privateKey.publicKey.raw;
    this.counters = init.counters;
    this.#init = init;
  }

  async start(protocols: readonly string[], accept: StreamAcceptor): Promise<void> {
    const parts = await this.#init.create();
    const { node } = parts;
    for (const protocol of protocols) {
      await node.handle(
        protocol,
        (stream, connection) => {
          const peer = keyOf(connection.remotePeer);
          if (peer === undefined) {
            this.counters.add('identity-unsupported');
            stream.abort(new Error('identity-unsupported'));
          } else accept(protocol, new Libp2pStream(stream, peer));
        },
        { maxInboundStreams: MAX_PROTOCOL_STREAMS, maxOutboundStreams: MAX_PROTOCOL_STREAMS },
      );
    }
    // The peer store would remember every stranger for hours; we dial by addresses that we are given.
    // What comes into it later than this, `forgetStrangers` finds.
    node.addEventListener('peer:disconnect', ({ detail }) => {
      void node.peerStore.delete(detail);
    });
    try {
      await node.start();
    } catch (error) {
      await node.stop();
      throw listenError(error);
    }
    this.#parts = parts;
    this.#idleTimer = setInterval(() => {
      this.#closeIdle(node);
      void forgetStrangers(node);
    }, this.#init.idleMillis);
  }

  addresses(): readonly string[] {
    return this.#parts?.node.getMultiaddrs().map(String) ?? [];
  }

  async connect(peer: PeerTarget, signal: AbortSignal): Promise<void> {
    await this.#try(signal, async (node, within) => {
      await node.dial(dialAddresses(peer), { signal: within });
    });
  }

  async openStream(protocol: string, peer: PeerTarget, signal: AbortSignal): Promise<ByteStream> {
    return this.#try(signal, async (node, within) => {
      const stream = await node.dialProtocol(dialAddresses(peer), protocol, {
        signal: within,
        maxOutboundStreams: MAX_PROTOCOL_STREAMS,
      });
      // The addresses carry the peer id, so libp2p has refused any other peer.
      return new Libp2pStream(stream, peer.identityKey);
    });
  }

  subscribe(topic: string, handler: GossipHandler): void {
    this.#gossip().subscribe(topic, handler);
  }

  async publish(topic: string, bytes: Uint8Array): Promise<number> {
    return this.#gossip().publish(topic, bytes);
  }

  neighbours(topic: string): number {
    // A node that stops is still asked how it is.
    return this.#parts === undefined ? 0 : this.#gossip().neighbours(topic);
  }

  async stop(): Promise<void> {
    const parts = this.#parts;
    this.#parts = undefined;
    clearInterval(this.#idleTimer);
    await parts?.node.stop();
  }

  /**
   * Closes what was without a use at two looks in a row. Connections are limited, so strangers
   * who merely hold some would keep everybody else out.
   */
  #closeIdle(node: Libp2p): void {
    const idle = new Set<string>();
    for (const connection of node.getConnections()) {
      if (connection.streams.some(({ protocol }) => isUse(protocol))) continue;
      if (!this.#idle.has(connection.id)) idle.add(connection.id);
      else {
        this.counters.add('connection-idle');
        connection.abort(new Error('the connection was idle'));
      }
    }
    this.#idle = idle;
  }

  #gossip(): Gossip {
    const gossip = this.#parts?.gossip;
    if (gossip === undefined) {
      throw new TypeError('"topics" expected when the transport was made, got none: no gossip');
    }
    return gossip;
  }

  async #try<T>(
    signal: AbortSignal,
    attempt: (node: Libp2p, within: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const parts = this.#parts;
    if (parts === undefined) throw new TransportError('not-running', 'the node is not running');
    try {
      return await attempt(
        parts.node,
        AbortSignal.any([signal, AbortSignal.timeout(this.#init.dialMillis)]),
      );
    } catch (error) {
      throw dialError(error, signal);
    }
  }
}

/**
 * Takes out of the peer store who is not connected: an exchange of identities that ends with the
 * connection is written down after it.
 */
export async function forgetStrangers(
  node: Pick<Libp2p, 'peerStore' | 'getConnections'>,
): Promise<void> {
  const known = await node.peerStore.all();
  const strangers = known.filter(({ id }) => node.getConnections(id).length === 0);
  await Promise.all(strangers.map(({ id }) => node.peerStore.delete(id)));
}

/** Whether a stream of `protocol` is what a connection is for. */
const isUse = (protocol: string): boolean =>
  protocol.startsWith('/sotto/') || protocol.startsWith('/meshsub/');

/** The addresses that can be read, each with the peer id that must answer there. */
function dialAddresses({ identityKey, addresses }: PeerTarget): Multiaddr[] {
  const suffix = `/p2p/${peerIdOf(identityKey).toString()}`;
  const found: Multiaddr[] = [];
  for (const text of addresses) {
    try {
      found.push(multiaddr(text.replace(/\/p2p\/[^/]*$/, '') + suffix));
    } catch {
      // Addresses come from descriptors of strangers: one that cannot be read is one less to try.
    }
  }
  if (found.length === 0) throw new TransportError('bad-address', 'the peer has no usable address');
  return found;
}
