import { StorageError } from '@sotto/storage';
import { asStorageError, settled } from './browser-errors.ts';

/** Object stores of a database: a person's entries, and keys that the browser keeps to itself. */
export const STORES = { entries: 'entries', vault: 'vault' } as const;

const VERSION = 1;

/** Names in front of ours, so that a page of the same origin that uses IndexedDB is not in the way. */
export const databaseName = (name: string): string => `sotto/${name}`;

/** The browser's IndexedDB. @throws StorageError `unwritable` where it is switched off. */
function factory(where: string): IDBFactory {
  let found: IDBFactory | undefined;
  try {
    found = globalThis.indexedDB;
  } catch (error) {
    throw asStorageError(error, where);
  }
  if (found === undefined || found === null) {
    throw new StorageError(
      'unwritable',
      where,
      'this browser, or this mode of it, has no IndexedDB',
    );
  }
  return found;
}

/** Opens a database, made when it is missing. */
export async function openDatabase(name: string): Promise<IDBDatabase> {
  const where = databaseName(name);
  const databases = factory(where);
  try {
    const request = databases.open(where, VERSION);
    request.addEventListener('upgradeneeded', () => {
      for (const store of Object.values(STORES)) request.result.createObjectStore(store);
    });
    return await settled(request, where);
  } catch (error) {
    throw asStorageError(error, where);
  }
}

/** Whether a store of this name was ever begun. Rejects with a StorageError. */
export const indexedStoreExists = async (name: string): Promise<boolean> =>
  (await ask(name, () => Promise.resolve(true))) ?? false;

/** What the vault of a store holds under a name, whoever has the store open; undefined when there is no store. Rejects with a StorageError. */
export const peekVault = (name: string, record: string): Promise<unknown> =>
  ask<unknown>(name, (database) => {
    const vault = database.transaction(STORES.vault, 'readonly').objectStore(STORES.vault);
    return settled(vault.get(record), databaseName(name));
  });

/** Asks a database if there is one. By opening it: where storage is denied, a browser lets the list of databases reject unheard. */
async function ask<T>(
  name: string,
  question: (database: IDBDatabase) => Promise<T>,
): Promise<T | undefined> {
  const where = databaseName(name);
  const databases = factory(where);
  let isNew = false;
  try {
    const request = databases.open(where, VERSION);
    request.addEventListener('upgradeneeded', () => {
      isNew = true;
      request.transaction?.abort();
    });
    const database = await settled(request, where);
    try {
      return await question(database);
    } finally {
      database.close();
    }
  } catch (error) {
    if (isNew) return undefined;
    throw asStorageError(error, where);
  }
}

/** Deletes a store that nobody has open, with its vault. Rejects with a StorageError. */
export async function eraseIndexedStore(name: string): Promise<void> {
  const where = databaseName(name);
  const databases = factory(where);
  try {
    await settled(databases.deleteDatabase(where), where);
  } catch (error) {
    throw asStorageError(error, where);
  }
}
