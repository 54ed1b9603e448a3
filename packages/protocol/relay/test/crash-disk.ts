import type { PersistOutput, RelayOutput, StoredEpoch } from '@sotto/relay';
import { concat } from '@sotto/wire';

type WriteTags = Extract<RelayOutput, { readonly kind: 'write-tags' }>;

/** What is on a disk after power went. */
export interface Found {
  readonly places: ReadonlyMap<number, Uint8Array>;
  readonly entries: ReadonlyMap<string, Uint8Array>;
}

/** Where power goes: bytes of the log's write that have arrived, whole batches of the store, and changes of the next. */
export interface Cut {
  readonly logBytes: number;
  readonly batches: number;
  /** Of a store that tears its batches: the fault that must show. */
  readonly entries?: number;
}

/** The disk of a node: it keeps what it was told to write in flight until it is told to finish. */
export class CrashDisk {
  readonly keys = new Map<number, Uint8Array>();
  places = new Map<number, Uint8Array>();
  entries = new Map<string, Uint8Array>();
  readonly #tags: WriteTags[] = [];
  readonly #batches: PersistOutput[] = [];

  /** A key and what was seen under it are gone. */
  eraseKey(epoch: number): void {
    this.keys.delete(epoch);
    this.places.delete(epoch);
  }

  /** A write of tags is under way. */
  writeTags(write: WriteTags): void {
    this.#tags.push(write);
  }

  /** A batch of the store is under way. */
  writeBatch(batch: PersistOutput): void {
    this.#batches.push(batch);
  }

  /** What is under way. */
  get inFlight(): { readonly logBytes: number; readonly batches: number } {
    const logBytes = this.#tags
      .flatMap(({ batches }) => batches)
      .reduce((sum, { bytes }) => sum + bytes.length, 0);
    return { logBytes, batches: this.#batches.length };
  }

  /** The log's writes are on the disk. @returns the last sequence; undefined when nothing was under way. */
  finishTags(): number | undefined {
    const sequence = this.#tags.at(-1)?.sequence;
    this.places = new Map(this.after({ logBytes: Infinity, batches: 0 }).places);
    this.#tags.length = 0;
    return sequence;
  }

  /** The store's batches are on the disk. @returns the last; undefined when none was under way. */
  finishBatches(): number | undefined {
    const batch = this.#batches.at(-1)?.batch;
    this.entries = new Map(this.after({ logBytes: 0, batches: Infinity }).entries);
    this.#batches.length = 0;
    return batch;
  }

  /** What is found when power goes at `cut`. */
  after({ logBytes, batches, entries: torn = 0 }: Cut): Found {
    const places = new Map(this.places);
    let left = logBytes;
    for (const { epoch, bytes } of this.#tags.flatMap((write) => write.batches)) {
      const part = bytes.subarray(0, Math.max(0, left));
      left -= part.length;
      // The log leaves a torn record out when it is opened.
      const whole = part.subarray(0, part.length - (part.length % 8));
      places.set(epoch, concat(places.get(epoch) ?? new Uint8Array(0), whole));
    }
    const entries = new Map(this.entries);
    const applied = this.#batches.slice(0, batches).flatMap((batch) => batch.entries);
    // Backwards, so that a torn batch has its tags and not its mail.
    const next = this.#batches[batches]?.entries.toReversed().slice(0, torn) ?? [];
    for (const { key, value } of [...applied, ...next]) {
      if (value === undefined) entries.delete(key);
      else entries.set(key, value);
    }
    return { places, entries };
  }

  /** Power went: the disk is what was found. */
  crash(found: Found): void {
    this.places = new Map(found.places);
    this.entries = new Map(found.entries);
    this.#tags.length = 0;
    this.#batches.length = 0;
  }

  /** Keys as a node takes them, copied, since it erases what it is given. */
  epochs(places: ReadonlyMap<number, Uint8Array>): StoredEpoch[] {
    return [...this.keys].map(([epoch, secret]) => ({
      epoch,
      secret: secret.slice(),
      placeBytes: places.get(epoch)?.length ?? 0,
    }));
  }
}
