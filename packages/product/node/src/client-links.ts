import type { RelayInput } from '@sotto/relay';
import type { Link } from '@sotto/transport';
import { toHex } from '@sotto/wire';
import { PacedFrames } from './paced-frames.ts';
import type { ShellCounters } from './shell-counters.ts';
import { threadTurns, type WorkTurns } from './work-turns.ts';

/** Packets of a client that it has in one turn: who sends one now and then waits for one of each that floods, not for a batch of each. */
const PIECE = 1;

/** Links of the clients that this node guards. Who is behind one is not known here: a link has a number. */
export class ClientLinks {
  readonly #links = new Map<string, Link>();
  /** Of each identity the one client that it is: a guard keeps what it was long attached for (Spec 06 §6.1), once a connection. */
  readonly #byPeer = new Map<string, string>();
  readonly #deliver: (input: RelayInput) => void;
  readonly #counters: ShellCounters;
  readonly #turns: WorkTurns;
  #last = 0;

  /** `deliver` hands the core an input; `turns` bound the work of one turn of the event loop. */
  constructor(
    deliver: (input: RelayInput) => void,
    counters: ShellCounters,
    turns: WorkTurns = threadTurns,
  ) {
    this.#deliver = deliver;
    this.#counters = counters;
    this.#turns = turns;
  }

  /** Clients' links that are open. */
  get size(): number {
    return this.#links.size;
  }

  /** Takes a link whose preface the core has accepted. */
  take(link: Link, boxSecret: Uint8Array, plan: number): void {
    const client = `client-${++this.#last}`;
    this.#links.set(client, link);
    const peer = toHex(link.peer.identityKey);
    const older = this.#byPeer.get(peer);
    this.#byPeer.set(peer, client);
    if (older !== undefined) {
      // At once: an end that the other side draws out would be time attached as well.
      this.#deliver({ kind: 'client-detached', client: older });
      this.close(older);
    }
    // A frame above the client's rate takes its turn as well: it costs little, and there may be any number.
    const pace = { turns: this.#turns, kind: 'client', piece: PIECE, weight: 1 } as const;
    const paced = new PacedFrames(pace, (packets) => {
      for (const packet of packets) this.#deliver({ kind: 'client-packet', client, packet });
    });
    link.onClose(() => {
      // Of a link that ends in order all was read before. Worked off now, or kept for later, what
      // is left would let whoever fills links and resets them hold the thread up, or fill its memory.
      const left = paced.drop();
      if (left > 0) this.#counters.add('client-unread', left);
      this.#links.delete(client);
      if (this.#byPeer.get(peer) === client) this.#byPeer.delete(peer);
      this.#deliver({ kind: 'client-detached', client });
    });
    this.#deliver({ kind: 'client-attached', client, boxSecret, plan });
    link.onFrames((frames) => paced.take(frames));
  }

  /** Sends a frame of the constant downlink; a client that does not read misses it. */
  send(client: string, frame: Uint8Array): void {
    const outcome = this.#links.get(client)?.send(frame) ?? 'closed';
    if (outcome === 'full') this.#counters.add('client-buffer-full');
    else if (outcome === 'closed') this.#counters.add('client-gone');
  }

  /** Ends every link, so that clients look for the node again when it is back. */
  closeAll(): void {
    for (const link of this.#links.values()) link.close();
  }

  /** Ends a link: another has taken over its box, or the node has no room. */
  close(client: string): void {
    this.#links.get(client)?.close();
  }
}
