import { StorageError } from '@sotto/storage';
import { SottoError } from '../sotto-error.ts';
import { asOpeningFailure } from '../storage-failure.ts';

/** The SottoError that stands for what a browser refuses when an account is opened; anything else as it is. */
export function asBrowserFailure(error: unknown): unknown {
  if (error instanceof StorageError && error.code === 'unwritable') {
    return new SottoError('storage-denied', error.message, { cause: error });
  }
  return asOpeningFailure(error);
}
