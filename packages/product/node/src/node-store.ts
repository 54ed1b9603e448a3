import { GroupCommit, toStore } from '@sotto/driver';
import type { StoredEntry } from '@sotto/mailbox';
import type { BatchOperation, KeyValueStore } from '@sotto/storage';
import { ByteReader, ByteWriter } from '@sotto/wire';

const DIRECTORY = 'directory/';
const MAIL = 'mail/';
const ANNOUNCED = 'announced';
const INSTANT_BYTES = 8;

/** What a node keeps in its database: mail and reply blocks of others, descriptors, when it last announced itself. */
export class NodeStore {
  readonly #store: KeyValueStore;
  readonly #commit: GroupCommit<readonly BatchOperation[]>;
  #sequence = 0;

  /** `failed` is told what a write was refused with; the node cannot go on then. */
  constructor(store: KeyValueStore, failed: (error: unknown) => void) {
    this.#store = store;
    this.#commit = new GroupCommit({
      write: toStore(store),
      onStored: () => undefined,
      onError: failed,
    });
  }

  /** Entries of the mailbox, the contact point and the guard, as the core wrote them. */
  async mail(): Promise<readonly StoredEntry[]> {
    return this.#entries(MAIL);
  }

  /** Descriptors by hex name. */
  async descriptors(): Promise<readonly StoredEntry[]> {
    return this.#entries(DIRECTORY);
  }

  /** When this node last signed a descriptor, µs; undefined before the first. */
  async announcedAt(): Promise<number | undefined> {
    const bytes = await this.#store.get(ANNOUNCED);
    return bytes?.length === INSTANT_BYTES ? new ByteReader(bytes).u53() : undefined;
  }

  /** Changes entries of the core. */
  putMail(
    entries: readonly { readonly key: string; readonly value: Uint8Array | undefined }[],
  ): void {
    this.#put(entries.map(({ key, value }) => ({ key: MAIL + key, value })));
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

  async #entries(prefix: string): Promise<StoredEntry[]> {
    const found: StoredEntry[] = [];
    for await (const [key, value] of this.#store.entries(prefix)) {
      found.push({ key: key.slice(prefix.length), value });
    }
    return found;
  }
}
