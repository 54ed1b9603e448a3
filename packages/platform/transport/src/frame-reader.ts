/**
 * Cuts a stream of bytes into frames of one size. Holds one partial frame, never more, whatever
 * comes: a frame has no length field that a stranger could set.
 */
export class FrameReader {
  readonly #frameBytes: number;
  #partial: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;

  /** @throws RangeError when `frameBytes` is not a positive integer. */
  constructor(frameBytes: number) {
    if (!Number.isSafeInteger(frameBytes) || frameBytes < 1) {
      throw new RangeError(`"frameBytes" expected a positive integer, got ${frameBytes}`);
    }
    this.#frameBytes = frameBytes;
  }

  /** Bytes of an incomplete frame that wait for the rest. */
  get partialBytes(): number {
    return this.#filled;
  }

  /**
   * Takes a chunk and gives the frames that it completes. Each is a copy of its own: a view would
   * keep the whole chunk alive for as long as one packet of it stays in the pool, and socket
   * buffers are used again.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length) {
      const frame = (this.#partial ??= new Uint8Array(this.#frameBytes));
      const part = Math.min(this.#frameBytes - this.#filled, chunk.length - at);
      frame.set(chunk.subarray(at, at + part), this.#filled);
      at += part;
      this.#filled += part;
      if (this.#filled === this.#frameBytes) {
        frames.push(frame);
        this.#partial = undefined;
        this.#filled = 0;
      }
    }
    return frames;
  }
}
