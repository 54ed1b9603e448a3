import type { Result } from '@sotto/wire';

/** What a link is for: `mix` joins two nodes, `client` joins a client and its guard. */
export type LinkKind = 'mix' | 'client';

/** libp2p protocol id of each kind of link. Spec 10 §2. */
export const LINK_PROTOCOLS: Readonly<Record<LinkKind, string>> = {
  mix: '/sotto/mix/1',
  client: '/sotto/client/1',
};

/** libp2p protocol id of the snapshot exchange. Spec 10 §4. */
export const SNAPSHOT_PROTOCOL = '/sotto/snapshot/1';

/** Bytes of an Ed25519 public key: who a peer is. */
export const IDENTITY_KEY_BYTES = 32;

/** Somebody to reach: who it must turn out to be, and where it may be found. */
export interface PeerTarget {
  /** Ed25519 public key, 32 bytes. A peer that proves another key is refused. */
  readonly identityKey: Uint8Array;
  /** Multiaddrs, tried until one works. */
  readonly addresses: readonly string[];
}

/**
 * What became of a frame given to {@link Link.send}: taken; dropped because `maxBufferedBytes`
 * wait already; dropped because the link is closed.
 */
export type SendOutcome = 'sent' | 'full' | 'closed';

/**
 * Why a link ended: `local` = {@link Link.close} here; `remote` = the peer ended it at a frame's
 * boundary; `truncated-frame` = the peer ended it inside a frame; `reset` = the peer aborted it,
 * refused its preface, or the connection was lost; `stopped` = {@link Transport.stop} here.
 */
export type CloseReason = 'local' | 'remote' | 'truncated-frame' | 'reset' | 'stopped';

/**
 * One long-lived stream of frames between two peers. Spec 10 §3: the opener's preface, then in
 * both directions frames of one size, back to back.
 */
export interface Link {
  /** What the link is for. */
  readonly kind: LinkKind;
  /** True at the end that opened the link. */
  readonly opener: boolean;
  /** Whom the transport security has authenticated. */
  readonly peer: { readonly identityKey: Uint8Array };
  /** What the opener sent first; `prefaceBytes` long. */
  readonly preface: Uint8Array;
  /** Bytes taken by {@link Link.send} that have not yet left for the layer below. */
  readonly bufferedBytes: number;
  /**
   * Takes one frame. Frames of one turn of the event loop leave in one write, unless they are more
   * than may wait: a write costs 15–60 µs, a further frame in it 5. `frame` is kept, not copied:
   * leave it alone afterwards.
   *
   * @throws RangeError when `frame` is not `frameBytes` long.
   */
  send(frame: Uint8Array): SendOutcome;
  /**
   * Sets who gets the frames, in order, at most `maxBatchFrames` a call; each frame is a copy
   * that the callback owns. While a returned promise is unsettled the link reads no more, and
   * the peer's `send` becomes `full` in time. Without a callback the link does not read.
   */
  onFrames(callback: (frames: readonly Uint8Array[]) => void | Promise<void>): void;
  /** Sets who hears of the end, exactly once; at once (in a microtask) when it is over already. */
  onClose(callback: (reason: CloseReason) => void): void;
  /** Sends what was taken, then ends the link. Further calls do nothing. */
  close(): void;
}

/** A link that somebody wants to open here. */
export interface LinkOffer {
  /** What the link is for. */
  readonly kind: LinkKind;
  /** Ed25519 key of the opener, authenticated. */
  readonly peer: Uint8Array;
  /** The opener's preface, unverified bytes. */
  readonly preface: Uint8Array;
}

/**
 * Takes a link, or refuses it with a code of one's own for the counter
 * `preface-refused:<code>`. The opener sees a reset, whatever the code.
 */
export type LinkAnswer = Result<(link: Link) => void, { readonly code: string }>;

/** What a transport asks of the program that runs it. */
export interface TransportHandlers {
  /** Decides about an inbound link; called once its preface is complete. */
  acceptLink(offer: LinkOffer): LinkAnswer;
  /**
   * Items of the snapshot, or undefined to refuse. `request` is at most `snapshotRequestBytes`, from
   * anybody. Asked once for each request, so give the same array while nothing has changed; it is
   * read, not copied, for up to `snapshotMillis`: never change one that was given. While peers are
   * still reading two lists, whoever is not refused gets the newer of them.
   */
  snapshot(peer: Uint8Array, request: Uint8Array): readonly Uint8Array[] | undefined;
}

/**
 * What one thinks of a gossip message: `accept` relays it, `ignore` drops it (old, known),
 * `reject` drops it and holds it against the peer that sent it.
 */
export type GossipVerdict = 'accept' | 'ignore' | 'reject';

/**
 * Takes a message of a topic and says whether it may be relayed. `from` is the neighbour that
 * sent it, not its author.
 */
export type GossipHandler = (
  bytes: Uint8Array,
  from: Uint8Array,
) => GossipVerdict | Promise<GossipVerdict>;

/** What every asynchronous call takes to be cut short. */
export interface Abortable {
  /** Ends the wait; the call then rejects with code `aborted`. */
  readonly signal?: AbortSignal;
}

/**
 * Links, snapshots and gossip between processes. Implementations: `@sotto/transport-memory`
 * (one process, for tests) and `@sotto/transport-libp2p`. Methods that wait reject with a
 * `TransportError`.
 */
export interface Transport {
  /** Own Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** Starts to listen and accept. Rejects with `address-in-use` when a port is taken. */
  start(handlers: TransportHandlers): Promise<void>;
  /** Multiaddrs at which others can dial; empty before `start` and for a dial-only transport. */
  addresses(): readonly string[];
  /**
   * Opens a link and sends `preface`. A refusal shows as the end of the link, reason `reset`,
   * since the wire has no answer to a preface.
   */
  openLink(
    request: {
      readonly kind: LinkKind;
      readonly peer: PeerTarget;
      readonly preface: Uint8Array;
    } & Abortable,
  ): Promise<Link>;
  /** Asks a peer for a snapshot; the items as they came, unverified, within the limits. */
  requestSnapshot(
    request: { readonly peer: PeerTarget; readonly request: Uint8Array } & Abortable,
  ): Promise<readonly Uint8Array[]>;
  /** Connects without a link, so that gossip flows. Nothing to do when connected already. */
  connect(request: { readonly peer: PeerTarget } & Abortable): Promise<void>;
  /** Joins a topic; one handler a topic. Call it after `start`. */
  subscribe(topic: string, handler: GossipHandler): void;
  /**
   * Sends a message to the topic's neighbours, not to the own handler.
   *
   * @returns how many neighbours it went to; 0 when there are none or it was published before.
   * @throws RangeError when `bytes` is longer than `maxGossipBytes`.
   */
  publish(topic: string, bytes: Uint8Array): Promise<number>;
  /** How many neighbours this node relays messages of a topic to at the moment. */
  neighbours(topic: string): number;
  /** Drops and refusals so far, by reason (`CounterName`). */
  counters(): Readonly<Record<string, number>>;
  /** Ends every link (reason `stopped`), stream and connection, and stops listening. */
  stop(): Promise<void>;
}
