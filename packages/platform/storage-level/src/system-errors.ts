import { StorageError, type StorageErrorCode } from '@sotto/storage';

const codes: Readonly<Record<string, StorageErrorCode>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EACCES: 'unwritable',
  EPERM: 'unwritable',
  EROFS: 'unwritable',
  ENOENT: 'unwritable',
  ENOTDIR: 'unwritable',
  EISDIR: 'unwritable',
  EEXIST: 'unwritable',
  ELOOP: 'unwritable',
  ENAMETOOLONG: 'unwritable',
  ENODEV: 'unwritable',
  ENXIO: 'unwritable',
  EMFILE: 'unwritable',
  ENFILE: 'unwritable',
  EIO: 'unwritable',
  ESTALE: 'unwritable',
  LEVEL_LOCKED: 'locked',
  LEVEL_CORRUPTION: 'corrupt',
  LEVEL_DATABASE_NOT_OPEN: 'closed',
  LEVEL_ITERATOR_NOT_OPEN: 'closed',
};

/** What LevelDB says, in the words of strerror(3), when the disk is full: it passes on no errno. */
const fullWords = /No space left on device|Disk quota exceeded|File too large/;

/** Of a file that the database's own index names: the database has lost a part. */
const missingWords = /No such file or directory/;

/** The `code` of a system or LevelDB error; undefined of anything else. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/**
 * The StorageError that stands for an error of the file system or of LevelDB.
 * An error that is neither is a bug and comes back as it is.
 */
export function asStorageError(error: unknown, where: string): unknown {
  if (!(error instanceof Error) || error instanceof StorageError) return error;
  const code = errorCode(error);
  if (code === 'LEVEL_DATABASE_NOT_OPEN' && error.cause !== undefined) {
    return asStorageError(error.cause, where);
  }
  if (code === 'LEVEL_IO_ERROR') {
    const meaning = fullWords.test(error.message)
      ? 'full'
      : missingWords.test(error.message)
        ? 'corrupt'
        : 'unwritable';
    return new StorageError(meaning, where, error.message, { cause: error });
  }
  const known = code === undefined ? undefined : codes[code];
  return known === undefined
    ? error
    : new StorageError(known, where, known === 'closed' ? '' : error.message, { cause: error });
}

/** Runs an action; what the system refuses is thrown as a StorageError about `where`. */
export async function storing<T>(where: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw asStorageError(error, where);
  }
}
