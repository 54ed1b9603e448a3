import { type Defer, endOfTurn, type LinkKind } from '@sotto/transport';

/**
 * Packets in one turn of the event loop, of all links together: a millisecond of work, for which
 * what leaves the pool waits to be written. A single batch counts whole. Counted in batches, of which
 * fifty links at half load have one of a packet or two each, three packets of four waited for a
 * turn, and their links were paused for it.
 */
const PACKETS_A_TURN = 8;
/** For so many links between nodes that wait a turn is one piece longer. */
const WAITING_FOR_MORE = 8;
/** Pieces by which it is longer at most: of a thousand links a turn would else be 150 ms. */
const MOST_MORE = 8;

interface Lane {
  readonly waiting: { readonly size: number; readonly go: () => void }[];
  /** Work of this turn. */
  done: number;
}

/**
 * Bounds the work that is done in one turn of the event loop. A socket gives all that it has in one
 * turn, up to 2 MB: worked off at once, that is more than 100 ms in which no timer fires and no
 * write to the disk is heard of, so that packets leave late. So many links share a turn: those
 * between nodes, and those of clients, which are strangers and may be many. Each kind has a row of
 * its own, or a mix's packets would stand behind one piece of every client that floods.
 */
export class WorkTurns {
  readonly #perTurn: number;
  readonly #defer: Defer;
  readonly #lanes: Readonly<Record<LinkKind, Lane>> = {
    mix: { waiting: [], done: 0 },
    client: { waiting: [], done: 0 },
  };
  #left: number;
  #armed = false;

  /**
   * @param perTurn - work of a turn while few wait, above 0; the last piece may exceed it.
   * @param defer - calls back in the next turn.
   */
  constructor(perTurn: number, defer: Defer) {
    this.#perTurn = perTurn;
    this.#left = perTurn;
    this.#defer = defer;
  }

  /** Whether a piece of this size, of a link of this kind, may be done in this turn; the caller does it. */
  take(kind: LinkKind, size: number): boolean {
    const lane = this.#lanes[kind];
    if (this.#left <= 0 || lane.waiting.length > 0) return false;
    this.#left -= size;
    lane.done += size;
    this.#arm();
    return true;
  }

  /**
   * Calls back in the turn in which a piece of this size may be done; of one kind, who has waited
   * longest goes first. At once and not by a promise: what the piece gives out is written at the end
   * of this turn, and not after sockets have been read again.
   */
  next(kind: LinkKind, size: number, go: () => void): void {
    this.#lanes[kind].waiting.push({ size, go });
    this.#arm();
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#defer(() => this.#run());
  }

  #run(): void {
    this.#armed = false;
    this.#left = this.#perTurn;
    const { mix, client } = this.#lanes;
    const clientsFirst = client.done < mix.done;
    mix.done = 0;
    client.done = 0;
    // Short turns cost: with fifty links that all have work, one piece a turn took half as much
    // again of a packet's CPU time. Who waits long is not helped by it. Clients get no such turns:
    // what they may send is little, and a flood of theirs is to cost others one short turn.
    const more = Math.min(MOST_MORE, Math.floor(mix.waiting.length / WAITING_FOR_MORE));
    // Who had less of the last turn goes first: where both have work, neither waits for more than one.
    if (clientsFirst) this.#serve(client, 0);
    this.#serve(mix, more);
    if (!clientsFirst) this.#serve(client, 0);
    if (this.#left !== this.#perTurn) this.#arm();
  }

  #serve(lane: Lane, more: number): void {
    let extra = more;
    // Who has had a piece and wants another waits for the next turn.
    for (let { length } = lane.waiting; length > 0; length--) {
      if (this.#left <= 0 && extra <= 0) return;
      const next = lane.waiting.shift();
      if (next === undefined) return;
      if (this.#left <= 0) extra--;
      this.#left -= next.size;
      lane.done += next.size;
      next.go();
    }
  }
}

/** The turns of this thread's event loop, which all links of all nodes in it share: it has but one. */
export const threadTurns: WorkTurns = new WorkTurns(PACKETS_A_TURN, endOfTurn.work);
