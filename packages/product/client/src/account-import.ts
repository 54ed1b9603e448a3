import { networkId, type NetworkParameters } from '@sotto/directory';
import { COPIED_KEY } from '@sotto/messaging';
import type { KeyValueStore } from '@sotto/storage';
import { equalBytes } from '@sotto/wire';
import { type AccountFileTools, decodeAccountFile } from './account-file.ts';
import { SealedStore } from './sealed-store.ts';
import { SottoError } from './sotto-error.ts';

/**
 * Puts an exported account into an empty store; `openClient` opens it there.
 *
 * It is marked as a copy: the first one may have been resumed, the file may be an old one or taken in twice.
 * No key is used a second time then, but each contact goes on with one copy only, and the others are told
 * that they are out of step (Spec 09 §6.9).
 *
 * Rejects with `file-…`, `account-of-other-network`, `account-exists` or `store-…`. Closes the store.
 */
export async function importAccount(
  options: AccountFileTools & {
    readonly store: KeyValueStore;
    /** 32 bytes; the account's on this device from now on. */
    readonly storageKey: Uint8Array;
    readonly parameters: NetworkParameters;
    readonly file: Uint8Array;
    readonly passphrase: string;
  },
): Promise<void> {
  const { suite, rng, store, storageKey, parameters, file, passphrase } = options;
  let sealed: SealedStore | undefined;
  try {
    for await (const _ of store.entries('')) throw new SottoError('account-exists');
    const contents = decodeAccountFile(options, file, passphrase);
    if (!contents.ok) throw new SottoError(contents.error.code);
    const network = networkId(suite, parameters);
    if (!equalBytes(contents.value.networkId, network)) {
      throw new SottoError('account-of-other-network');
    }
    sealed = await SealedStore.open({ store, suite, rng, storageKey, networkId: network });
    await sealed.write([...contents.value.entries, { key: COPIED_KEY, value: Uint8Array.of(1) }]);
  } finally {
    await (sealed ?? store).close();
  }
}
