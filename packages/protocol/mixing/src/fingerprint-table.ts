/** Fingerprints in one bucket; a tag may lie in two buckets. */
const BUCKET_SLOTS = 4;
/** Bytes of one fingerprint. */
const FINGERPRINT_BYTES = 3;
/** A table is full at this share of its slots: below it a place is found after a few moves. */
const TABLE_LOAD = 0.9;
/** Moves after which a table says that it has no place; at {@link TABLE_LOAD} one in 10⁹ tables has needed half of it. */
const MAX_MOVES = 512;
const BUCKET_BYTES = BUCKET_SLOTS * FINGERPRINT_BYTES;
const TWO_32 = 2 ** 32;

/**
 * A cuckoo table of 24-bit fingerprints (Fan, Andersen, Kaminsky, Mitzenmacher, CoNEXT 2014): a set
 * of fixed size that never forgets, at 3.33 bytes a tag. A tag that was never there is taken for an
 * old one with probability 2 · 4 · 0.9 / 2^24 = 4.3·10⁻⁷ or less.
 *
 * The two buckets of a fingerprint are found from one another (second = hash − first, modulo any
 * number of buckets), so that a fingerprint can be moved without its tag.
 */
export class FingerprintTable {
  /** Tags at most. */
  readonly capacity: number;
  readonly #buckets: number;
  readonly #bytes: Uint8Array;
  /** Slots that a failed insertion went through, to be undone. */
  readonly #trail = new Uint32Array(MAX_MOVES);
  #size = 0;
  #turn = 0;

  /** An empty table with room for `capacity` tags, 1 to 2^28; allocates 3.33 bytes a tag. */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.#buckets = Math.ceil(capacity / (BUCKET_SLOTS * TABLE_LOAD)) + 1;
    this.#bytes = new Uint8Array(this.#buckets * BUCKET_BYTES);
  }

  /** Tags held. */
  get size(): number {
    return this.#size;
  }

  /** Memory of the table. */
  get bytes(): number {
    return this.#bytes.length;
  }

  /** Whether `high`, `low` (uniform 32-bit words) are held, or share place and fingerprint with what is. */
  has(high: number, low: number): boolean {
    const mark = fingerprint(low);
    const first = this.#first(high);
    return this.#slotOf(first, mark) >= 0 || this.#slotOf(this.#other(first, mark), mark) >= 0;
  }

  /** Adds what is not held. @returns false, with nothing changed, when there is no place. */
  add(high: number, low: number): boolean {
    if (this.#size >= this.capacity) return false;
    let mark = fingerprint(low);
    let bucket = this.#first(high);
    if (this.#place(bucket, mark)) return true;
    bucket = this.#other(bucket, mark);
    for (let moves = 0; moves < MAX_MOVES; moves++) {
      if (this.#place(bucket, mark)) return true;
      // Which slot gives way need not be random, only not always the same.
      const slot = bucket * BUCKET_BYTES + (this.#turn++ & (BUCKET_SLOTS - 1)) * FINGERPRINT_BYTES;
      const out = this.#read(slot);
      this.#write(slot, mark);
      this.#trail[moves] = slot;
      mark = out;
      bucket = this.#other(bucket, mark);
    }
    // Undone, or the one left over would be forgotten: its packet could be replayed.
    for (let moves = MAX_MOVES - 1; moves >= 0; moves--) {
      const slot = this.#trail[moves] ?? 0;
      const before = mark;
      mark = this.#read(slot);
      this.#write(slot, before);
    }
    return false;
  }

  /** Forgets everything. */
  erase(): void {
    this.#bytes.fill(0);
    this.#trail.fill(0);
    this.#size = 0;
  }

  #first(high: number): number {
    return Math.floor(((high >>> 0) * this.#buckets) / TWO_32);
  }

  /** Its own inverse. */
  #other(bucket: number, mark: number): number {
    const hash = Math.floor(((Math.imul(mark, 0x9e3779b1) >>> 0) * this.#buckets) / TWO_32);
    return hash >= bucket ? hash - bucket : hash - bucket + this.#buckets;
  }

  #place(bucket: number, mark: number): boolean {
    const slot = this.#slotOf(bucket, 0);
    if (slot < 0) return false;
    this.#write(slot, mark);
    this.#size++;
    return true;
  }

  /** Offset of a mark in a bucket, of 0 that of an empty slot; −1 when it is not there. */
  #slotOf(bucket: number, mark: number): number {
    const from = bucket * BUCKET_BYTES;
    for (let at = from; at < from + BUCKET_BYTES; at += FINGERPRINT_BYTES) {
      if (this.#read(at) === mark) return at;
    }
    return -1;
  }

  #read(at: number): number {
    const bytes = this.#bytes;
    return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  }

  #write(at: number, mark: number): void {
    const bytes = this.#bytes;
    bytes[at] = mark & 255;
    bytes[at + 1] = (mark >>> 8) & 255;
    bytes[at + 2] = mark >>> 16;
  }
}

/** 24 bits; zero is what an empty slot holds, so it counts as one. */
function fingerprint(low: number): number {
  const mark = low & 0xffffff;
  return mark === 0 ? 1 : mark;
}
