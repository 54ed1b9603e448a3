import type { RelayInput } from '@sotto/relay';
import type { Link } from '@sotto/transport';

/** Packets given to the core at once: a millisecond of work. */
const BATCH = 16;

/** Links that other nodes opened: packets come in, receipts go out (Spec 10 §3.5). To the core a link has a name. */
export class InboundMixLinks {
  readonly #links = new Map<string, Link>();
  readonly #deliver: (input: RelayInput) => void;
  #last = 0;

  /** `deliver` hands the core an input. */
  constructor(deliver: (input: RelayInput) => void) {
    this.#deliver = deliver;
  }

  /** Takes a link whose preface the core has accepted. */
  take(link: Link): void {
    const name = `mix-${++this.#last}`;
    this.#links.set(name, link);
    link.onClose(() => {
      this.#links.delete(name);
      this.#deliver({ kind: 'link-ended', link: name });
    });
    link.onFrames((frames) => {
      // In short runs: what falls due in the pool meanwhile waits for the end of one.
      for (let at = 0; at < frames.length; at += BATCH) {
        this.#deliver({ kind: 'packets', packets: frames.slice(at, at + BATCH), link: name });
      }
    });
  }

  /** Sends a receipt. A link that takes none now gets the next, which counts all. */
  sendReceipt(name: string, frame: Uint8Array): void {
    this.#links.get(name)?.send(frame);
  }
}
