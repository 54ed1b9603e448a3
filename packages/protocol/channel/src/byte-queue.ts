import { concat } from '@sotto/wire';

/** Pieces below this are put together, so that many small ones cost no more than their bytes. */
const SMALL_BYTES = 1024;

/** Bytes in the order in which they were put in. */
export class ByteQueue {
  #pieces: Uint8Array[] = [];
  #size = 0;

  /** Bytes that are in it. */
  get size(): number {
    return this.#size;
  }

  /** Adds a copy of bytes behind all others. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#size += bytes.length;
    const last = this.#pieces.at(-1);
    if (last !== undefined && last.length < SMALL_BYTES && bytes.length < SMALL_BYTES) {
      this.#pieces[this.#pieces.length - 1] = concat(last, bytes);
    } else this.#pieces.push(Uint8Array.from(bytes));
  }

  /** Takes at most `most` bytes from the front. */
  take(most: number): Uint8Array {
    const out: Uint8Array[] = [];
    let room = most;
    while (room > 0) {
      const first = this.#pieces[0];
      if (first === undefined) break;
      const part = first.subarray(0, room);
      out.push(part);
      room -= part.length;
      if (part.length === first.length) this.#pieces.shift();
      else this.#pieces[0] = first.subarray(part.length);
    }
    this.#size -= most - room;
    return concat(...out);
  }
}
