import type { RelayInput } from '@sotto/relay';
import type { Defer, Link } from '@sotto/transport';
import { WorkTurns } from './work-turns.ts';

/** Packets given to the core at once: a millisecond of work, for whose end a packet waits that is due in the middle of it. */
const BATCH = 16;
/**
 * Packets in one turn of the event loop, of all links together. Counted in batches, of which fifty
 * links at half load have one of a packet or two each, three packets of four waited for a turn, and
 * their links were paused for it.
 */
const PACKETS_A_TURN = BATCH;

interface Inbound {
  readonly link: Link;
  /** Packets that wait for a turn; more are not read meanwhile. */
  waiting: readonly Uint8Array[];
}

/** Links that other nodes opened: packets come in, receipts go out (Spec 10 §3.5). To the core a link has a name. */
export class InboundMixLinks {
  readonly #links = new Map<string, Inbound>();
  readonly #deliver: (input: RelayInput) => void;
  readonly #turns: WorkTurns;
  #last = 0;

  /**
   * @param deliver - hands the core an input.
   * @param defer - calls back in the next turn of the event loop.
   */
  constructor(
    deliver: (input: RelayInput) => void,
    defer: Defer = (task) => void setImmediate(task),
  ) {
    this.#deliver = deliver;
    this.#turns = new WorkTurns(PACKETS_A_TURN, defer);
  }

  /** Takes a link whose preface the core has accepted. */
  take(link: Link): void {
    const name = `mix-${++this.#last}`;
    const inbound: Inbound = { link, waiting: [] };
    this.#links.set(name, inbound);
    link.onClose(() => {
      // What was read is the node's: it counts as any other packet.
      while (inbound.waiting.length > 0) this.#deliverSome(name, inbound);
      this.#links.delete(name);
      this.#deliver({ kind: 'link-ended', link: name });
    });
    link.onFrames((frames) => {
      inbound.waiting = frames;
      while (inbound.waiting.length > 0 && this.#turns.take(batchOf(inbound))) {
        this.#deliverSome(name, inbound);
      }
      return inbound.waiting.length > 0 ? this.#goOn(name, inbound) : undefined;
    });
  }

  /** Sends a receipt. A link that takes none now gets the next, which counts all. */
  sendReceipt(name: string, frame: Uint8Array): void {
    this.#links.get(name)?.link.send(frame);
  }

  /** Turn by turn. */
  async #goOn(name: string, inbound: Inbound): Promise<void> {
    while (inbound.waiting.length > 0) {
      // oxlint-disable-next-line no-await-in-loop
      await this.#turns.next(batchOf(inbound));
      if (inbound.waiting.length > 0) this.#deliverSome(name, inbound);
    }
  }

  #deliverSome(name: string, inbound: Inbound): void {
    const packets = inbound.waiting.slice(0, BATCH);
    inbound.waiting = inbound.waiting.slice(BATCH);
    this.#deliver({ kind: 'packets', packets, link: name });
  }
}

const batchOf = ({ waiting }: Inbound): number => Math.min(BATCH, waiting.length);
