/** Longest secret file, bytes. */
export const MAX_SECRET_BYTES = 1_048_576;

/**
 * Small secrets that must be gone when they are erased: identity and routing keys. A database's
 * delete leaves the bytes in its log; here a file is overwritten before its name goes. A flash disk
 * or a copy-on-write file system may still keep old blocks (SECURITY.md).
 */
export interface SecretFiles {
  /**
   * Sets the file, all or nothing; on the disk when the promise resolves. What it held before is erased.
   *
   * @param name - see {@link checkFileName}.
   * @param bytes - 0 to {@link MAX_SECRET_BYTES}; copied before the promise is returned.
   */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** A copy of the file; undefined when there is none. The caller wipes it. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Names in ASCII order. */
  list(): Promise<readonly string[]>;
  /** Overwrites and removes the file. Does nothing when there is none. */
  erase(name: string): Promise<void>;
  /** Waits for the calls that were handed over; later ones reject with `closed`. */
  close(): Promise<void>;
}

const fileName = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/**
 * Throws unless `name` is 1 to 64 of `a–z 0–9 . _ -`, starts with a letter or digit and does not
 * end in `.tmp`, the mark of files that are being written or erased. For implementations.
 */
export function checkFileName(name: string): void {
  if (!fileName.test(name) || name.endsWith('.tmp')) {
    throw new RangeError(
      `"name" expected 1 to 64 of a-z 0-9 . _ - starting with a letter or digit and not ending in .tmp, got ${JSON.stringify(name)}`,
    );
  }
}

/** Throws when a secret is longer than {@link MAX_SECRET_BYTES}. For implementations. */
export function checkSecret(bytes: Uint8Array): void {
  if (bytes.length > MAX_SECRET_BYTES) {
    throw new RangeError(`"bytes" expected at most ${MAX_SECRET_BYTES}, got ${bytes.length}`);
  }
}
