import type { RelayInput } from '@sotto/relay';
import type { Link } from '@sotto/transport';
import { PacedFrames } from './paced-frames.ts';
import type { ShellCounters } from './shell-counters.ts';
import { threadTurns, type WorkTurns } from './work-turns.ts';

/** Packets given to the core at once: a millisecond of work, for whose end a packet waits that is due in the middle of it. */
const BATCH = 8;

/** Links that other nodes opened: packets come in, receipts go out (Spec 10 §3.5). To the core a link has a name. */
export class InboundMixLinks {
  readonly #links = new Map<string, Link>();
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

  /** Takes a link whose preface the core has accepted. */
  take(link: Link): void {
    const name = `mix-${++this.#last}`;
    this.#links.set(name, link);
    const pace = { turns: this.#turns, kind: 'mix', piece: BATCH, weight: 1 } as const;
    const paced = new PacedFrames(pace, (packets) =>
      this.#deliver({ kind: 'packets', packets, link: name }),
    );
    link.onClose(() => {
      // As of clients: worked off now, links that are filled and reset would hold the thread up. The
      // other node has no receipt for these, and sends them again.
      const left = paced.drop();
      if (left > 0) this.#counters.add('mix-unread', left);
      this.#links.delete(name);
      this.#deliver({ kind: 'link-ended', link: name });
    });
    link.onFrames((frames) => paced.take(frames));
  }

  /** Sends a receipt. A link that takes none now gets the next, which counts all. */
  sendReceipt(name: string, frame: Uint8Array): void {
    this.#links.get(name)?.send(frame);
  }
}
