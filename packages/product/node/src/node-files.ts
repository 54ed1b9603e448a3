import type { KeyOutput, StoredEpoch } from '@sotto/relay';
import type { AppendLog, DataFolder } from '@sotto/storage';
import { StorageError } from '@sotto/storage';
import { randomBytes, type Rng, wipe } from '@sotto/wire';

/** Name of the secret file that holds the identity's seed. */
export const IDENTITY_FILE = 'identity';
const SEED_BYTES = 32;
const KEY_BYTES = 32;
const TAG_BYTES = 16;
const keyName = (epoch: number): string => `routing-${epoch}`;
const tagsName = (epoch: number): string => `tags-${epoch}`;

/** The node's Ed25519 seed, 32 bytes, drawn on the first run; the caller wipes it. */
export async function identitySeed(folder: DataFolder, rng: Rng): Promise<Uint8Array> {
  const stored = await folder.secrets.read(IDENTITY_FILE);
  if (stored === undefined) {
    const seed = randomBytes(rng, SEED_BYTES);
    await folder.secrets.write(IDENTITY_FILE, seed);
    return seed;
  }
  if (stored.length !== SEED_BYTES) {
    throw new StorageError('corrupt', `secrets/${IDENTITY_FILE}`, `${stored.length} bytes long`);
  }
  return stored;
}

/** What {@link EpochFiles} tells the core when it is on the disk. */
export type EpochNotice =
  | { readonly kind: 'key-stored'; readonly epoch: number }
  | { readonly kind: 'tags-stored'; readonly sequence: number };

/**
 * Routing keys and their replay tags on disk: a key and its log come and go together, so that no
 * restart can know a key and have forgotten what was seen under it.
 */
export class EpochFiles {
  readonly #folder: DataFolder;
  readonly #stored: (notice: EpochNotice) => void;
  readonly #failed: (error: unknown) => void;
  readonly #logs = new Map<number, AppendLog>();
  /** Keys are written and erased one after the other; tags go beside them. */
  #keys: Promise<void> = Promise.resolve();
  #tags: Promise<void> = Promise.resolve();

  /**
   * @param stored - told of each write that is on the disk.
   * @param failed - told what a write was refused with; the node cannot go on then.
   */
  constructor(
    folder: DataFolder,
    stored: (notice: EpochNotice) => void,
    failed: (error: unknown) => void,
  ) {
    this.#folder = folder;
    this.#stored = stored;
    this.#failed = failed;
  }

  /** Reads every key with its tags; the core wipes what it takes over. */
  async load(): Promise<StoredEpoch[]> {
    const epochs: StoredEpoch[] = [];
    const { secrets, logs } = this.#folder;
    for (const name of await secrets.list()) {
      const epoch = Number(/^routing-(\d{1,10})$/u.exec(name)?.[1] ?? Number.NaN);
      if (!Number.isSafeInteger(epoch)) continue;
      const secret = await secrets.read(name);
      if (secret === undefined || secret.length !== KEY_BYTES) {
        throw new StorageError('corrupt', `secrets/${name}`, `${secret?.length ?? 0} bytes long`);
      }
      const log = await logs.open(tagsName(epoch), TAG_BYTES);
      this.#logs.set(epoch, log);
      epochs.push({ epoch, secret, tags: await log.readAll() });
    }
    // A log whose key is gone guards nothing: a crash came between the two erasures.
    const known = new Set(epochs.map(({ epoch }) => tagsName(epoch)));
    for (const name of await logs.list()) if (!known.has(name)) await logs.erase(name);
    return epochs;
  }

  /** Carries out what the core wants done. */
  run(output: KeyOutput): void {
    switch (output.kind) {
      case 'write-key':
        this.#keys = this.#after(this.#keys, () => this.#writeKey(output.epoch, output.secret));
        break;
      case 'erase-key':
        this.#keys = this.#after(this.#keys, () => this.#eraseKey(output.epoch));
        break;
      case 'write-tags':
        this.#tags = this.#after(this.#tags, async () => {
          await Promise.all(output.batches.map(({ epoch, bytes }) => this.#append(epoch, bytes)));
          this.#stored({ kind: 'tags-stored', sequence: output.sequence });
        });
        break;
    }
  }

  /** Resolves when everything that was handed over is on the disk or has failed. */
  async idle(): Promise<void> {
    await this.#keys;
    await this.#tags;
  }

  async #after(before: Promise<void>, action: () => Promise<void>): Promise<void> {
    await before;
    try {
      await action();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #writeKey(epoch: number, secret: Uint8Array): Promise<void> {
    const { secrets, logs } = this.#folder;
    try {
      // The log first: the key may be used as soon as it is there.
      if (!this.#logs.has(epoch)) {
        this.#logs.set(epoch, await logs.open(tagsName(epoch), TAG_BYTES));
      }
      await secrets.write(keyName(epoch), secret);
    } finally {
      wipe(secret);
    }
    this.#stored({ kind: 'key-stored', epoch });
  }

  async #eraseKey(epoch: number): Promise<void> {
    // The key first: tags without a key are harmless, a key without its tags would accept replays.
    await this.#folder.secrets.erase(keyName(epoch));
    const log = this.#logs.get(epoch);
    this.#logs.delete(epoch);
    await log?.close();
    await this.#folder.logs.erase(tagsName(epoch));
  }

  async #append(epoch: number, bytes: Uint8Array): Promise<void> {
    // A key that was erased meanwhile took its tags with it: nothing can be replayed under it.
    await this.#logs.get(epoch)?.append(bytes);
  }
}
