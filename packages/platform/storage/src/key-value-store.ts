/** Longest key, characters. */
export const MAX_KEY_CHARACTERS = 512;

/** Longest value, bytes. What is longer belongs into several values. */
export const MAX_VALUE_BYTES = 1_048_576;

/** One change: a value to set, or `undefined` to delete the key. */
export interface BatchOperation {
  /** 1 to {@link MAX_KEY_CHARACTERS} printable ASCII characters (0x20–0x7e). */
  readonly key: string;
  /** 0 to {@link MAX_VALUE_BYTES} bytes; copied before `batch` returns its promise. */
  readonly value: Uint8Array | undefined;
}

/** How a batch is written. */
export interface BatchOptions {
  /** When true the promise resolves only after the operating system has the bytes on the disk. */
  readonly sync?: boolean;
}

/**
 * An ordered map from ASCII keys to byte strings, held by one opener at a time. Every method
 * rejects with a `StorageError`; a key or value out of bounds is a caller's bug (RangeError, TypeError).
 * After a write failed, later writes fail with the same error until the store is opened anew:
 * bytes written behind a torn record would be acknowledged and lost.
 */
export interface KeyValueStore {
  /** A copy of the value; undefined when there is none. Sees every batch whose promise has resolved. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Applies all operations or none. Batches take effect, and resolve, in the order of the calls. */
  batch(operations: readonly BatchOperation[], options?: BatchOptions): Promise<void>;
  /** Keys that start with `prefix` ('' for all) with copies of their values, in ASCII order, as they were at the first `next`. */
  entries(prefix: string): AsyncIterable<[key: string, value: Uint8Array]>;
  /** Waits for the batches that were handed over, then lets go. A second call does nothing. */
  close(): Promise<void>;
}

const inAscii = /^[\x20-\x7e]*$/;

/** Throws when `prefix` can start no key. For implementations. */
export function checkPrefix(prefix: string): void {
  if (prefix.length > MAX_KEY_CHARACTERS || !inAscii.test(prefix)) {
    throw new RangeError(
      `"prefix" expected at most ${MAX_KEY_CHARACTERS} printable ASCII characters, got ${prefix.length} characters`,
    );
  }
}

/** Throws when `key` is out of bounds. For implementations. */
export function checkKey(key: string): void {
  if (key.length < 1 || key.length > MAX_KEY_CHARACTERS || !inAscii.test(key)) {
    throw new RangeError(
      `"key" expected 1 to ${MAX_KEY_CHARACTERS} printable ASCII characters, got ${key.length} characters`,
    );
  }
}

/**
 * The operations with copies of their values: the caller may reuse, or wipe, its bytes at once.
 * For implementations.
 *
 * @throws RangeError of a key or value out of bounds, before anything is written.
 */
export function copyOperations(operations: readonly BatchOperation[]): BatchOperation[] {
  return operations.map(({ key, value }) => {
    checkKey(key);
    if (value !== undefined && value.length > MAX_VALUE_BYTES) {
      throw new RangeError(
        `"value" expected at most ${MAX_VALUE_BYTES} bytes, got ${value.length}`,
      );
    }
    return { key, value: value === undefined ? undefined : new Uint8Array(value) };
  });
}
