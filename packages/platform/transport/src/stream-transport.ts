import { equalBytes } from '@sotto/wire';
import type { ByteStream, StreamHost } from './byte-stream.ts';
import { FlushTurn } from './flush-turn.ts';
import { endOfTurn } from './turn-end.ts';
import { FramedLink, type LinkSetting } from './framed-link.ts';
import { InboundLinks } from './inbound-links.ts';
import type { TransportLimits, TransportSizes } from './limits.ts';
import { askSnapshot } from './snapshot-exchange.ts';
import { SnapshotServer } from './snapshot-server.ts';
import { TransportError } from './transport-error.ts';
import {
  type Abortable,
  type GossipHandler,
  type Link,
  LINK_PROTOCOLS,
  type LinkKind,
  type PeerTarget,
  SNAPSHOT_PROTOCOL,
  type Transport,
  type TransportHandlers,
} from './transport.ts';

const never: AbortSignal = new AbortController().signal;

/** A {@link Transport} on any {@link StreamHost}. */
export class StreamTransport implements Transport {
  readonly identityKey: Uint8Array;
  readonly #host: StreamHost;
  readonly #limits: TransportLimits;
  readonly #setting: LinkSetting;
  readonly #links = new Set<FramedLink>();
  #state: 'new' | 'running' | 'stopped' = 'new';

  /** Takes over `host`, which must not be started. */
  constructor(host: StreamHost, sizes: TransportSizes, limits: TransportLimits) {
    this.identityKey = host.identityKey;
    this.#host = host;
    this.#limits = limits;
    const turn = new FlushTurn(endOfTurn.paced(limits.flushMillis));
    this.#setting = { sizes, limits, counters: host.counters, turn };
  }

  async start(handlers: TransportHandlers): Promise<void> {
    if (this.#state !== 'new') throw new TransportError('not-running', 'a transport starts once');
    this.#state = 'running';
    const links = new InboundLinks(this.#setting, handlers, (link) => this.#join(link));
    const snapshots = new SnapshotServer({
      limits: this.#limits,
      counters: this.#host.counters,
      serve: (peer, request) => handlers.snapshot(peer, request),
      now: () => performance.now(),
      // Of its own: a piece is not to wait for links, nor they for it.
      turn: new FlushTurn(endOfTurn.paced(this.#limits.flushMillis)),
    });
    const takers = new Map<string, (stream: ByteStream) => void>([
      [LINK_PROTOCOLS.mix, (stream) => links.take('mix', stream)],
      [LINK_PROTOCOLS.client, (stream) => links.take('client', stream)],
      [SNAPSHOT_PROTOCOL, (stream) => snapshots.take(stream)],
    ]);
    try {
      await this.#host.start([...takers.keys()], (protocol, stream) => {
        const take = takers.get(protocol);
        if (take === undefined || this.#state !== 'running') stream.abort();
        else take(stream);
      });
    } catch (error) {
      this.#state = 'stopped';
      throw error;
    }
  }

  addresses(): readonly string[] {
    return this.#host.addresses();
  }

  async openLink(
    request: {
      readonly kind: LinkKind;
      readonly peer: PeerTarget;
      readonly preface: Uint8Array;
    } & Abortable,
  ): Promise<Link> {
    const { prefaceBytes } = this.#setting.sizes;
    if (request.preface.length !== prefaceBytes) {
      throw new RangeError(
        `"preface" expected ${prefaceBytes} bytes, got ${request.preface.length}`,
      );
    }
    const stream = await this.#open(LINK_PROTOCOLS[request.kind], request.peer, request.signal);
    const link: FramedLink = new FramedLink(
      stream,
      { kind: request.kind, opener: true, preface: request.preface },
      this.#setting,
      () => leave(),
    );
    const leave = this.#join(link);
    // What the preface meets (a stream that has just broken) comes back as the link's end.
    stream.send(request.preface);
    link.run(new Uint8Array(0));
    return link;
  }

  async requestSnapshot(
    request: { readonly peer: PeerTarget; readonly request: Uint8Array } & Abortable,
  ): Promise<readonly Uint8Array[]> {
    if (request.request.length > this.#limits.snapshotRequestBytes) {
      throw new RangeError(
        `"request" expected at most ${this.#limits.snapshotRequestBytes} bytes, got ${request.request.length}`,
      );
    }
    const signal = request.signal ?? never;
    const stream = await this.#open(SNAPSHOT_PROTOCOL, request.peer, signal);
    return askSnapshot(stream, request.request, this.#limits, this.#host.counters, signal);
  }

  async connect(request: { readonly peer: PeerTarget } & Abortable): Promise<void> {
    this.#mustRun();
    await this.#host.connect(request.peer, request.signal ?? never);
  }

  subscribe(topic: string, handler: GossipHandler): void {
    this.#mustRun();
    this.#host.subscribe(topic, handler);
  }

  async publish(topic: string, bytes: Uint8Array): Promise<number> {
    this.#mustRun();
    if (bytes.length > this.#limits.maxGossipBytes) {
      throw new RangeError(
        `"bytes" expected at most ${this.#limits.maxGossipBytes}, got ${bytes.length}`,
      );
    }
    return this.#host.publish(topic, bytes);
  }

  neighbours(topic: string): number {
    return this.#host.neighbours(topic);
  }

  counters(): Readonly<Record<string, number>> {
    return this.#host.counters.read();
  }

  async stop(): Promise<void> {
    if (this.#state !== 'running') return;
    this.#state = 'stopped';
    for (const link of this.#links) link.stop();
    await this.#host.stop();
  }

  async #open(
    protocol: string,
    peer: PeerTarget,
    signal: AbortSignal = never,
  ): Promise<ByteStream> {
    this.#mustRun();
    const stream = await this.#host.openStream(protocol, peer, signal);
    if (!equalBytes(stream.peer, peer.identityKey)) {
      this.#host.counters.add('identity-mismatch');
      stream.abort();
      throw new TransportError('identity-mismatch', 'the peer proved another identity key');
    }
    if (this.#state !== 'running') {
      stream.abort();
      throw new TransportError('not-running', 'the transport was stopped');
    }
    return stream;
  }

  #join(link: FramedLink): () => void {
    this.#links.add(link);
    return () => void this.#links.delete(link);
  }

  #mustRun(): void {
    if (this.#state !== 'running') {
      throw new TransportError('not-running', 'the transport is not running');
    }
  }
}
