import { ByteWriter, err, ok, type Result } from '@sotto/wire';
import type { TransportLimits } from './limits.ts';

/** Bounds that a snapshot must keep. */
export type SnapshotLimits = Pick<
  TransportLimits,
  'maxSnapshotItems' | 'maxSnapshotItemBytes' | 'maxSnapshotBytes'
>;

/** Why bytes are not a snapshot within the limits. */
export type SnapshotFault = { readonly code: 'snapshot-oversized' };

/**
 * A snapshot as it goes over a stream, Spec 10 §4: for each item u32 length ‖ item, then a zero
 * u32. The end mark tells a whole snapshot from one that was cut off.
 *
 * Errors: `snapshot-oversized`, when there are more or longer items than the limits allow.
 *
 * @throws RangeError for an empty item.
 */
export function encodeSnapshot(
  items: readonly Uint8Array[],
  limits: SnapshotLimits,
): Result<Uint8Array, SnapshotFault> {
  let total = 0;
  for (const item of items) {
    if (item.length === 0) throw new RangeError('"items" expected no empty item, got one');
    if (item.length > limits.maxSnapshotItemBytes) return err({ code: 'snapshot-oversized' });
    total += item.length;
  }
  if (items.length > limits.maxSnapshotItems || total > limits.maxSnapshotBytes) {
    return err({ code: 'snapshot-oversized' });
  }
  const writer = new ByteWriter(total + 4 * items.length + 4);
  for (const item of items) writer.u32(item.length).put(item);
  return ok(writer.u32(0).bytes);
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
