/**
 * A systematic Reed–Solomon code over GF(2^8): up to 255 pieces of 16 bytes, of which any `k` give the
 * data back (Spec 09 §6.8). Only of public values that travel sealed: its tables are indexed by data.
 * @module
 */

/** Bytes of one piece. */
export const PIECE_BYTES = 16;
/** Pieces there are of one value: its own, then such as stand in for any lost one. */
export const MAX_PIECES = 255;

const POLYNOMIAL = 0x11d;
const exp = new Uint8Array(510);
const log = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++) {
  exp[i] = x;
  exp[i + 255] = x;
  log[x] = i;
  x <<= 1;
  if (x & 0x100) x ^= POLYNOMIAL;
}

/** Pieces that a value of `length` bytes needs. */
export const piecesOf = (length: number): number => Math.ceil(length / PIECE_BYTES);

/**
 * The value at `target` of the polynomial through `points`, byte by byte (Lagrange). No point may be
 * at `target`.
 */
function interpolate(points: ReadonlyMap<number, Uint8Array>, target: number): Uint8Array {
  const out = new Uint8Array(PIECE_BYTES);
  for (const [x, piece] of points) {
    // The logarithm of Π (target − other) / (x − other), kept positive.
    let power = 0;
    for (const other of points.keys()) {
      if (other === x) continue;
      power += 255 + (log[target ^ other] ?? 0) - (log[x ^ other] ?? 0);
    }
    power %= 255;
    for (let i = 0; i < PIECE_BYTES; i++) {
      const byte = piece[i] ?? 0;
      if (byte !== 0) out[i] = (out[i] ?? 0) ^ (exp[(log[byte] ?? 0) + power] ?? 0);
    }
  }
  return out;
}

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
    return this.#own.get(index) ?? interpolate(this.#own, index);
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
      out.set(this.held.get(i) ?? interpolate(this.held, i), i * PIECE_BYTES);
    }
    return out;
  }
}
