import { TAG_BYTES, type TagFilter } from '@sotto/sphinx';
import { type Rng, uint32 } from '@sotto/wire';

const WORDS = TAG_BYTES / 4;
const FIRST_BITS = 10;
/** Slots of the old table that move with each new tag while a filter grows: done when the new one is half full. */
const MOVED_SLOTS = 4;

/** Numbers the tags of all filters of a node in one row, so that one number says what is durable. */
export class TagSequence {
  #last = 0;

  /** The last number given; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** The next number. */
  next(): number {
    return ++this.#last;
  }
}

/** Outcome of {@link ReplayFilter.add}. */
export type TagVerdict = 'new' | 'replay' | 'replay-filter-full';

/** What a filter needs to know. */
export interface ReplayFilterOptions {
  /** Draws the key of the table's positions. */
  readonly rng: Rng;
  /** Tags at most; a table takes 21 to 43 bytes a tag (64 while it doubles). */
  readonly maxTags: number;
  /** Shared by the filters of one node; an own one when absent. */
  readonly sequence?: TagSequence;
}

/**
 * The replay tags seen under one routing key, exactly: no false positive that would drop an honest
 * packet (Spec 05 §4). It lives and dies with its key. A tag enters only after the MAC held, so
 * strangers cannot fill it. Full, it refuses every packet: forgetting a tag would let it be replayed.
 *
 * Tags are outputs of a pseudo-random function, but who builds packets can grind theirs: positions
 * come from a multiply-shift hash under a random key, so chains of collisions cannot be aimed at.
 */
export class ReplayFilter implements TagFilter {
  readonly #maxTags: number;
  readonly #sequence: TagSequence;
  readonly #key = new Uint32Array(WORDS);
  readonly #probe = new Uint32Array(WORDS);
  #bits = FIRST_BITS;
  #table: Uint32Array = new Uint32Array(WORDS * 2 ** FIRST_BITS);
  /** The table before the last doubling, while its tags move: all at once would stop the node for a second. */
  #old: Uint32Array = new Uint32Array(0);
  #moved = 0;
  #inTable = 0;
  /** The one tag that an empty slot would be taken for. */
  #hasZero = false;
  #fresh: Uint8Array = new Uint8Array(TAG_BYTES * 256);
  #freshLength = 0;
  #lastSequence = 0;
  #lastRefusal: 'replay' | 'replay-filter-full' | undefined;
  #erased = false;

  /** @throws RangeError when `maxTags` is not an integer in 1..2^27. */
  constructor(options: ReplayFilterOptions) {
    const { maxTags } = options;
    if (!Number.isInteger(maxTags) || maxTags < 1 || maxTags > 2 ** 27)
      throw new RangeError(`"maxTags" expected an integer in 1..2^27, got ${maxTags}`);
    this.#maxTags = maxTags;
    this.#sequence = options.sequence ?? new TagSequence();
    // Odd multipliers: an even one would lose the top bits of a tag.
    for (let i = 0; i < WORDS; i++) this.#key[i] = uint32(options.rng) | 1;
  }

  /** Tags held. */
  get size(): number {
    return this.#inTable + (this.#hasZero ? 1 : 0);
  }

  /** Whether every new tag is refused from now on. */
  get full(): boolean {
    return this.size >= this.#maxTags;
  }

  /** Sequence of the tag that was added last; 0 before the first. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Why `addIfNew` said false the last time; undefined before that. */
  get lastRefusal(): 'replay' | 'replay-filter-full' | undefined {
    return this.#lastRefusal;
  }

  /** {@link ReplayFilter.add} in the form that a peel asks for: true when the tag was new and is held now. */
  addIfNew(tag: Uint8Array): boolean {
    const verdict = this.add(tag);
    if (verdict === 'new') return true;
    this.#lastRefusal = verdict;
    return false;
  }

  /**
   * Adds a tag and keeps it for {@link ReplayFilter.takeNewTags}.
   *
   * @returns 'replay' when it was there, also in a full filter; 'replay-filter-full' when it was
   *   not and has no place.
   * @throws TypeError after `erase`.
   */
  add(tag: Uint8Array): TagVerdict {
    const verdict = this.#insert(tag);
    if (verdict !== 'new') return verdict;
    if (this.#freshLength === this.#fresh.length) {
      const wider = new Uint8Array(this.#fresh.length * 2);
      wider.set(this.#fresh);
      this.#fresh.fill(0);
      this.#fresh = wider;
    }
    this.#fresh.set(tag, this.#freshLength);
    this.#freshLength += TAG_BYTES;
    this.#lastSequence = this.#sequence.next();
    return 'new';
  }

  /**
   * The tags added since the last call, to be stored, 16 bytes each; and the sequence that is
   * durable for this filter once they are; undefined when there are none.
   */
  takeNewTags(): { readonly sequence: number; readonly bytes: Uint8Array } | undefined {
    if (this.#freshLength === 0) return undefined;
    const bytes = this.#fresh.slice(0, this.#freshLength);
    this.#fresh.fill(0, 0, this.#freshLength);
    this.#freshLength = 0;
    return { sequence: this.#lastSequence, bytes };
  }

  /**
   * Loads tags that were stored, 16 bytes each; they are durable and get no sequence. A torn last
   * record is no tag: its packet never left, since its tag was not durable.
   *
   * @returns false when not all of them have a place; the filter is full then.
   */
  load(bytes: Uint8Array): boolean {
    for (let at = 0; at + TAG_BYTES <= bytes.length; at += TAG_BYTES) {
      if (this.#insert(bytes.subarray(at, at + TAG_BYTES)) === 'replay-filter-full') return false;
    }
    return true;
  }

  /** Wipes every tag, when the routing key is wiped. Any use after it throws. */
  erase(): void {
    this.#table.fill(0);
    this.#fresh.fill(0);
    this.#key.fill(0);
    this.#probe.fill(0);
    this.#old.fill(0);
    this.#table = new Uint32Array(0);
    this.#old = new Uint32Array(0);
    this.#fresh = new Uint8Array(0);
    this.#freshLength = 0;
    this.#inTable = 0;
    this.#hasZero = false;
    this.#erased = true;
  }

  #insert(tag: Uint8Array): TagVerdict {
    if (this.#erased) throw new TypeError('"filter" expected one in use, got an erased one');
    if (tag.length !== TAG_BYTES)
      throw new RangeError(`"tag" expected ${TAG_BYTES} bytes, got ${tag.length}`);
    const probe = this.#probe;
    let any = 0;
    for (let i = 0; i < WORDS; i++) {
      const at = 4 * i;
      const word =
        (tag[at] ?? 0) |
        ((tag[at + 1] ?? 0) << 8) |
        ((tag[at + 2] ?? 0) << 16) |
        ((tag[at + 3] ?? 0) << 24);
      probe[i] = word;
      any |= word;
    }
    if (any === 0) {
      if (this.#hasZero) return 'replay';
      if (this.full) return 'replay-filter-full';
      this.#hasZero = true;
      return 'new';
    }
    const slot = this.#find(this.#table, this.#bits, probe, 0);
    if (this.#occupied(this.#table, slot) || this.#isInOld(probe)) return 'replay';
    if (this.full) return 'replay-filter-full';
    this.#table.set(probe, slot);
    this.#inTable++;
    if (this.#old.length > 0) this.#move();
    else if (this.#inTable * 4 > 3 * 2 ** this.#bits) this.#grow();
    return 'new';
  }

  /** Index of the tag `from[at..at+4)` in `table` of 2^bits slots, or of the empty slot where it belongs. */
  #find(table: Uint32Array, bits: number, from: Uint32Array, at: number): number {
    const a = from[at] ?? 0;
    const b = from[at + 1] ?? 0;
    const c = from[at + 2] ?? 0;
    const d = from[at + 3] ?? 0;
    const key = this.#key;
    const sum =
      Math.imul(a, key[0] ?? 0) +
      Math.imul(b, key[1] ?? 0) +
      Math.imul(c, key[2] ?? 0) +
      Math.imul(d, key[3] ?? 0);
    let slot = WORDS * (sum >>> (32 - bits));
    while (
      this.#occupied(table, slot) &&
      !(
        table[slot] === a &&
        table[slot + 1] === b &&
        table[slot + 2] === c &&
        table[slot + 3] === d
      )
    ) {
      slot += WORDS;
      if (slot === table.length) slot = 0;
    }
    return slot;
  }

  #isInOld(probe: Uint32Array): boolean {
    const old = this.#old;
    return old.length > 0 && this.#occupied(old, this.#find(old, this.#bits - 1, probe, 0));
  }

  #occupied(table: Uint32Array, slot: number): boolean {
    return (
      ((table[slot] ?? 0) |
        (table[slot + 1] ?? 0) |
        (table[slot + 2] ?? 0) |
        (table[slot + 3] ?? 0)) !==
      0
    );
  }

  #grow(): void {
    this.#bits++;
    this.#old = this.#table;
    this.#moved = 0;
    this.#table = new Uint32Array(WORDS * 2 ** this.#bits);
  }

  /** Copies the next slots of the old table; it stays whole until the last, since its chains run through them. */
  #move(): void {
    const old = this.#old;
    const table = this.#table;
    for (let i = 0; i < MOVED_SLOTS; i++, this.#moved += WORDS) {
      const at = this.#moved;
      if (!this.#occupied(old, at)) continue;
      const slot = this.#find(table, this.#bits, old, at);
      for (let word = 0; word < WORDS; word++) table[slot + word] = old[at + word] ?? 0;
    }
    if (this.#moved < old.length) return;
    old.fill(0);
    this.#old = new Uint32Array(0);
  }
}
