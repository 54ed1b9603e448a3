import { err, ok, type Result } from '@sotto/wire';
import type { TransportLimits } from './limits.ts';

const LENGTH_BYTES = 4;
/** What stands behind the last item: one of no length. */
const END = new Uint8Array(0);

/** Bounds that a snapshot must keep. */
export type SnapshotLimits = Pick<
  TransportLimits,
  'maxSnapshotItems' | 'maxSnapshotItemBytes' | 'maxSnapshotBytes'
>;

/** Why bytes are not a snapshot within the limits. */
export type SnapshotFault = { readonly code: 'snapshot-oversized' };

/** Bytes of one piece in which a snapshot is written. */
export const SNAPSHOT_PIECE_BYTES: number = 64 * 1024;

/**
 * Whether items make a snapshot within the limits.
 *
 * Errors: `snapshot-oversized`, when there are more or longer items than the limits allow.
 *
 * @throws RangeError for an empty item.
 */
export function checkSnapshot(
  items: readonly Uint8Array[],
  limits: SnapshotLimits,
): Result<void, SnapshotFault> {
  let total = 0;
  for (const item of items) {
    if (item.length === 0) throw new RangeError('"items" expected no empty item, got one');
    if (item.length > limits.maxSnapshotItemBytes) return err({ code: 'snapshot-oversized' });
    total += item.length;
  }
  return items.length > limits.maxSnapshotItems || total > limits.maxSnapshotBytes
    ? err({ code: 'snapshot-oversized' })
    : ok(undefined);
}

/**
 * A snapshot as it goes over a stream, Spec 10 §4: for each item u32 length ‖ item, then a zero
 * u32. The end mark tells a whole snapshot from one that was cut off.
 *
 * Piece by piece, on demand: encoded as a whole, 24 MiB would be copied in one turn of the event
 * loop and held for each peer that asks and does not read.
 */
export class SnapshotEncoder {
  readonly #items: readonly Uint8Array[];
  readonly #pieceBytes: number;
  /** The item under way; behind the last, the end mark; behind that, nothing. */
  #index = 0;
  /** Bytes of it, its length included, that were given. */
  #given = 0;

  /** Starts at the first item; `items` must have passed `checkSnapshot`, and must not change. */
  constructor(items: readonly Uint8Array[], pieceBytes: number = SNAPSHOT_PIECE_BYTES) {
    this.#items = items;
    this.#pieceBytes = pieceBytes;
  }

  /** Whether the end mark was given. */
  get done(): boolean {
    return this.#index > this.#items.length;
  }

  /** The next bytes, `pieceBytes` or, in the last piece, what is left; a copy. Empty once `done`. */
  next(): Uint8Array {
    const piece = new Uint8Array(this.#pieceBytes);
    let filled = 0;
    while (filled < piece.length && !this.done) {
      const item = this.#items[this.#index] ?? END;
      if (this.#given < LENGTH_BYTES) {
        piece[filled++] = (item.length >>> (8 * (LENGTH_BYTES - 1 - this.#given++))) & 255;
      } else {
        const at = this.#given - LENGTH_BYTES;
        const part = item.subarray(at, at + piece.length - filled);
        piece.set(part, filled);
        filled += part.length;
        this.#given += part.length;
      }
      if (this.#given === LENGTH_BYTES + item.length) {
        this.#index++;
        this.#given = 0;
      }
    }
    return filled < piece.length ? piece.slice(0, filled) : piece;
  }
}

/**
 * Reads a snapshot from chunks. Every length is checked before anything is allocated for it;
 * after a fault or the end mark nothing more is taken.
 */
export class SnapshotDecoder {
  readonly #limits: SnapshotLimits;
  readonly #items: Uint8Array[] = [];
  #total = 0;
  #length = 0;
  #lengthBytes = 0;
  #item: Uint8Array | undefined;
  #filled = 0;
  #done = false;
  #fault: SnapshotFault | undefined;

  /** Starts at the first length. */
  constructor(limits: SnapshotLimits) {
    this.#limits = limits;
  }

  /** All items once the end mark has come; before, undefined. */
  get items(): readonly Uint8Array[] | undefined {
    return this.#done ? this.#items : undefined;
  }

  /** Takes a chunk. Errors: `snapshot-oversized`, also for bytes behind the end mark. */
  push(chunk: Uint8Array): Result<void, SnapshotFault> {
    let at = 0;
    while (at < chunk.length && this.#fault === undefined) {
      if (this.#done) this.#fault = { code: 'snapshot-oversized' };
      else if (this.#item === undefined) this.#lengthByte(chunk[at++] ?? 0);
      else {
        const part = Math.min(this.#item.length - this.#filled, chunk.length - at);
        this.#item.set(chunk.subarray(at, at + part), this.#filled);
        at += part;
        this.#filled += part;
        if (this.#filled === this.#item.length) {
          this.#items.push(this.#item);
          this.#item = undefined;
        }
      }
    }
    return this.#fault === undefined ? ok(undefined) : err(this.#fault);
  }

  #lengthByte(byte: number): void {
    this.#length = this.#length * 256 + byte;
    if (++this.#lengthBytes < 4) return;
    const length = this.#length;
    this.#length = 0;
    this.#lengthBytes = 0;
    if (length === 0) this.#done = true;
    else if (
      length > this.#limits.maxSnapshotItemBytes ||
      this.#total + length > this.#limits.maxSnapshotBytes ||
      this.#items.length >= this.#limits.maxSnapshotItems
    ) {
      this.#fault = { code: 'snapshot-oversized' };
    } else {
      this.#total += length;
      this.#item = new Uint8Array(length);
      this.#filled = 0;
    }
  }
}
