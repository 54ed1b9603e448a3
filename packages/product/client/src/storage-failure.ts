import { StorageError } from '@sotto/storage';
import { SottoError, type SottoErrorCode } from './sotto-error.ts';

/** The SottoError that stands for what a store refuses when it is opened; anything else as it is. */
export function asOpeningFailure(error: unknown): unknown {
  if (!(error instanceof StorageError)) return error;
  return new SottoError(codeOf(error), error.message, { cause: error });
}

function codeOf({ code }: StorageError): SottoErrorCode {
  switch (code) {
    case 'locked':
      return 'account-in-use';
    case 'newer':
      return 'account-newer';
    case 'corrupt':
      return 'store-damaged';
    default:
      return 'store-failed';
  }
}
