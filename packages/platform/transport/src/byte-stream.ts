import type { GossipHandler, PeerTarget } from './transport.ts';
import type { Counters } from './counters.ts';

/** What a byte stream tells. */
export interface ByteStreamEvents {
  /** Bytes came, in order, in chunks of any size. They may be reused after the call: copy them. */
  data(bytes: Uint8Array): void;
  /** The peer has ended its half; all its bytes were given to `data` before. */
  end(): void;
  /**
   * All that was given to `send` has left for the layer below; comes after each `send`, perhaps
   * within it. Who has more to write than fits a window writes the next part then.
   */
  drained?(): void;
  /** The stream is over; called exactly once, last. `clean` when both halves were ended. */
  closed(clean: boolean): void;
}

/** An ordered stream of bytes to one authenticated peer: what a transport lends to links. */
export interface ByteStream {
  /** Ed25519 key of the other end, authenticated. */
  readonly peer: Uint8Array;
  /** Bytes given to `send` that the layer below has not taken. */
  readonly bufferedBytes: number;
  /** Sends or queues bytes; false when the stream cannot send any more. Never throws. */
  send(bytes: Uint8Array): boolean;
  /** Stops `data` until `resume`; the peer is made to wait within a fixed window. */
  pause(): void;
  /** Undoes `pause`. */
  resume(): void;
  /** Ends the own half once everything is sent. */
  close(): void;
  /** Ends both halves at once, dropping what is unsent. The peer sees a reset. */
  abort(): void;
  /** Sets (or replaces) who hears of events. Nothing is read before the first call. */
  listen(events: ByteStreamEvents): void;
}

/** Takes a stream that a peer has opened. */
export type StreamAcceptor = (protocol: string, stream: ByteStream) => void;

/**
 * The network under a transport: authenticated streams and gossip. `StreamTransport` builds
 * links and snapshots on it, so that every implementation frames, limits and counts alike.
 * Waiting methods reject with a `TransportError`.
 */
export interface StreamHost {
  /** Own Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** Where the host counts its own drops. */
  readonly counters: Counters;
  /** Starts to listen; `accept` gets each inbound stream of one of `protocols`. */
  start(protocols: readonly string[], accept: StreamAcceptor): Promise<void>;
  /** Multiaddrs as others can dial them. */
  addresses(): readonly string[];
  /** Connects, when not connected, and proves that the peer is who it should be. */
  connect(peer: PeerTarget, signal: AbortSignal): Promise<void>;
  /** Opens a stream, connecting first when needed. */
  openStream(protocol: string, peer: PeerTarget, signal: AbortSignal): Promise<ByteStream>;
  /** Joins a topic. */
  subscribe(topic: string, handler: GossipHandler): void;
  /** Sends to a topic's neighbours; how many. */
  publish(topic: string, bytes: Uint8Array): Promise<number>;
  /** How many neighbours messages of a topic are relayed to. */
  neighbours(topic: string): number;
  /** Ends all streams and connections, stops listening. */
  stop(): Promise<void>;
}
