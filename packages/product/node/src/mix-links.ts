import type { NodeEntry } from '@sotto/directory';
import type { UndeliveredReason } from '@sotto/relay';
import type { CloseReason, Link, Transport } from '@sotto/transport';
import { TransportError } from '@sotto/transport';
import type { Log } from './log.ts';

/** Packets kept for one link while it opens: 50 ms of a busy node. */
const MAX_WAITING = 128;
const FIRST_BACKOFF_MILLIS = 200;
const LONGEST_BACKOFF_MILLIS = 30_000;
/** A link that ends sooner was refused. */
const SETTLED_MILLIS = 2000;

/** What links between nodes are made with. */
export interface MixLinksOptions {
  readonly transport: Transport;
  /** First bytes of every link that this node opens. */
  readonly preface: Uint8Array;
  /** Nodes that the directory has now; the same list while nothing changes. */
  readonly nodes: () => readonly NodeEntry[];
  /** Told of each packet that did not go out. */
  readonly undelivered: (reason: UndeliveredReason) => void;
  readonly log: Log;
}

type State =
  | { readonly kind: 'opening'; readonly waiting: Uint8Array[]; failures: number }
  | { readonly kind: 'up'; readonly link: Link; readonly since: number; failures: number }
  | { readonly kind: 'down'; readonly until: number; failures: number };

/**
 * One long-lived link to each node that packets go to, opened when the first one does (Spec 10 §3).
 * Nothing waits for a link that is down: a packet that came late would be late by a time that no
 * delay class knows of.
 */
export class MixLinks {
  readonly #options: MixLinksOptions;
  readonly #states = new Map<string, State>();
  readonly #stopping = new AbortController();
  #known: readonly NodeEntry[] = [];
  #byKey: ReadonlyMap<string, NodeEntry> = new Map();

  /** Opens nothing yet. */
  constructor(options: MixLinksOptions) {
    this.#options = options;
  }

  /** Sends a packet to a node, or says why not. The name may be any that a stranger wrote into a packet. */
  send(to: string, packet: Uint8Array): void {
    const state = this.#states.get(to);
    if (state?.kind === 'up') {
      const outcome = state.link.send(packet);
      if (outcome === 'full') this.#options.undelivered('link-buffer-full');
      else if (outcome === 'closed') this.#options.undelivered('link-down');
      return;
    }
    if (state?.kind === 'opening') {
      if (state.waiting.length < MAX_WAITING) state.waiting.push(packet);
      else this.#options.undelivered('link-down');
      return;
    }
    const entry = this.#find(to);
    const tooSoon = state !== undefined && performance.now() < state.until;
    if (entry === undefined || tooSoon || this.#stopping.signal.aborted) {
      this.#options.undelivered('link-down');
      return;
    }
    const opening: State = { kind: 'opening', waiting: [packet], failures: state?.failures ?? 0 };
    this.#states.set(to, opening);
    void this.#open(to, entry, opening);
  }

  /** Forgets the pause before a node is dialled again: it says that it is elsewhere now. */
  retry(to: string): void {
    if (this.#states.get(to)?.kind === 'down') this.#states.delete(to);
  }

  /** Links by state. */
  counts(): Readonly<Record<'up' | 'opening' | 'down', number>> {
    const counts = { up: 0, opening: 0, down: 0 };
    for (const { kind } of this.#states.values()) counts[kind]++;
    return counts;
  }

  /** Opens no more; the transport ends those that are open. */
  stop(): void {
    this.#stopping.abort();
  }

  async #open(
    to: string,
    entry: NodeEntry,
    opening: Extract<State, { kind: 'opening' }>,
  ): Promise<void> {
    const { transport, preface, undelivered, log } = this.#options;
    let link: Link;
    try {
      const { identityKey, addresses } = entry;
      const peer = { identityKey, addresses };
      const { signal } = this.#stopping;
      link = await transport.openLink({ kind: 'mix', peer, preface, signal });
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      log.debug({ node: to, code: error.code }, 'link not opened');
      this.#down(to, opening.failures + 1);
      for (let i = 0; i < opening.waiting.length; i++) undelivered('link-down');
      return;
    }
    const state: State = { kind: 'up', link, since: performance.now(), failures: opening.failures };
    this.#states.set(to, state);
    link.onClose((reason) => this.#closed(to, state, reason));
    // Nodes answer nothing on a link that they did not open; reading keeps its window open.
    link.onFrames(() => undefined);
    for (const packet of opening.waiting) this.send(to, packet);
  }

  #find(to: string): NodeEntry | undefined {
    const nodes = this.#options.nodes();
    if (nodes !== this.#known) {
      this.#known = nodes;
      this.#byKey = new Map(nodes.map((node) => [node.key, node]));
    }
    return this.#byKey.get(to);
  }

  #closed(to: string, state: Extract<State, { kind: 'up' }>, reason: CloseReason): void {
    if (this.#states.get(to) !== state) return;
    const settled = performance.now() - state.since >= SETTLED_MILLIS;
    this.#options.log.debug({ node: to, reason, settled }, 'link ended');
    this.#down(to, settled ? 0 : state.failures + 1);
  }

  #down(to: string, failures: number): void {
    if (this.#find(to) === undefined) {
      // Forgotten by the directory: its state goes as well, so that there are never more than nodes.
      this.#states.delete(to);
      return;
    }
    const longest = Math.min(LONGEST_BACKOFF_MILLIS, FIRST_BACKOFF_MILLIS * 2 ** failures);
    // Half of it drawn, or all neighbours of a node that restarts would dial it at once.
    const share = (crypto.getRandomValues(new Uint16Array(1))[0] ?? 0) / 65_536;
    const until = performance.now() + (longest * (1 + share)) / 2;
    this.#states.set(to, { kind: 'down', until, failures });
  }
}
