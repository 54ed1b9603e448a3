import { eraseIndexedStore } from '@sotto/storage-indexeddb';
import { SottoError } from '../sotto-error.ts';
import { asBrowserFailure } from './browser-failure.ts';
import { leaderLockName } from './wire.ts';

/** Erases an account that no tab has open. Rejects with `account-in-use`, or with what the browser denies. */
export async function eraseStopped(account: string): Promise<void> {
  await navigator.locks.request(leaderLockName(account), { ifAvailable: true }, async (lock) => {
    if (lock === null) throw new SottoError('account-in-use');
    try {
      await eraseIndexedStore(account);
    } catch (error) {
      throw asBrowserFailure(error);
    }
  });
}
