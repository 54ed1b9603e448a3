import { StorageError } from '@sotto/storage';
import { asStorageError } from './browser-errors.ts';

/**
 * Takes a Web Lock. @returns what lets go of it; resolves when others can have it.
 *
 * @param waitMillis - how long its holder is waited for; 0: not at all.
 * @throws StorageError `locked` when somebody holds it, `unwritable` where there are no Web Locks.
 */
export async function holdLock(name: string, waitMillis: number): Promise<() => Promise<void>> {
  // Only a secure context has them: https, or this machine itself.
  const locks: LockManager | undefined = navigator.locks;
  if (locks === undefined) {
    throw new StorageError('unwritable', name, 'no Web Locks: the page is no secure context');
  }
  const taken = Promise.withResolvers<() => void>();
  const hold = (lock: Lock | null): Promise<void> | undefined => {
    if (lock === null) {
      taken.reject(new StorageError('locked', name));
      return undefined;
    }
    const held = Promise.withResolvers<void>();
    taken.resolve(held.resolve);
    return held.promise;
  };
  const options =
    waitMillis === 0 ? { ifAvailable: true } : { signal: AbortSignal.timeout(waitMillis) };
  const over = locks.request(name, options, hold).catch((error: unknown) => {
    const late = error instanceof DOMException && error.name === 'TimeoutError';
    taken.reject(late ? new StorageError('locked', name) : asStorageError(error, name));
  });
  const release = await taken.promise;
  return async () => {
    release();
    await over;
  };
}
