import { toHex } from '@sotto/wire';
import { StorageError, type StorageErrorCode } from '../storage-error.ts';

/** Throws unless both are the same string, number or boolean. */
export function expectSame<T extends string | number | boolean>(
  what: string,
  got: T,
  want: T,
): void {
  if (got !== want) throw new Error(`${what}: expected ${want}, got ${got}`);
}

const show = (bytes: Uint8Array | undefined): string =>
  bytes === undefined ? 'nothing' : `${bytes.length} bytes ${toHex(bytes.subarray(0, 32))}`;

/** Throws unless both are the same bytes, or both undefined. */
export function expectBytes(
  what: string,
  got: Uint8Array | undefined,
  want: Uint8Array | undefined,
): void {
  if (
    got?.length !== want?.length ||
    (got !== undefined && got.some((byte, i) => byte !== want?.[i]))
  ) {
    throw new Error(`${what}: expected ${show(want)}, got ${show(got)}`);
  }
}

const rejection = (what: string, action: () => Promise<unknown>): Promise<unknown> =>
  action().then(
    () => {
      throw new Error(`${what}: expected a rejection, got none`);
    },
    (error: unknown) => error,
  );

/** Throws unless the action rejects with a StorageError of this code. */
export async function expectCode(
  what: string,
  code: StorageErrorCode,
  action: () => Promise<unknown>,
): Promise<void> {
  const error = await rejection(what, action);
  if (!(error instanceof StorageError)) {
    throw new Error(`${what}: expected a StorageError`, { cause: error });
  }
  expectSame(what, error.code, code);
}

/** Throws unless the action rejects with a RangeError: a caller's bug. */
export async function expectRangeError(
  what: string,
  action: () => Promise<unknown>,
): Promise<void> {
  const error = await rejection(what, action);
  if (!(error instanceof RangeError)) {
    throw new Error(`${what}: expected a RangeError`, { cause: error });
  }
}
