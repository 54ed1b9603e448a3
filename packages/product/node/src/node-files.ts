import { PLACE_BYTES, ReplayFilter } from '@sotto/mixing';
import type { KeyOutput, StoredEpoch } from '@sotto/relay';
import type { AppendLog, DataFolder } from '@sotto/storage';
import { StorageError } from '@sotto/storage';
import type { CryptoSuite } from '@sotto/suite';
import { Lateness, randomBytes, type Rng, wipe } from '@sotto/wire';

/** Name of the secret file that holds the identity's seed. */
export const IDENTITY_FILE = 'identity';
const SEED_BYTES = 32;
const KEY_BYTES = 32;
const keyName = (epoch: number): string => `routing-${epoch}`;
const seenName = (epoch: number): string => `seen-${epoch}`;
/** Of data version 1: whole tags. */
const OLD_TAG_BYTES = 16;
const oldTagsName = (epoch: number): string => `tags-${epoch}`;

/** The epoch of a routing key's file; undefined of another file. */
function epochOf(name: string): number | undefined {
  const epoch = Number(/^routing-(\d{1,10})$/u.exec(name)?.[1] ?? Number.NaN);
  return Number.isSafeInteger(epoch) ? epoch : undefined;
}

/** Brings the logs of data version 1 to version 2: places of tags instead of tags. Begins anew when it was cut off. */
export async function upgradeLogs(
  suite: CryptoSuite,
  { secrets, logs }: Pick<DataFolder, 'secrets' | 'logs'>,
): Promise<void> {
  const names = await logs.list();
  for (const name of await secrets.list()) {
    const epoch = epochOf(name);
    if (epoch === undefined || !names.includes(oldTagsName(epoch))) continue;
    const secret = await secrets.read(name);
    if (secret === undefined) continue;
    await logs.erase(seenName(epoch));
    const from = await logs.open(oldTagsName(epoch), OLD_TAG_BYTES);
    const to = await logs.open(seenName(epoch), PLACE_BYTES);
    const maxTags = Math.max(1, from.length / OLD_TAG_BYTES);
    const filter = new ReplayFilter({ suite, secret, maxTags });
    wipe(secret);
    for await (const tags of from.chunks()) {
      for (let at = 0; at < tags.length; at += OLD_TAG_BYTES) {
        filter.add(tags.subarray(at, at + OLD_TAG_BYTES));
      }
      const places = filter.takeNewPlaces();
      if (places !== undefined) await to.append(places.bytes);
    }
    filter.erase();
    await to.close();
    await from.close();
    await logs.erase(oldTagsName(epoch));
  }
}

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
  /** A write of tags has failed: to tell of a later one would vouch for this one as well. */
  #lost = false;
  /** How long writes of tags took until they were on the disk, µs: packets that are due sooner wait. */
  readonly tagWrites: Lateness = new Lateness();

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

  /**
   * Reads every key; {@link EpochFiles.places} brings what was seen under it. A key without its log
   * is erased unread: it would pass replays (Spec 05 §4.1).
   */
  async load(): Promise<StoredEpoch[]> {
    const epochs: StoredEpoch[] = [];
    const { secrets, logs } = this.#folder;
    const known = new Set(await logs.list());
    const used = new Set<string>();
    for (const name of await secrets.list()) {
      const epoch = epochOf(name);
      if (epoch === undefined) continue;
      if (!known.has(seenName(epoch))) {
        await secrets.erase(name);
        continue;
      }
      const secret = await secrets.read(name);
      if (secret === undefined || secret.length !== KEY_BYTES) {
        throw new StorageError('corrupt', `secrets/${name}`, `${secret?.length ?? 0} bytes long`);
      }
      const log = await logs.open(seenName(epoch), PLACE_BYTES);
      this.#logs.set(epoch, log);
      used.add(seenName(epoch));
      epochs.push({ epoch, secret, placeBytes: log.length });
    }
    // A log whose key is gone guards nothing: a crash came between the two erasures.
    for (const name of known) if (!used.has(name)) await logs.erase(name);
    return epochs;
  }

  /** Places that are stored for a key of {@link EpochFiles.load}, piece by piece. */
  places(epoch: number): AsyncIterable<Uint8Array> {
    const log = this.#logs.get(epoch);
    if (log === undefined)
      throw new RangeError(`"epoch" expected one of a stored key, got ${epoch}`);
    return log.chunks();
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
          if (this.#lost) return;
          this.#lost = true;
          const start = performance.now();
          await Promise.all(output.batches.map(({ epoch, bytes }) => this.#append(epoch, bytes)));
          this.#lost = false;
          this.tagWrites.record(Math.round((performance.now() - start) * 1000));
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
        this.#logs.set(epoch, await logs.open(seenName(epoch), PLACE_BYTES));
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
    await this.#folder.logs.erase(seenName(epoch));
  }

  async #append(epoch: number, bytes: Uint8Array): Promise<void> {
    // A key that was erased meanwhile took its tags with it: nothing can be replayed under it.
    await this.#logs.get(epoch)?.append(bytes);
  }
}
