import { TAG_BYTES, type TagFilter } from '@sotto/sphinx';
import { type CryptoSuite, KEY_BYTES, LABELS } from '@sotto/suite';
import { wipe } from '@sotto/wire';
import { FingerprintTable } from './fingerprint-table.ts';

/** Bytes of one stored place of a tag (Spec 05 §4.4). */
export const PLACE_BYTES = 8;
/** Tables that a filter may grow to: its false positives are at most this many times one table's. */
export const MAX_TABLES = 16;
/** Tags of the smallest table: 3.5 MB. With half of all before in each later one, sixteen hold {@link MOST_TAGS}. */
export const LEAST_TAGS: number = 2 ** 20;
/** Tags of the largest filter: 895 MB. */
export const MOST_TAGS: number = 2 ** 28;
const HASH_BYTES = 16;

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
  readonly suite: CryptoSuite;
  /** The routing key whose packets it sees, 32 bytes; only a hash of it is kept. */
  readonly secret: Uint8Array;
  /** Tags at most, 1 to 2^28: 3.33 bytes each once they are there. */
  readonly maxTags: number;
  /** Shared by the filters of one node; an own one when absent. */
  readonly sequence?: TagSequence;
}

/**
 * The replay tags seen under one routing key (Spec 05 §4). It lives and dies with its key. A tag
 * enters only after the MAC held, so strangers cannot fill it. It never forgets: full, it refuses
 * every packet. A new tag is taken for an old one with probability below 7·10⁻⁶ in the largest
 * filter, 4.3·10⁻⁷ in one that was sized right.
 *
 * Tags are pseudo-random to strangers, not to who builds packets and grinds theirs until they
 * collide, so places come from a hash under a secret child of the routing key. What is stored are
 * places, half as long as tags, that are read back without hashing.
 */
export class ReplayFilter implements TagFilter {
  readonly #suite: CryptoSuite;
  readonly #maxTags: number;
  #expectedTags = 0;
  readonly #sequence: TagSequence;
  /** Key of the places, then the tag that is looked at. */
  readonly #message = new Uint8Array(KEY_BYTES + TAG_BYTES);
  readonly #hash = new Uint8Array(HASH_BYTES);
  readonly #place = new DataView(this.#hash.buffer);
  readonly #tables: FingerprintTable[] = [];
  #size = 0;
  #fresh: Uint8Array = new Uint8Array(PLACE_BYTES * 64);
  #freshLength = 0;
  #lastSequence = 0;
  #lastRefusal: 'replay' | 'replay-filter-full' | undefined;
  #erased = false;

  /** Allocates nothing before the first tag. @throws RangeError when `maxTags` is not an integer in 1..2^28. */
  constructor(options: ReplayFilterOptions) {
    const { suite, secret, maxTags } = options;
    if (!Number.isInteger(maxTags) || maxTags < 1 || maxTags > MOST_TAGS)
      throw new RangeError(`"maxTags" expected an integer in 1..2^28, got ${maxTags}`);
    this.#suite = suite;
    this.#maxTags = maxTags;
    this.#sequence = options.sequence ?? new TagSequence();
    suite.blake2b(this.#message.subarray(0, KEY_BYTES), secret, LABELS.replayKey);
  }

  /** Tags held. */
  get size(): number {
    return this.#size;
  }

  /** Memory of the tables. */
  get bytes(): number {
    return this.#tables.reduce((sum, table) => sum + table.bytes, 0);
  }

  /** Whether every new tag is refused from now on. */
  get full(): boolean {
    return this.#size >= this.#maxTags;
  }

  /** Sequence of the tag that was added last; 0 before the first. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Why `addIfNew` said false the last time; undefined before that. */
  get lastRefusal(): 'replay' | 'replay-filter-full' | undefined {
    return this.#lastRefusal;
  }

  /** Says how many tags to make room for; heard until the first tag. */
  expect(tags: number): void {
    this.#expectedTags = Math.ceil(tags);
  }

  /** {@link ReplayFilter.add} in the form that a peel asks for: true when the tag was new and is held now. */
  addIfNew(tag: Uint8Array): boolean {
    const verdict = this.add(tag);
    if (verdict === 'new') return true;
    this.#lastRefusal = verdict;
    return false;
  }

  /**
   * Adds a tag and keeps its place for {@link ReplayFilter.takeNewPlaces}.
   *
   * @returns 'replay' when it was there, also in a full filter; 'replay-filter-full' when it was
   *   not and has no place.
   * @throws TypeError after `erase`.
   */
  add(tag: Uint8Array): TagVerdict {
    if (tag.length !== TAG_BYTES)
      throw new RangeError(`"tag" expected ${TAG_BYTES} bytes, got ${tag.length}`);
    this.#message.set(tag, KEY_BYTES);
    this.#suite.blake2b(this.#hash, this.#message, LABELS.replayPlace);
    const verdict = this.#insert(this.#place.getUint32(0), this.#place.getUint32(4));
    if (verdict === 'new') {
      this.#keep();
      this.#lastSequence = this.#sequence.next();
    }
    return verdict;
  }

  /**
   * The places of the tags added since the last call, to be stored, 8 bytes each; and the sequence
   * that is durable for this filter once they are; undefined when there are none.
   */
  takeNewPlaces(): { readonly sequence: number; readonly bytes: Uint8Array } | undefined {
    if (this.#freshLength === 0) return undefined;
    const bytes = this.#fresh.slice(0, this.#freshLength);
    this.#freshLength = 0;
    return { sequence: this.#lastSequence, bytes };
  }

  /**
   * The place of the tag that was added last, which `takeNewPlaces` then leaves out: whoever takes
   * it stores it (Spec 06 §4.7).
   *
   * @throws RangeError when `takeNewPlaces` has given it out already.
   */
  takeLastPlace(): Uint8Array {
    const at = this.#freshLength - PLACE_BYTES;
    if (at < 0) throw new RangeError('"place" expected one that was not taken, got none');
    this.#freshLength = at;
    return this.#fresh.slice(at, at + PLACE_BYTES);
  }

  /**
   * Loads places that were stored, 8 bytes each; they are durable and get no sequence. A torn last
   * record is no place: its packet never left, since its tag was not durable.
   *
   * @returns false when not all of them have room; the filter is full then.
   */
  load(bytes: Uint8Array): boolean {
    const places = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + PLACE_BYTES <= bytes.length; at += PLACE_BYTES) {
      const verdict = this.#insert(places.getUint32(at), places.getUint32(at + 4));
      if (verdict === 'replay-filter-full') return false;
    }
    return true;
  }

  /** Wipes every tag, when the routing key is wiped. Any use after it throws. */
  erase(): void {
    for (const table of this.#tables) table.erase();
    this.#tables.length = 0;
    wipe(this.#fresh);
    wipe(this.#message);
    wipe(this.#hash);
    this.#freshLength = 0;
    this.#size = 0;
    this.#erased = true;
  }

  #insert(high: number, low: number): TagVerdict {
    if (this.#erased) throw new TypeError('"filter" expected one in use, got an erased one');
    const tables = this.#tables;
    for (const table of tables) if (table.has(high, low)) return 'replay';
    if (this.full) return 'replay-filter-full';
    if (tables.at(-1)?.add(high, low) !== true) {
      if (!this.#grow() || tables.at(-1)?.add(high, low) !== true) return 'replay-filter-full';
    }
    this.#size++;
    return 'new';
  }

  /**
   * One more table: the first as large as is expected, each later one as half of all before, since
   * more came than expected. @returns false when there are as many as the false positives allow.
   */
  #grow(): boolean {
    const tables = this.#tables;
    if (tables.length >= MAX_TABLES) return false;
    const left = this.#maxTags - this.#size;
    const wanted = tables.length === 0 ? this.#expectedTags : Math.ceil(this.#size / 2);
    tables.push(new FingerprintTable(Math.min(left, Math.max(LEAST_TAGS, wanted))));
    return true;
  }

  #keep(): void {
    if (this.#freshLength === this.#fresh.length) {
      const wider = new Uint8Array(this.#fresh.length * 2);
      wider.set(this.#fresh);
      wipe(this.#fresh);
      this.#fresh = wider;
    }
    this.#fresh.set(this.#hash.subarray(0, PLACE_BYTES), this.#freshLength);
    this.#freshLength += PLACE_BYTES;
  }
}
