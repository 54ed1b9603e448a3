import {
  ClientView,
  nextEpochChange,
  type NetworkParameters,
  type NodeEntry,
  QUORUM,
  SNAPSHOTS_HELD,
} from '@sotto/directory';
import type { Clock, Timers } from '@sotto/driver';
import type { StoredEntry } from '@sotto/endpoint';
import type { CryptoSuite } from '@sotto/suite';
import { type PeerTarget, type Transport, TransportError } from '@sotto/transport';
import { equalBytes, MICROS_PER_MS, type Rng, shuffle, toHex, uint32 } from '@sotto/wire';

/** Where the last good set is stored. */
export const DIRECTORY_PREFIX = 'directory/';

/** Pauses after rounds without a quorum, then the usual one. */
const SHORT_PAUSES = [500, 1000, 2000, 4000, 8000, 16_000, 32_000];
const PAUSE_MILLIS = 180_000;
/** Peers tried in one round at most. */
const TRIES = 9;
/** What is drawn on top of a pause, so that clients do not ask all at once. */
const SPREAD_MILLIS = 5000;
/** Least time between two rounds that the core asked for. */
const LEAST_PAUSE_MILLIS = 5000;

/** What a client's directory is made of. */
export interface DirectoryFeedOptions {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly parameters: NetworkParameters;
  readonly transport: Transport;
  /** Peers to begin with. */
  readonly bootstrap: readonly PeerTarget[];
  /** Told of every new set of nodes that is not empty. */
  readonly onNodes: (nodes: readonly NodeEntry[]) => void;
  /** Stores changes of the last good set. */
  readonly store: (entries: readonly StoredEntry[]) => void;
  /** Told of what is no expected failure of the transport. */
  readonly onError: (error: unknown) => void;
}

/**
 * Keeps a client's view of the directory: snapshots of three different peers, the same ones while they
 * answer, again every few minutes and soon after each change of the accepted epochs (Spec 07 §7).
 */
export class DirectoryFeed {
  readonly #options: DirectoryFeedOptions;
  readonly #view: ClientView;
  readonly #stopping = new AbortController();
  readonly #counts = new Map<string, number>();
  /** Descriptors on the disk, by the node's hex name. */
  readonly #stored = new Map<string, Uint8Array>();
  #nodes: readonly NodeEntry[] = [];
  #cancelTimer: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #roundAt = 0;
  #poorRounds = 0;

  /** Empty, and idle until `start`. */
  constructor(options: DirectoryFeedOptions) {
    this.#options = options;
    const { suite, parameters } = options;
    this.#view = new ClientView({ suite, parameters });
  }

  /** Nodes in use. */
  get nodes(): readonly NodeEntry[] {
    return this.#nodes;
  }

  /** The node of a hex name, while it is in use. */
  find(key: string): NodeEntry | undefined {
    return this.#nodes.find((node) => node.key === key);
  }

  /** Snapshots by outcome, peers that gave none by code. */
  counts(): Readonly<Record<string, number>> {
    return { ...this.#view.counts(), ...Object.fromEntries(this.#counts) };
  }

  /** Takes back the last good set; `entries` are those stored under {@link DIRECTORY_PREFIX}. */
  restore(entries: readonly StoredEntry[]): void {
    const descriptors: Uint8Array[] = [];
    for (const { key, value } of entries) {
      if (value === undefined) continue;
      descriptors.push(value);
      this.#stored.set(key.slice(DIRECTORY_PREFIX.length), value);
    }
    if (descriptors.length === 0) return;
    const restored = this.#view.restore(this.#options.clock.now(), descriptors);
    if (!restored.ok) this.#count(`restore-${restored.error.code}`);
    this.#publish();
  }

  /** Begins to ask. */
  start(): void {
    this.#begin();
  }

  /** Asks again soon: the core lacks nodes. */
  needed(): void {
    if (this.#running !== undefined) return;
    const since = performance.now() - this.#roundAt;
    this.#plan(Math.max(1, LEAST_PAUSE_MILLIS - since));
  }

  /** Ends what is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelTimer?.();
    await this.#running;
  }

  #begin(): void {
    if (this.#running !== undefined || this.#stopping.signal.aborted) return;
    this.#running = this.#round();
  }

  async #round(): Promise<void> {
    try {
      this.#roundAt = performance.now();
      const peers = this.#peers();
      let heard = 0;
      const ask = async (): Promise<void> => {
        for (let peer = peers.shift(); peer !== undefined; peer = peers.shift()) {
          if (await this.#ask(peer)) heard++;
          if (heard >= SNAPSHOTS_HELD) return;
        }
      };
      await Promise.all(Array.from({ length: SNAPSHOTS_HELD }, ask));
      this.#publish();
      this.#poorRounds = heard >= QUORUM && this.#nodes.length > 0 ? 0 : this.#poorRounds + 1;
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#running = undefined;
    }
    this.#plan(this.#pauseMillis());
  }

  #plan(millis: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.timers.set(() => this.#begin(), Math.ceil(millis));
  }

  #pauseMillis(): number {
    const { clock, parameters, rng } = this.#options;
    if (this.#poorRounds > 0) return SHORT_PAUSES[this.#poorRounds - 1] ?? PAUSE_MILLIS;
    const now = clock.now();
    const change = (nextEpochChange(parameters, now) - now) / MICROS_PER_MS;
    return Math.min(PAUSE_MILLIS, change) + (SPREAD_MILLIS * uint32(rng)) / 2 ** 32;
  }

  /** Sources held, then bootstrap peers in a drawn order, then nodes in use in a drawn order. */
  #peers(): PeerTarget[] {
    const { bootstrap, rng } = this.#options;
    const known = new Map<string, PeerTarget>();
    const others = [...shuffle(rng, [...bootstrap]), ...shuffle(rng, [...this.#nodes])];
    for (const { identityKey, addresses } of others) {
      const source = toHex(identityKey);
      // The directory's addresses are newer than those that somebody wrote into a file.
      const node = this.#nodes.find((entry) => equalBytes(entry.identityKey, identityKey));
      if (!known.has(source)) {
        known.set(source, { identityKey, addresses: node?.addresses ?? addresses });
      }
    }
    const held = this.#view.sources();
    const first = held.flatMap((source) => known.get(source) ?? []);
    const rest = [...known].flatMap(([source, peer]) => (held.includes(source) ? [] : [peer]));
    return [...first, ...rest].slice(0, TRIES);
  }

  /** @returns whether the peer's snapshot was taken up. */
  async #ask(peer: PeerTarget): Promise<boolean> {
    const { transport, clock } = this.#options;
    const { signal } = this.#stopping;
    let descriptors: readonly Uint8Array[];
    try {
      descriptors = await transport.requestSnapshot({ peer, request: new Uint8Array(0), signal });
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      this.#count(`peer-${error.code}`);
      return false;
    }
    if (signal.aborted) return false;
    return this.#view.offer(clock.now(), toHex(peer.identityKey), descriptors).ok;
  }

  #publish(): void {
    const nodes = this.#view.nodes(this.#options.clock.now());
    const before = new Map(this.#nodes.map((node) => [node.key, node]));
    const same =
      nodes.length === before.size && nodes.every((node) => before.get(node.key) === node);
    // An empty set changes nothing: the last good one serves on.
    if (same || nodes.length === 0) return;
    this.#nodes = nodes;
    this.#save(nodes);
    this.#options.onNodes(nodes);
  }

  #save(nodes: readonly NodeEntry[]): void {
    const changes: StoredEntry[] = [];
    const gone = new Set(this.#stored.keys());
    for (const { key, descriptor } of nodes) {
      gone.delete(key);
      const held = this.#stored.get(key);
      if (held !== undefined && equalBytes(held, descriptor)) continue;
      this.#stored.set(key, descriptor);
      changes.push({ key: DIRECTORY_PREFIX + key, value: descriptor });
    }
    for (const key of gone) {
      this.#stored.delete(key);
      changes.push({ key: DIRECTORY_PREFIX + key, value: undefined });
    }
    if (changes.length > 0) this.#options.store(changes);
  }

  #count(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }
}
