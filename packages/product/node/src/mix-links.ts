import type { NodeEntry } from '@sotto/directory';
import { decodeReceipt } from '@sotto/link';
import type { RelayInput } from '@sotto/relay';
import type { CloseReason, Link, Transport } from '@sotto/transport';
import { TransportError } from '@sotto/transport';
import type { Log } from './log.ts';
import { PacedFrames } from './paced-frames.ts';
import { threadTurns, type WorkTurns } from './work-turns.ts';

const FIRST_BACKOFF_MILLIS = 200;
const LONGEST_BACKOFF_MILLIS = 30_000;
/** A link that ends sooner was refused. */
const SETTLED_MILLIS = 2000;
/** Frames without news that may come back in a link's life (Spec 10 §3.5). A node that keeps to the protocol sends none. */
const MAX_EMPTY_FRAMES = 100;
/** Receipts given to the core at once; so many cost it about as much as a packet. */
const RECEIPTS_A_PIECE = 16;

/** What links between nodes are made with. */
export interface MixLinksOptions {
  readonly transport: Transport;
  /** First bytes of every link that this node opens. */
  readonly preface: Uint8Array;
  /** Nodes that the directory has now; the same list while nothing changes. */
  readonly nodes: () => readonly NodeEntry[];
  /** Tells the core of links, and of what comes back on them. */
  readonly deliver: (input: RelayInput) => void;
  readonly log: Log;
  /** Bound the work of one turn of the event loop; those of this thread when left out. */
  readonly turns?: WorkTurns;
}

interface Up {
  readonly kind: 'up';
  readonly link: Link;
  /** When it was opened, of `performance.now()`. */
  readonly since: number;
  failures: number;
  /** Packets that the link has taken. */
  sent: number;
  /** How many of them the last receipt counted. */
  told: number;
  /** Frames that came back and told nothing. */
  empty: number;
}

type State =
  | { readonly kind: 'opening'; failures: number }
  | Up
  | { readonly kind: 'down'; readonly until: number; failures: number };

/**
 * One long-lived link to each node that packets go to, opened when the first one does (Spec 10 §3).
 * Nothing waits here: the core keeps every packet until its receipt comes, and sends it when it
 * hears that a link is up.
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

  /** Sends a packet over the link to a node. A link that is gone says so itself. */
  send(to: string, packet: Uint8Array): void {
    const state = this.#states.get(to);
    if (state?.kind !== 'up') return;
    const outcome = state.link.send(packet);
    if (outcome === 'sent') state.sent++;
    else if (outcome === 'full') this.#options.deliver({ kind: 'link-full', to, packet });
  }

  /** Opens a link to a node, unless there is one or it is too soon after a failure. The name may be any that a stranger wrote into a packet. */
  open(to: string): void {
    const state = this.#states.get(to);
    if (state?.kind === 'up' || state?.kind === 'opening') return;
    const entry = this.#find(to);
    const tooSoon = state !== undefined && performance.now() < state.until;
    if (entry === undefined || tooSoon || this.#stopping.signal.aborted) {
      this.#options.deliver({ kind: 'link-down', to, unknown: entry === undefined });
      return;
    }
    const opening: State = { kind: 'opening', failures: state?.failures ?? 0 };
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
    const { transport, preface, deliver, log, turns = threadTurns } = this.#options;
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
      return;
    }
    const since = performance.now();
    const { failures } = opening;
    const state: Up = { kind: 'up', link, since, failures, sent: 0, told: 0, empty: 0 };
    this.#states.set(to, state);
    const weight = 1 / RECEIPTS_A_PIECE;
    const pace = { turns, kind: 'mix', piece: RECEIPTS_A_PIECE, weight } as const;
    const paced = new PacedFrames(pace, (frames) => this.#back(to, state, frames));
    link.onClose((reason) => {
      // Receipts that came before the end: what they count is not sent again.
      paced.flush();
      this.#closed(to, state, reason);
    });
    link.onFrames((frames) => paced.take(frames));
    deliver({ kind: 'link-up', to });
  }

  /**
   * Gives the core what came back, and ends a link on which too much came that tells nothing: the
   * core refuses it, but to read it costs, and a neighbour may send it as fast as the line carries.
   */
  #back(to: string, state: Up, frames: readonly Uint8Array[]): void {
    for (const frame of frames) {
      this.#options.deliver({ kind: 'link-frame', to, frame });
      const count = decodeReceipt(frame);
      if (count.ok && count.value > state.told && count.value <= state.sent) {
        state.told = count.value;
      } else state.empty++;
    }
    if (state.empty > MAX_EMPTY_FRAMES) state.link.close();
  }

  #find(to: string): NodeEntry | undefined {
    const nodes = this.#options.nodes();
    if (nodes !== this.#known) {
      this.#known = nodes;
      this.#byKey = new Map(nodes.map((node) => [node.key, node]));
    }
    return this.#byKey.get(to);
  }

  #closed(to: string, state: Up, reason: CloseReason): void {
    if (this.#states.get(to) !== state) return;
    // One that was ended for what came back is dialled later each time, as one that was refused.
    const settled =
      state.empty <= MAX_EMPTY_FRAMES && performance.now() - state.since >= SETTLED_MILLIS;
    this.#options.log.debug({ node: to, reason, settled, empty: state.empty }, 'link ended');
    this.#down(to, settled ? 0 : state.failures + 1);
  }

  #down(to: string, failures: number): void {
    const unknown = this.#find(to) === undefined;
    // Forgotten by the directory: its state goes as well, so that there are never more than nodes.
    if (unknown) this.#states.delete(to);
    else {
      const longest = Math.min(LONGEST_BACKOFF_MILLIS, FIRST_BACKOFF_MILLIS * 2 ** failures);
      // Half of it drawn, or all neighbours of a node that restarts would dial it at once.
      const share = (crypto.getRandomValues(new Uint16Array(1))[0] ?? 0) / 65_536;
      const until = performance.now() + (longest * (1 + share)) / 2;
      this.#states.set(to, { kind: 'down', until, failures });
    }
    this.#options.deliver({ kind: 'link-down', to, unknown });
  }
}
