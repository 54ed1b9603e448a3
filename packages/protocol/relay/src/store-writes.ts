import type { StoredEntry } from '@sotto/mailbox';
import { PLACE_BYTES } from '@sotto/mixing';
import { ByteReader, ByteWriter } from '@sotto/wire';

/** Where a replay tag stands in the filter of an epoch's key (Spec 05 §4.3). */
export interface Place {
  readonly epoch: number;
  /** One or more places, 8 bytes each. */
  readonly bytes: Uint8Array;
}

/** Places in one entry of the store. */
export interface StoredPlaces {
  readonly key: string;
  readonly places: readonly Place[];
}

/** Entries to be written together, all or none. */
export interface PersistOutput {
  readonly kind: 'persist';
  readonly entries: readonly StoredEntry[];
  /** What `persisted` answers when all of them are on the disk. */
  readonly batch: number;
}

const PREFIX = 'seen/';
const VERSION = 1;
const EPOCH_BYTES = 4;
const NUMBER_DIGITS = 12;

/** Whether an entry of the store holds places. */
export const isPlacesKey = (key: string): boolean => key.startsWith(PREFIX);

/** Reads an entry of places; undefined of any other bytes (Spec 06 §4.7). */
export function decodePlaces(key: string, value: Uint8Array): StoredPlaces | undefined {
  if (!/^seen\/[0-9a-f]{12}$/.test(key)) return undefined;
  const reader = new ByteReader(value);
  if (reader.u8() !== VERSION) return undefined;
  const places: Place[] = [];
  while (reader.ok && reader.remaining > 0) {
    places.push({ epoch: reader.u32(), bytes: reader.take(PLACE_BYTES) });
  }
  return reader.done ? { key, places } : undefined;
}

/** Writes what {@link decodePlaces} reads. */
function encodePlaces(places: readonly Place[]): Uint8Array {
  const out = new ByteWriter(1 + places.length * (EPOCH_BYTES + PLACE_BYTES)).u8(VERSION);
  for (const { epoch, bytes } of places) out.u32(epoch).put(bytes);
  return out.bytes;
}

/**
 * What a node writes into its store: changes of its services, in one batch with the replay tags of
 * the packets that made them. So no crash leaves a tag without its mail, which would make a node
 * acknowledge mail that it has not, nor mail without its tag, which would bring back what was
 * deleted (Spec 06 §4.7).
 */
export class StoreWrites {
  readonly #entries = new Map<string, Uint8Array | undefined>();
  #places: Place[] = [];
  /** Places of batches that are under way. */
  #written: { readonly batch: number; readonly stored: StoredPlaces }[] = [];
  readonly #forgotten = new Set<string>();
  #lastKey = 0;
  #lastBatch = 0;
  #durable = 0;

  /** Every batch up to this one is on the disk. */
  get durable(): number {
    return this.#durable;
  }

  /** The batch that brings what was put last. */
  get mark(): number {
    return this.#places.length > 0 || this.#entries.size > 0
      ? this.#lastBatch + 1
      : this.#lastBatch;
  }

  /** An entry of places is there from an earlier life: new ones get other keys. */
  restored({ key }: StoredPlaces): void {
    const number = Number.parseInt(key.slice(PREFIX.length), 16);
    this.#lastKey = Math.max(this.#lastKey, number);
  }

  /** Changes entries with the next batch; the later change of one key counts. */
  put(entries: readonly StoredEntry[]): void {
    for (const { key, value } of entries) this.#entries.set(key, value);
  }

  /** Writes places with the next batch. */
  putPlaces(places: readonly Place[]): void {
    this.#places.push(...places);
  }

  /** Deletes entries of places some time: with a batch that is written anyway. */
  forget(keys: readonly string[]): void {
    for (const key of keys) this.#forgotten.add(key);
  }

  /** The next batch; undefined when there is nothing to write. */
  poll(): PersistOutput | undefined {
    if (this.#places.length === 0 && this.#entries.size === 0) return undefined;
    const batch = ++this.#lastBatch;
    const entries: StoredEntry[] = [...this.#entries].map(([key, value]) => ({ key, value }));
    this.#entries.clear();
    if (this.#places.length > 0) {
      const key = PREFIX + (++this.#lastKey).toString(16).padStart(NUMBER_DIGITS, '0');
      this.#written.push({ batch, stored: { key, places: this.#places } });
      entries.push({ key, value: encodePlaces(this.#places) });
      this.#places = [];
    }
    for (const key of this.#forgotten) entries.push({ key, value: undefined });
    this.#forgotten.clear();
    return { kind: 'persist', entries, batch };
  }

  /** Every batch up to this one is on the disk. @returns places that the store holds now. */
  stored(batch: number): readonly StoredPlaces[] {
    this.#durable = Math.max(this.#durable, batch);
    const done = this.#written.filter((written) => written.batch <= batch);
    this.#written = this.#written.slice(done.length);
    return done.map(({ stored }) => stored);
  }
}
