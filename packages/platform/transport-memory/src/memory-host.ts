import {
  Counters,
  type ByteStream,
  type GossipHandler,
  type PeerTarget,
  type StreamAcceptor,
  type StreamHost,
  TransportError,
  type TransportLimits,
} from '@sotto/transport';
import { equalBytes, toHex } from '@sotto/wire';
import { MemoryStream } from './memory-pipe.ts';

/** How many message hashes a host remembers, so that a flood ends. */
const SEEN_MESSAGES = 1024;

/** One member of a `MemoryHub`: streams by `MemoryStream`, gossip by flooding with validation. */
export class MemoryHost implements StreamHost {
  readonly identityKey: Uint8Array;
  readonly counters: Counters = new Counters();
  readonly #hosts: Map<string, MemoryHost>;
  readonly #address: string;
  readonly #limits: TransportLimits;
  readonly #streams = new Set<MemoryStream>();
  readonly #connected = new Set<MemoryHost>();
  readonly #topics = new Map<string, GossipHandler>();
  readonly #seen = new Set<string>();
  #protocols: ReadonlySet<string> = new Set();
  #accept: StreamAcceptor | undefined;

  /** Made by `MemoryHub.host`. */
  constructor(
    hosts: Map<string, MemoryHost>,
    identityKey: Uint8Array,
    address: string,
    limits: TransportLimits,
  ) {
    this.identityKey = identityKey;
    this.#hosts = hosts;
    this.#address = address;
    this.#limits = limits;
  }

  start(protocols: readonly string[], accept: StreamAcceptor): Promise<void> {
    if (this.#hosts.has(this.#address)) {
      return Promise.reject(
        new TransportError('address-in-use', `the address ${this.#address} is in use`),
      );
    }
    this.#hosts.set(this.#address, this);
    this.#protocols = new Set(protocols);
    this.#accept = accept;
    return Promise.resolve();
  }

  addresses(): readonly string[] {
    return this.#accept === undefined ? [] : [this.#address];
  }

  async connect(peer: PeerTarget, signal: AbortSignal): Promise<void> {
    await this.#dial(peer, signal);
  }

  async openStream(protocol: string, peer: PeerTarget, signal: AbortSignal): Promise<ByteStream> {
    const host = await this.#dial(peer, signal);
    if (!host.#protocols.has(protocol) || host.#accept === undefined) {
      throw new TransportError('protocol-refused', `the peer does not speak ${protocol}`);
    }
    const [ours, theirs] = MemoryStream.pair(this.identityKey, host.identityKey);
    this.#hold(ours);
    host.#hold(theirs);
    host.#accept(protocol, theirs);
    return ours;
  }

  subscribe(topic: string, handler: GossipHandler): void {
    this.#topics.set(topic, handler);
  }

  publish(topic: string, bytes: Uint8Array): Promise<number> {
    return Promise.resolve(this.#isNew(topic, bytes) ? this.#relay(topic, bytes, undefined) : 0);
  }

  neighbours(topic: string): number {
    let count = 0;
    for (const host of this.#connected) if (host.#topics.has(topic)) count++;
    return count;
  }

  stop(): Promise<void> {
    this.#hosts.delete(this.#address);
    this.#accept = undefined;
    for (const stream of this.#streams) stream.abort();
    this.#streams.clear();
    for (const host of this.#connected) host.#connected.delete(this);
    this.#connected.clear();
    this.#topics.clear();
    return Promise.resolve();
  }

  async #dial(peer: PeerTarget, signal: AbortSignal): Promise<MemoryHost> {
    // Nobody gets an answer in the same turn: callers must not come to rely on it.
    await Promise.resolve();
    if (signal.aborted) throw new TransportError('aborted', 'the dial was aborted', signal.reason);
    const known = peer.addresses.filter((address) => address.startsWith('/memory/'));
    if (known.length === 0) throw new TransportError('bad-address', 'no memory address given');
    const host = known.map((address) => this.#hosts.get(address)).find((found) => found);
    if (host === undefined || host === this) {
      throw new TransportError('unreachable', `nobody listens at ${known.join(', ')}`);
    }
    if (!equalBytes(host.identityKey, peer.identityKey)) {
      this.counters.add('identity-mismatch');
      throw new TransportError('identity-mismatch', 'the peer has another identity key');
    }
    this.#connected.add(host);
    host.#connected.add(this);
    return host;
  }

  #hold(stream: MemoryStream): void {
    for (const held of this.#streams) if (held.isOver) this.#streams.delete(held);
    this.#streams.add(stream);
  }

  #isNew(topic: string, bytes: Uint8Array): boolean {
    const id = `${topic}\n${toHex(bytes)}`;
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    for (const oldest of this.#seen) {
      if (this.#seen.size <= SEEN_MESSAGES) break;
      this.#seen.delete(oldest);
    }
    return true;
  }

  #relay(topic: string, bytes: Uint8Array, source: MemoryHost | undefined): number {
    let count = 0;
    for (const host of this.#connected) {
      if (host === source || !host.#topics.has(topic)) continue;
      count++;
      const copy = bytes.slice();
      queueMicrotask(() => void host.#receive(topic, copy, this));
    }
    return count;
  }

  async #receive(topic: string, bytes: Uint8Array, from: MemoryHost): Promise<void> {
    const handler = this.#topics.get(topic);
    if (handler === undefined) this.counters.add('gossip-unhandled');
    else if (bytes.length > this.#limits.maxGossipBytes) this.counters.add('gossip-oversized');
    else if (this.#isNew(topic, bytes)) {
      const verdict = await handler(bytes, from.identityKey);
      if (verdict === 'accept') this.#relay(topic, bytes, from);
      else this.counters.add(verdict === 'ignore' ? 'gossip-ignored' : 'gossip-rejected');
    }
  }
}
