import type { MessageStream } from '@libp2p/interface';

/** Bytes of a yamux frame's header. */
export const HEADER_BYTES = 12;
/** Type of a frame that gives credit, at offset 1 of its header. */
const WINDOW_UPDATE = 1;
/** Credit that is worth a frame: half of the smallest window, as in other implementations. */
const WORTH_BYTES = 128 * 1024;
/** Streams whose credit is held before those that have ended are looked for. */
const SWEEP_AT = 64;

/**
 * Makes yamux write less. The library answers every data frame with credit for it, in a record, a
 * write and a read of its own, which cost as much as the packet itself; and it hands down a frame's
 * header and data as two pieces, which become two records. Here credit goes back when half a
 * window has been used, and a frame goes down whole.
 */
export class MuxThrift {
  /** Whether a stream is open: credit of one that has ended is forgotten. */
  isOpen: (id: number) => boolean = () => true;
  /** Held back, by stream. */
  readonly #credits = new Map<number, number>();

  /** Takes over `connection.send`, before a multiplexer is made on it. */
  constructor(connection: MessageStream) {
    const send = connection.send.bind(connection);
    connection.send = (data) => {
      const frame = data instanceof Uint8Array ? data : data.subarray();
      return this.#holdBack(frame) || send(frame);
    };
  }

  /** Whether the frame need not go out yet; adds what was held back to one that goes. */
  #holdBack(frame: Uint8Array): boolean {
    if (frame.length !== HEADER_BYTES || frame[1] !== WINDOW_UPDATE) return false;
    const view = new DataView(frame.buffer, frame.byteOffset, HEADER_BYTES);
    // Flags open, accept and end streams.
    if (view.getUint16(2) !== 0) return false;
    const id = view.getUint32(4);
    const credit = (this.#credits.get(id) ?? 0) + view.getUint32(8);
    if (credit < WORTH_BYTES) {
      if (!this.#credits.has(id) && this.#credits.size % SWEEP_AT === SWEEP_AT - 1) this.#sweep();
      this.#credits.set(id, credit);
      return true;
    }
    this.#credits.delete(id);
    view.setUint32(8, credit);
    return false;
  }

  /** A stranger may open streams without end, one after the other. */
  #sweep(): void {
    for (const id of this.#credits.keys()) if (!this.isOpen(id)) this.#credits.delete(id);
  }
}
