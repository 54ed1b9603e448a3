import type { StoredEntry } from '@sotto/endpoint';
import { type BatchOperation, type KeyValueStore, StorageError } from '@sotto/storage';
import { type CryptoSuite, KEY_BYTES, LABELS, MAC_BYTES, NONCE_BYTES } from '@sotto/suite';
import {
  ByteReader,
  ByteWriter,
  concat,
  equalBytes,
  fromUtf8,
  randomBytes,
  type Rng,
  toHex,
  toUtf8,
  wipe,
} from '@sotto/wire';
import { SottoError } from './sotto-error.ts';

/** Layout of a sealed value; bound into each one. */
const VERSION = 1;
/** The one key that is not a hash: its value tells whether the storage key is right. */
const CHECK_KEY = 'check';
const NAME_BYTES = 32;
const OVERHEAD = 1 + NONCE_BYTES + 2 + MAC_BYTES;

/** What a sealed store is made of. */
export interface SealedStoreOptions {
  readonly store: KeyValueStore;
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  /** 32 bytes; not kept, the caller may wipe it. */
  readonly storageKey: Uint8Array;
  /** 16 bytes: the network that the account lives in. */
  readonly networkId: Uint8Array;
}

/**
 * An account's entries in a store that others may read: values sealed, keys hashed, so that a stolen
 * disk tells neither words nor who the contacts are. It tells how many entries there are, how long
 * they are and which change. A whole older copy put back is not noticed.
 *
 * Stored under hex(BLAKE2b-256(name key ‖ key)): version u8 ‖ nonce ‖ ChaCha20-Poly1305(length of key
 * u16 ‖ key ‖ value), with version ‖ hash as associated data, under a fresh random nonce.
 */
export class SealedStore {
  readonly #store: KeyValueStore;
  readonly #suite: CryptoSuite;
  readonly #rng: Rng;
  readonly #nameKey: Uint8Array;
  readonly #valueKey: Uint8Array;

  private constructor(options: SealedStoreOptions) {
    const { store, suite, rng, storageKey } = options;
    this.#store = store;
    this.#suite = suite;
    this.#rng = rng;
    const keys = new Uint8Array(2 * KEY_BYTES);
    suite.blake2b(keys, storageKey, LABELS.storageKey);
    this.#nameKey = keys.slice(0, KEY_BYTES);
    this.#valueKey = keys.slice(KEY_BYTES);
    wipe(keys);
  }

  /**
   * Opens an account's store, or begins one in an empty store.
   *
   * Rejects with `wrong-key`, `account-of-other-network`, `store-damaged` or `store-failed`.
   *
   * @throws RangeError when the storage key is not 32 bytes.
   */
  static async open(options: SealedStoreOptions): Promise<SealedStore> {
    if (options.storageKey.length !== KEY_BYTES) {
      throw new RangeError(
        `"storageKey" expected ${KEY_BYTES} bytes, got ${options.storageKey.length}`,
      );
    }
    const sealed = new SealedStore(options);
    await refusing(() => sealed.#check(options.networkId));
    return sealed;
  }

  /** Every entry. Rejects with `store-damaged` when one cannot be opened. */
  async load(): Promise<StoredEntry[]> {
    return refusing(async () => {
      const entries: StoredEntry[] = [];
      for await (const [name, bytes] of this.#store.entries('')) {
        if (name === CHECK_KEY) continue;
        const entry = this.#open(bytes, toUtf8(name));
        if (entry === undefined || this.#nameOf(entry.key) !== name) {
          throw new SottoError('store-damaged', 'an entry does not open');
        }
        entries.push(entry);
      }
      return entries;
    });
  }

  /** Applies all changes or none; resolves when the disk has them. Rejects with `store-failed`. */
  async write(entries: readonly StoredEntry[]): Promise<void> {
    const operations = entries.map(({ key, value }): BatchOperation => {
      const name = this.#nameOf(key);
      return {
        key: name,
        value: value === undefined ? undefined : this.#seal(key, value, toUtf8(name)),
      };
    });
    await refusing(() => this.#store.batch(operations, { sync: true }));
  }

  /** Deletes every entry, the one that knows the key too: it is an empty store again. */
  async eraseAll(): Promise<void> {
    await refusing(async () => {
      const operations: BatchOperation[] = [];
      for await (const [key] of this.#store.entries('')) operations.push({ key, value: undefined });
      await this.#store.batch(operations, { sync: true });
    });
  }

  /** Forgets its keys and lets go of the store. */
  async close(): Promise<void> {
    wipe(this.#nameKey);
    wipe(this.#valueKey);
    await refusing(() => this.#store.close());
  }

  async #check(networkId: Uint8Array): Promise<void> {
    const name = toUtf8(CHECK_KEY);
    const stored = await this.#store.get(CHECK_KEY);
    if (stored !== undefined) {
      const opened = this.#open(stored, name);
      if (opened === undefined) throw new SottoError('wrong-key');
      if (!equalBytes(opened.value, networkId)) throw new SottoError('account-of-other-network');
      return;
    }
    for await (const _ of this.#store.entries('')) {
      throw new SottoError('store-damaged', 'it holds entries, and no account');
    }
    const value = this.#seal(CHECK_KEY, networkId, name);
    await this.#store.batch([{ key: CHECK_KEY, value }], { sync: true });
  }

  #nameOf(key: string): string {
    const hash = new Uint8Array(NAME_BYTES);
    this.#suite.blake2b(hash, concat(this.#nameKey, toUtf8(key)), LABELS.storeName);
    return toHex(hash);
  }

  #seal(key: string, value: Uint8Array, name: Uint8Array): Uint8Array {
    const utf8 = toUtf8(key);
    const plaintext = new ByteWriter(2 + utf8.length + value.length)
      .u16(utf8.length)
      .put(utf8)
      .put(value).bytes;
    const nonce = randomBytes(this.#rng, NONCE_BYTES);
    const sealed = new Uint8Array(plaintext.length + MAC_BYTES);
    this.#suite.aeadSeal(sealed, plaintext, associated(name), this.#valueKey, nonce);
    wipe(plaintext);
    return concat(Uint8Array.of(VERSION), nonce, sealed);
  }

  #open(
    bytes: Uint8Array,
    name: Uint8Array,
  ): { readonly key: string; readonly value: Uint8Array } | undefined {
    if (bytes.length < OVERHEAD || bytes[0] !== VERSION) return undefined;
    const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
    const sealed = bytes.subarray(1 + NONCE_BYTES);
    const plaintext = new Uint8Array(sealed.length - MAC_BYTES);
    if (!this.#suite.aeadOpen(plaintext, sealed, associated(name), this.#valueKey, nonce)) {
      return undefined;
    }
    const reader = new ByteReader(plaintext);
    const key = fromUtf8(reader.take(reader.u16()));
    const value = reader.rest();
    return key === undefined || !reader.ok ? undefined : { key, value };
  }
}

const associated = (name: Uint8Array): Uint8Array => concat(Uint8Array.of(VERSION), name);

/** Runs an action on the store; what the store refuses comes as a SottoError. */
async function refusing<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const code = error.code === 'corrupt' ? 'store-damaged' : 'store-failed';
    throw new SottoError(code, error.message, { cause: error });
  }
}
