import { acceptedEpochs, epochAt, epochStart, type NetworkParameters } from '@sotto/directory';
import { PLACE_BYTES, ReplayFilter, TagSequence } from '@sotto/mixing';
import type { AcceptedKey, HopKey } from '@sotto/sphinx';
import { type CryptoSuite, KEY_BYTES, POINT_BYTES } from '@sotto/suite';
import {
  after,
  ByteWriter,
  concat,
  instant,
  type Instant,
  MICROS_PER_MS,
  randomBytes,
  type Rng,
  wipe,
} from '@sotto/wire';
import type { Place, StoredPlaces } from './store-writes.ts';
import { TagRoomError } from './tag-room-error.ts';

/** A routing key as it stands in the node's secret files, with the replay tags that were seen under it. */
export interface StoredEpoch {
  readonly epoch: number;
  /** X25519 secret, 32 bytes. */
  readonly secret: Uint8Array;
  /** Bytes of the places that are stored for it; they follow by `Relay.restorePlaces`. */
  readonly placeBytes: number;
}

/** What the node's secret files must do. */
export type KeyOutput =
  | { readonly kind: 'write-key'; readonly epoch: number; readonly secret: Uint8Array }
  | { readonly kind: 'erase-key'; readonly epoch: number }
  | {
      /** Append the places of new replay tags, 8 bytes each (Spec 05 §4.4). */
      readonly kind: 'write-tags';
      readonly batches: readonly { readonly epoch: number; readonly bytes: Uint8Array }[];
      /** What `tags-stored` answers when every batch is on disk. */
      readonly sequence: number;
    };

interface EpochKey {
  readonly key: HopKey;
  readonly tags: ReplayFilter;
  readonly accepted: AcceptedKey;
  stored: boolean;
  /** Bytes of stored places that have not been loaded yet. */
  unloadedBytes: number;
}

/**
 * Least time between two writes of tags, µs: a sync costs the same for one tag as for a hundred, and
 * of a hundred packets one is due within two milliseconds.
 */
const WRITE_INTERVAL_MICROS = 2 * MICROS_PER_MS;

/**
 * How long before the first packet that waits for it a write begins, µs: longer than a sync takes,
 * and so little that of packets held for 250 ms one in twenty-five is due sooner.
 */
const WRITE_LEAD_MICROS = 10 * MICROS_PER_MS;

/** How long tags wait for a write at most, µs: receipts rest on them, and go out once a second. */
const WRITE_LATEST_MICROS = 100 * MICROS_PER_MS;

const NOTHING = new Uint8Array(0);

/** Room beyond what the measured rate will fill. */
const SIZE_MARGIN = 1.25;

/** What the keys are made of. */
export interface EpochKeysOptions {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly parameters: NetworkParameters;
  readonly nodeName: Uint8Array;
  readonly maxTags: number;
  /** Taken over: secrets are erased in their time. */
  readonly restored: readonly StoredEpoch[];
}

/**
 * The node's routing keys, one an epoch up to the horizon, each drawn independently (a key derived
 * from a master would open every epoch to whoever seizes it), each with the replay filter that
 * lives and dies with it (Spec 07 §3). A key counts as published only once it is stored.
 */
export class EpochKeys {
  readonly #options: Omit<EpochKeysOptions, 'restored'>;
  readonly #byEpoch = new Map<number, EpochKey>();
  readonly #outputs: KeyOutput[] = [];
  readonly #sequence = new TagSequence();
  #durableSequence = 0;
  #writing = false;
  /** New tags that wait for the next write; those that a batch of the store has taken are not. */
  #fresh = 0;
  /** Before it, none: the last was too recent. */
  #nextWriteAt: Instant | undefined;
  /** When tags that came since the last write are wanted on the disk. */
  #wantedAt: Instant | undefined;
  #now: Instant | undefined;
  #refusal: 'replay' | 'replay-filter-full' = 'replay';
  /** Keys whose filters hold the tags of the packet that is being handled. */
  readonly #recent: EpochKey[] = [];
  /** Places that the store has and the logs have not. */
  readonly #adopted: StoredPlaces[] = [];
  #adopting: readonly StoredPlaces[] = [];
  readonly #logged: string[] = [];
  #accepted: readonly number[] = [];
  #current = 0;

  /** Takes the stored keys; draws nothing before the first `advance`. */
  constructor(options: EpochKeysOptions) {
    const { restored, ...rest } = options;
    this.#options = rest;
    for (const { epoch, secret, placeBytes } of restored) {
      const entry = this.#add(epoch, secret, true);
      entry.unloadedBytes = placeBytes;
      entry.tags.expect((SIZE_MARGIN * placeBytes) / PLACE_BYTES);
    }
  }

  /** Whether every stored place has been loaded: before that a key would pass replays. */
  get complete(): boolean {
    for (const { unloadedBytes } of this.#byEpoch.values()) if (unloadedBytes > 0) return false;
    return true;
  }

  /**
   * Loads stored places of a key, whole records, in any order.
   *
   * @throws TagRoomError when they find no room, as with a smaller `maxTags` than in an earlier life:
   *   a key without all its tags would pass replays, and one whose filter is full refuses everything.
   */
  restorePlaces(epoch: number, bytes: Uint8Array): void {
    const entry = this.#byEpoch.get(epoch);
    if (entry === undefined) return;
    this.#load(entry, bytes);
    entry.unloadedBytes -= bytes.length;
  }

  /** Every tag up to this sequence that is not in a batch of the store is on disk: packets with later tags stay in the pool. */
  get durableSequence(): number {
    return this.#durableSequence;
  }

  /** Sequence of the newest tag. */
  get lastSequence(): number {
    return this.#sequence.last;
  }

  /** Memory of all filters. */
  get filterBytes(): number {
    let sum = 0;
    for (const { tags } of this.#byEpoch.values()) sum += tags.bytes;
    return sum;
  }

  /** Tags held under all keys. */
  get tags(): number {
    let sum = 0;
    for (const { tags } of this.#byEpoch.values()) sum += tags.size;
    return sum;
  }

  /** Draws keys up to the horizon and erases those whose time has ended. @returns whether anything changed. */
  advance(now: Instant): boolean {
    const { parameters, rng } = this.#options;
    const current = epochAt(parameters, now);
    this.#current = current;
    this.#accepted = acceptedEpochs(parameters, now);
    this.#expect(now);
    let changed = false;
    for (let epoch = current; epoch <= current + parameters.horizonEpochs; epoch++) {
      if (this.#byEpoch.has(epoch)) continue;
      const secret = randomBytes(rng, KEY_BYTES);
      this.#add(epoch, secret, false);
      this.#outputs.push({ kind: 'write-key', epoch, secret: secret.slice() });
      changed = true;
    }
    const oldest = Math.min(...this.#accepted, current);
    for (const [epoch, { key, tags }] of this.#byEpoch) {
      if (epoch >= oldest) continue;
      wipe(key.secret);
      tags.erase();
      this.#byEpoch.delete(epoch);
      this.#outputs.push({ kind: 'erase-key', epoch });
      changed = true;
    }
    return changed;
  }

  /** A packet is about to be peeled. */
  beginPacket(now: Instant): void {
    this.#recent.length = 0;
    this.#now = now;
  }

  /** The packet that was peeled last leaves at `due`: its tags, and all before them, should be durable by then. */
  neededBy(due: Instant): void {
    this.#want(instant(Math.max(0, due - WRITE_LEAD_MICROS)));
  }

  /**
   * The places of the tags of the packet that was peeled last, which the store keeps in one batch
   * with what the packet changed; they get no write of their own.
   */
  claimPlaces(): readonly Place[] {
    const places = this.#recent
      .toReversed()
      .map(({ key, tags }) => ({ epoch: key.epoch, bytes: tags.takeLastPlace() }));
    this.#fresh -= places.length;
    this.#recent.length = 0;
    if (!this.#writing && this.#fresh === 0) this.#durableSequence = this.#sequence.last;
    return places;
  }

  /** Takes over places that the store has, to write them to the logs, which end with their keys. */
  adoptPlaces(stored: StoredPlaces): void {
    this.#adopted.push(stored);
    this.#wantSoon();
  }

  /** Loads places that a batch of the store held when the node started. @throws TagRoomError as {@link restorePlaces} does. */
  restoreStored(stored: StoredPlaces): void {
    for (const { epoch, bytes } of stored.places) {
      const entry = this.#byEpoch.get(epoch);
      if (entry !== undefined) this.#load(entry, bytes);
    }
    this.adoptPlaces(stored);
  }

  /** Entries of the store whose places are in the logs as well by now: they may go. */
  takeLogged(): readonly string[] {
    return this.#logged.splice(0);
  }

  /** The accepted key for a packet's epoch byte: current, or within grace and skew; never early. */
  readonly keyFor = (epochByte: number): AcceptedKey | undefined => {
    for (const epoch of this.#accepted) {
      if (epoch % 256 === epochByte) return this.#byEpoch.get(epoch)?.accepted;
    }
    return undefined;
  };

  /** Why a filter refused the last time: a replay, or no room. */
  get refusal(): 'replay' | 'replay-filter-full' {
    return this.#refusal;
  }

  /** Low bytes of the epochs for which a stash may be opened: now, and the one before while its grace lasts. Others' clocks may not have come to the next. */
  get openBytes(): readonly number[] {
    return this.#accepted
      .filter((epoch) => epoch <= this.#current)
      .toReversed()
      .map((epoch) => epoch % 256);
  }

  /** Public keys of the epochs from `first` on that are stored, without a gap. */
  published(first: number): Uint8Array[] {
    const keys: Uint8Array[] = [];
    for (let epoch = first; ; epoch++) {
      const entry = this.#byEpoch.get(epoch);
      if (entry === undefined || !entry.stored) return keys;
      keys.push(entry.key.public);
    }
  }

  /** A `write-key` was carried out. */
  keyStored(epoch: number): void {
    const entry = this.#byEpoch.get(epoch);
    if (entry !== undefined) entry.stored = true;
  }

  /** A `write-tags` was carried out. */
  tagsStored(sequence: number): void {
    this.#writing = false;
    // What came meanwhile and went into batches of the store waits for no log.
    const upTo = this.#fresh === 0 ? this.#sequence.last : sequence;
    this.#durableSequence = Math.max(this.#durableSequence, upTo);
    for (const { key } of this.#adopting) this.#logged.push(key);
    this.#adopting = [];
  }

  /** When `poll` must be called for tags that wait for the next write. */
  nextAt(): Instant | undefined {
    if (this.#writing || !this.#hasPlaces) return undefined;
    const wanted = this.#wantedAt ?? instant(0);
    const next = this.#nextWriteAt ?? instant(0);
    return wanted > next ? wanted : next;
  }

  /**
   * What the secret files must do next. Tags go out in one write at a time, when the first packet
   * that waits for them is about to leave: those that came meanwhile share it. At 200 packets a
   * second that is a sync for ten packets, where a sync at once is one for each.
   */
  poll(now: Instant): KeyOutput | undefined {
    const next = this.#outputs.shift();
    if (next !== undefined) return next;
    const writeAt = this.nextAt();
    if (writeAt === undefined || now < writeAt) return undefined;
    const sequence = this.#sequence.last;
    const batches: { epoch: number; bytes: Uint8Array }[] = [];
    const adopted = this.#adoptedByEpoch();
    for (const [epoch, { tags }] of this.#byEpoch) {
      const fresh = tags.takeNewPlaces();
      const bytes = concat(adopted.get(epoch) ?? NOTHING, fresh?.bytes ?? NOTHING);
      if (bytes.length > 0) batches.push({ epoch, bytes });
    }
    this.#fresh = 0;
    this.#wantedAt = undefined;
    this.#adopting = this.#adopted.splice(0);
    if (batches.length === 0) {
      // All went with their key.
      this.tagsStored(sequence);
      return undefined;
    }
    this.#nextWriteAt = after(now, WRITE_INTERVAL_MICROS);
    this.#writing = true;
    return { kind: 'write-tags', batches, sequence };
  }

  /** One by one into one array: while the logs are busy the store may bring them by the hundred thousand. */
  #adoptedByEpoch(): ReadonlyMap<number, Uint8Array> {
    const places = this.#adopted.flatMap((stored) => stored.places);
    const found = new Map<number, Uint8Array>();
    for (const [epoch, together] of Map.groupBy(places, (place) => place.epoch)) {
      const length = together.reduce((sum, { bytes }) => sum + bytes.length, 0);
      const out = new ByteWriter(length);
      for (const { bytes } of together) out.put(bytes);
      found.set(epoch, out.bytes);
    }
    return found;
  }

  get #hasPlaces(): boolean {
    return this.#fresh > 0 || this.#adopted.length > 0;
  }

  #load({ key, tags }: EpochKey, bytes: Uint8Array): void {
    if (tags.load(bytes)) return;
    throw new TagRoomError(key.epoch, this.#options.maxTags);
  }

  #want(at: Instant): void {
    if (this.#wantedAt === undefined || at < this.#wantedAt) this.#wantedAt = at;
  }

  #wantSoon(): void {
    this.#want(this.#now === undefined ? instant(0) : after(this.#now, WRITE_LATEST_MICROS));
  }

  /** Sizes the filters of keys that come into use by the rate that was measured under the others. */
  #expect(now: Instant): void {
    const { parameters } = this.#options;
    const { epochMicros, skewMicros, graceMicros } = parameters;
    let perMicro = 0;
    for (const epoch of this.#accepted) {
      const usedMicros = now - (epochStart(parameters, epoch) - skewMicros);
      const size = this.#byEpoch.get(epoch)?.tags.size ?? 0;
      // Less than a hundredth of its time says nothing about the rest.
      if (usedMicros * 100 > epochMicros) perMicro = Math.max(perMicro, size / usedMicros);
    }
    const expected = SIZE_MARGIN * perMicro * (epochMicros + skewMicros + graceMicros);
    if (expected === 0) return;
    for (const { tags } of this.#byEpoch.values()) tags.expect(expected);
  }

  #add(epoch: number, secret: Uint8Array, stored: boolean): EpochKey {
    const { suite, nodeName, maxTags } = this.#options;
    const publicKey = new Uint8Array(POINT_BYTES);
    suite.x25519Base(publicKey, secret);
    const key = { secret, public: publicKey, epoch, nodeName };
    const tags = new ReplayFilter({ suite, secret, maxTags, sequence: this.#sequence });
    const addIfNew = (tag: Uint8Array): boolean => {
      const verdict = tags.add(tag);
      if (verdict === 'new') {
        this.#recent.push(entry);
        this.#fresh++;
        this.#wantSoon();
      } else this.#refusal = verdict;
      return verdict === 'new';
    };
    const accepted = { key, filter: { addIfNew } };
    const entry: EpochKey = { key, tags, accepted, stored, unloadedBytes: 0 };
    this.#byEpoch.set(epoch, entry);
    return entry;
  }
}
