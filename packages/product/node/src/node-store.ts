import { GroupCommit, toStore } from '@sotto/driver';
import type { StoredEntry } from '@sotto/mailbox';
import { MAIL_PREFIX, OTHER_PREFIXES } from '@sotto/relay';
import type { BatchOperation, KeyValueStore } from '@sotto/storage';
import { ByteReader, ByteWriter } from '@sotto/wire';
import { checkedValue, valueOf } from './checked-value.ts';

const DIRECTORY = 'directory/';
/** In front of everything that the core stores. */
const CORE = 'mail/';
/** Entries that the core is given at once: some milliseconds. */
const PIECE_ENTRIES = 500;
const ANNOUNCED = 'announced';
const INSTANT_BYTES = 8;

/** What a {@link NodeStore} tells. */
export interface NodeStoreNotices {
  /** Every batch of the core up to this one is on the disk. */
  readonly stored: (batch: number) => void;
  /** What a write was refused with; the node cannot go on then. */
  readonly failed: (error: unknown) => void;
  /** An entry of the core was damaged on the disk; it is deleted, and the rest is read. */
  readonly damaged: (key: string) => void;
}

/** What a node keeps in its database: mail and reply blocks of others, descriptors, when it last announced itself. */
export class NodeStore {
  readonly #store: KeyValueStore;
  readonly #damaged: (key: string) => void;
  readonly #commit: GroupCommit<readonly BatchOperation[]>;
  #sequence = 0;
  /** Batches of the core that are being written, by the sequence numbers of their items. */
  readonly #batches: { readonly sequence: number; readonly batch: number }[] = [];

  /** Reads and writes nothing yet. */
  constructor(store: KeyValueStore, notices: NodeStoreNotices) {
    this.#store = store;
    this.#damaged = notices.damaged;
    this.#commit = new GroupCommit({
      write: toStore(store),
      onStored: (sequence) => {
        const later = this.#batches.findIndex((written) => written.sequence > sequence);
        const done = this.#batches.splice(0, later < 0 ? this.#batches.length : later);
        const last = done.at(-1);
        if (last !== undefined) notices.stored(last.batch);
      },
      onError: notices.failed,
    });
  }

  /** Entries of the core as it wrote them, but for mail. */
  async core(): Promise<readonly StoredEntry[]> {
    const found: StoredEntry[] = [];
    for (const prefix of OTHER_PREFIXES) {
      for await (const entry of this.#coreEntries(prefix)) found.push(entry);
    }
    return found;
  }

  /** Mail, piece by piece; what is put meanwhile may be among it. */
  async *mail(): AsyncGenerator<readonly StoredEntry[]> {
    let piece: StoredEntry[] = [];
    for await (const entry of this.#coreEntries(MAIL_PREFIX)) {
      piece.push(entry);
      if (piece.length < PIECE_ENTRIES) continue;
      yield piece;
      piece = [];
    }
    yield piece;
  }

  /** Descriptors by hex name. */
  async descriptors(): Promise<readonly StoredEntry[]> {
    const found: StoredEntry[] = [];
    for await (const [key, value] of this.#store.entries(DIRECTORY)) {
      found.push({ key: key.slice(DIRECTORY.length), value });
    }
    return found;
  }

  /** When this node last signed a descriptor, µs; undefined before the first. */
  async announcedAt(): Promise<number | undefined> {
    const bytes = await this.#store.get(ANNOUNCED);
    return bytes?.length === INSTANT_BYTES ? new ByteReader(bytes).u53() : undefined;
  }

  /** Changes entries of the core, all or none; the notice `stored` tells when they are on the disk. */
  putMail(
    entries: readonly { readonly key: string; readonly value: Uint8Array | undefined }[],
    batch: number,
  ): void {
    for (const { key } of entries) checkPrefix(key);
    this.#batches.push({ sequence: this.#sequence + 1, batch });
    this.#put(
      entries.map(({ key, value }) => ({
        key: CORE + key,
        value: value === undefined ? undefined : checkedValue(key, value),
      })),
    );
  }

  /** Sets or forgets a node's descriptor. */
  putDescriptor(key: string, value: Uint8Array | undefined): void {
    this.#put([{ key: DIRECTORY + key, value }]);
  }

  /** Notes that this node signed a descriptor at `at`. */
  putAnnounced(at: number): void {
    this.#put([{ key: ANNOUNCED, value: new ByteWriter(INSTANT_BYTES).u53(at).bytes }]);
  }

  /** Resolves when all is on the disk, or after a failure. */
  async idle(): Promise<void> {
    await this.#commit.idle();
  }

  #put(operations: readonly BatchOperation[]): void {
    this.#commit.add(++this.#sequence, operations);
  }

  /** Entries of the core whose keys start with `prefix`, without those that were damaged. */
  async *#coreEntries(prefix: string): AsyncGenerator<StoredEntry> {
    for await (const [stored, bytes] of this.#store.entries(CORE + prefix)) {
      const key = stored.slice(CORE.length);
      const value = valueOf(key, bytes);
      if (value !== undefined) yield { key, value };
      else {
        this.#damaged(key);
        this.#put([{ key: stored, value: undefined }]);
      }
    }
  }
}

/** What is stored under another prefix would not be found at the next start. */
function checkPrefix(key: string): void {
  if (key.startsWith(MAIL_PREFIX) || OTHER_PREFIXES.some((prefix) => key.startsWith(prefix)))
    return;
  throw new RangeError(`"key" expected one of the core's prefixes, got ${key}`);
}
