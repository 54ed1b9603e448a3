import type { DirectoryAnswer, NodeEntry } from '@sotto/directory';
import { type PeerTarget, type Transport, TransportError } from '@sotto/transport';
import { equalBytes, type Rng, shuffle, toHex } from '@sotto/wire';
import type { Hearing } from './clock-watch.ts';
import type { Log } from './log.ts';
import type { ShellCounters } from './shell-counters.ts';

/** Topic of descriptors and proofs (Spec 10 §5): one a network, so that networks do not carry each other's. */
export const directoryTopic = (networkId: Uint8Array): string =>
  `/sotto/directory/1/${toHex(networkId)}`;

/** Pauses between rounds after the start, ms; then {@link ROUND_MILLIS}. */
const FIRST_ROUNDS = [500, 1000, 2000, 4000, 8000, 16_000, 32_000];
/**
 * A round that brought something new, or met somebody who is not up yet, is repeated after the same pause
 * and no longer one, so often in all: a network whose nodes start together is whole a second after the
 * last of them, and a peer that always has news keeps nobody busy.
 */
const MOST_REPEATS = 40;
const ROUND_MILLIS = 180_000;
/** Peers asked in a round. */
const PEERS_A_ROUND = 4;
/** Own messages kept while nobody is there to hear them. */
const MAX_WAITING = 32;
const FLUSH_MILLIS = 250;
/** Descriptors judged in one turn of the event loop: a new one costs 0.3 ms, and packets are due meanwhile. */
const SLICE = 8;

/** What a node's part in the gossip is made of. */
export interface DirectoryGossipOptions {
  readonly transport: Transport;
  readonly topic: string;
  readonly rng: Rng;
  /** Peers to begin with. */
  readonly bootstrap: readonly PeerTarget[];
  /** Judges a message; what is new is stored by whoever judges. */
  readonly receive: (bytes: Uint8Array, how: Hearing) => DirectoryAnswer;
  /** A peer's snapshot was judged to its end, and held something. */
  readonly caughtUp: () => void;
  /** Nodes known now. */
  readonly nodes: () => readonly NodeEntry[];
  readonly counters: ShellCounters;
  readonly log: Log;
}

/**
 * The directory over the network: gossip spreads what is new, snapshots from a few random peers
 * fill what was missed, by those who were away or whose neighbours were.
 */
export class DirectoryGossip {
  readonly #options: DirectoryGossipOptions;
  readonly #stopping = new AbortController();
  readonly #sending = new Set<Promise<void>>();
  #waiting: Uint8Array[] = [];
  #flushTimer: ReturnType<typeof setTimeout> | undefined;
  #roundTimer: ReturnType<typeof setTimeout> | undefined;
  #rounds = 0;
  #repeats = 0;

  /** The transport must have been started. */
  constructor(options: DirectoryGossipOptions) {
    this.#options = options;
  }

  /** Joins the topic and begins with the rounds. */
  start(): void {
    const { transport, topic } = this.#options;
    // A copy: libp2p hands out Buffers, whose `slice` is a view where the cores expect a copy.
    transport.subscribe(topic, (bytes) => this.#judge(new Uint8Array(bytes), 'gossip').verdict);
    void this.#round();
  }

  /** Gives a message to everybody, as soon as there is anybody. */
  publish(bytes: Uint8Array): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#waiting.shift();
      this.#options.counters.add('gossip-unheard');
    }
    this.#waiting.push(bytes);
    this.#flush();
  }

  /** Neighbours to whom messages are relayed. */
  get neighbours(): number {
    const { transport, topic } = this.#options;
    return transport.neighbours(topic);
  }

  /** Resolves when neighbours have been given what was published while there were any. */
  async sent(): Promise<void> {
    await Promise.all(this.#sending);
  }

  /** Ends the rounds and what is under way. */
  stop(): void {
    this.#stopping.abort();
    clearTimeout(this.#flushTimer);
    clearTimeout(this.#roundTimer);
  }

  #judge(bytes: Uint8Array, how: Hearing): DirectoryAnswer {
    const answer = this.#options.receive(bytes, how);
    this.#options.counters.add(`directory-${answer.code}`);
    if (answer.proof !== undefined) this.publish(answer.proof);
    return answer;
  }

  #flush(): void {
    if (this.#stopping.signal.aborted || this.#waiting.length === 0) return;
    clearTimeout(this.#flushTimer);
    // A message published to nobody counts as sent, and is not taken a second time.
    if (this.neighbours === 0) {
      this.#flushTimer = setTimeout(() => this.#flush(), FLUSH_MILLIS);
      return;
    }
    const messages = this.#waiting;
    this.#waiting = [];
    for (const bytes of messages) {
      const sending = this.#send(bytes).finally(() => this.#sending.delete(sending));
      this.#sending.add(sending);
    }
  }

  async #send(bytes: Uint8Array): Promise<void> {
    const { transport, topic } = this.#options;
    try {
      await transport.publish(topic, bytes);
    } catch (error) {
      // Only the end of the transport may come between.
      if (!this.#stopping.signal.aborted) throw error;
    }
  }

  async #round(): Promise<void> {
    const { rng } = this.#options;
    const peers = this.#peers();
    shuffle(rng, peers);
    const settled = await Promise.all(peers.slice(0, PEERS_A_ROUND).map((peer) => this.#ask(peer)));
    if (this.#stopping.signal.aborted) return;
    const own = this.#own();
    // Once more for those who have forgotten it; who knows it passes it on no further.
    if (this.#rounds > FIRST_ROUNDS.length && own !== undefined) this.publish(own);
    const pause = FIRST_ROUNDS[this.#rounds] ?? ROUND_MILLIS;
    if (settled.includes(false) && this.#repeats < MOST_REPEATS) this.#repeats++;
    else this.#rounds++;
    this.#roundTimer = setTimeout(() => void this.#round(), pause);
  }

  /** Bootstrap peers until others are known; they stay in the draw, so that a list that went wrong heals. */
  #peers(): PeerTarget[] {
    const { transport, bootstrap, nodes } = this.#options;
    const isOther = ({ identityKey }: PeerTarget): boolean =>
      !equalBytes(identityKey, transport.identityKey);
    const known = nodes().filter(isOther);
    const asked = this.#rounds < FIRST_ROUNDS.length ? bootstrap : bootstrap.slice(0, 1);
    return [...asked.filter(isOther), ...known.slice(0, 4096)];
  }

  #own(): Uint8Array | undefined {
    const { transport, nodes } = this.#options;
    return nodes().find((node) => equalBytes(node.identityKey, transport.identityKey))?.descriptor;
  }

  /** @returns whether the peer was there and had nothing new. */
  async #ask({ identityKey, addresses }: PeerTarget): Promise<boolean> {
    const { transport, log, counters } = this.#options;
    const { signal } = this.#stopping;
    const peer = { identityKey, addresses };
    let items: readonly Uint8Array[];
    try {
      await transport.connect({ peer, signal });
      items = await transport.requestSnapshot({ peer, request: new Uint8Array(0), signal });
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      counters.add('snapshot-not-got');
      log.debug({ code: error.code, addresses }, 'no snapshot');
      return false;
    }
    let news = false;
    for (const [i, bytes] of items.entries()) {
      if (signal.aborted) return true;
      if (this.#judge(new Uint8Array(bytes), 'snapshot').verdict === 'accept') news = true;
      if (i % SLICE === SLICE - 1) await new Promise<void>((done) => void setImmediate(done));
    }
    if (items.length > 0) this.#options.caughtUp();
    return !news;
  }
}
