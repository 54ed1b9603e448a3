import { StorageError, type StorageErrorCode } from '@sotto/storage';

const codes: Readonly<Record<string, StorageErrorCode>> = {
  QuotaExceededError: 'full',
  SecurityError: 'unwritable',
  InvalidStateError: 'unwritable',
  NotAllowedError: 'unwritable',
  NotFoundError: 'corrupt',
  NotReadableError: 'corrupt',
  DataError: 'corrupt',
  UnknownError: 'unwritable',
  TimeoutError: 'unwritable',
  AbortError: 'unwritable',
  VersionError: 'newer',
};

/** The StorageError that stands for what a browser throws; anything else is a bug and comes back as it is. */
export function asStorageError(error: unknown, where: string): unknown {
  if (!(error instanceof DOMException)) return error;
  const code = codes[error.name];
  return code === undefined
    ? error
    : new StorageError(code, where, `${error.name}: ${error.message}`, { cause: error });
}

/** Resolves with a request's result; rejects with a StorageError about `where`. */
export function settled<T>(request: IDBRequest<T>, where: string): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  request.addEventListener('success', () => resolve(request.result));
  request.addEventListener('error', () => reject(asStorageError(request.error, where)));
  return promise;
}

/** Resolves when a transaction is complete; rejects with a StorageError about `where`. */
export function completed(transaction: IDBTransaction, where: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  transaction.addEventListener('complete', () => resolve());
  // A full disk shows in the transaction alone; a transaction that was aborted for us has no error.
  transaction.addEventListener('abort', () => {
    const error = transaction.error ?? new DOMException('aborted', 'AbortError');
    reject(asStorageError(error, where));
  });
  return promise;
}
