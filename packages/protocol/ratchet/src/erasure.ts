/** Up to 255 pieces of 16 bytes, of which any `k` give a value of k pieces back (Spec 09 §6.8). @module */
import { MAX_SHARDS, shardAt } from '@sotto/wire';

/** Bytes of one piece. */
export const PIECE_BYTES = 16;
/** Pieces there are of one value: its own, then such as stand in for any lost one. */
export const MAX_PIECES: number = MAX_SHARDS;

/** Pieces that a value of `length` bytes needs. */
export const piecesOf = (length: number): number => Math.ceil(length / PIECE_BYTES);

/** One value cut into pieces, to be sent. */
export class Pieces {
  readonly #own = new Map<number, Uint8Array>();

  /** @param value - 16 to 4,080 bytes, a multiple of 16. */
  constructor(value: Uint8Array) {
    for (let i = 0; i < piecesOf(value.length); i++) {
      this.#own.set(i, value.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES));
    }
  }

  /** Piece `index`, 0 to 254. */
  at(index: number): Uint8Array {
    return shardAt(this.#own, index);
  }
}

/** Pieces of one value as they come. */
export class PieceCollector {
  /** Pieces that are held, by their index; never more than are needed. */
  readonly held: Map<number, Uint8Array> = new Map();
  readonly #needed: number;

  /** @param length - of the value, bytes; a multiple of 16. */
  constructor(length: number) {
    this.#needed = piecesOf(length);
  }

  /** Whether the value can be told. */
  get complete(): boolean {
    return this.held.size >= this.#needed;
  }

  /** Takes piece `index`, 16 bytes; one that is held or not needed any more changes nothing. */
  add(index: number, piece: Uint8Array): void {
    if (!this.complete && !this.held.has(index)) this.held.set(index, piece);
  }

  /** The value, when {@link PieceCollector.complete}. */
  value(): Uint8Array {
    const out = new Uint8Array(this.#needed * PIECE_BYTES);
    for (let i = 0; i < this.#needed; i++) {
      out.set(shardAt(this.held, i), i * PIECE_BYTES);
    }
    return out;
  }
}
