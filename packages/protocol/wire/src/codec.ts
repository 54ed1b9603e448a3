/**
 * Reads a fixed layout from bytes that anybody may have sent. A read past the end gives zeros
 * and marks the reader as failed, so that a decoder reads all its fields and asks once, at the end.
 * Nothing is allocated for a length that the input does not hold.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #failed = false;

  /** Reads from the start of `bytes`, which is not copied. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** Where the next read starts, bytes from the start. */
  get offset(): number {
    return this.#at;
  }

  /** True while no read has gone past the end and no value was refused. */
  get ok(): boolean {
    return !this.#failed;
  }

  /** True when nothing failed and nothing is left over: a strict decoder's closing question. */
  get done(): boolean {
    return !this.#failed && this.#at === this.#bytes.length;
  }

  /** Marks the input as refused: a value that was read is out of its range. */
  refuse(): void {
    this.#failed = true;
  }

  #advance(length: number): number | undefined {
    if (this.#failed || length > this.remaining) {
      this.#failed = true;
      return undefined;
    }
    const at = this.#at;
    this.#at += length;
    return at;
  }

  /** One byte. */
  u8(): number {
    const at = this.#advance(1);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  /** Two bytes, big-endian. */
  u16(): number {
    const at = this.#advance(2);
    return at === undefined ? 0 : this.#view.getUint16(at);
  }

  /** Four bytes, big-endian. */
  u32(): number {
    const at = this.#advance(4);
    return at === undefined ? 0 : this.#view.getUint32(at);
  }

  /** Eight bytes, big-endian, at most 2^53 − 1; more is refused. */
  u53(): number {
    const at = this.#advance(8);
    if (at === undefined) return 0;
    const high = this.#view.getUint32(at);
    if (high >= 2 ** 21) {
      this.#failed = true;
      return 0;
    }
    return high * 2 ** 32 + this.#view.getUint32(at + 4);
  }

  /** A copy of the next `length` bytes; empty when they are not there. */
  take(length: number): Uint8Array {
    const at = this.#advance(length);
    // Not `slice`: of a Node Buffer that is a view, and a decoded field would change with its input.
    return at === undefined
      ? new Uint8Array(0)
      : new Uint8Array(this.#bytes.subarray(at, at + length));
  }

  /** A copy of all that is left. */
  rest(): Uint8Array {
    return this.take(this.remaining);
  }
}

/** Writes a fixed layout into a buffer of known length. A write past the end is the caller's bug and throws. */
export class ByteWriter {
  /** The whole buffer; zeros where nothing was written. */
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  /** Starts at the beginning of a zeroed buffer of `length` bytes. */
  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Bytes written so far. */
  get offset(): number {
    return this.#at;
  }

  /** Bytes still free. */
  get remaining(): number {
    return this.bytes.length - this.#at;
  }

  #advance(length: number): number {
    if (length > this.remaining)
      throw new RangeError(`"length" expected at most ${this.remaining}, got ${length}`);
    const at = this.#at;
    this.#at += length;
    return at;
  }

  /** One byte. */
  u8(value: number): this {
    this.#view.setUint8(this.#advance(1), value);
    return this;
  }

  /** Two bytes, big-endian. */
  u16(value: number): this {
    this.#view.setUint16(this.#advance(2), value);
    return this;
  }

  /** Four bytes, big-endian. */
  u32(value: number): this {
    this.#view.setUint32(this.#advance(4), value);
    return this;
  }

  /** Eight bytes, big-endian, of an integer below 2^53. */
  u53(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`"value" expected below 2^53, got ${value}`);
    const at = this.#advance(8);
    this.#view.setUint32(at, Math.floor(value / 2 ** 32));
    this.#view.setUint32(at + 4, value % 2 ** 32);
    return this;
  }

  /** The bytes as they are. */
  put(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#advance(bytes.length));
    return this;
  }
}
