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
export async function indexedStoreExists(name: string): Promise<boolean> {
  const where = databaseName(name);
  const databases = factory(where);
  try {
    return (await databases.databases()).some((database) => database.name === where);
  } catch (error) {
    throw asStorageError(error, where);
  }
}

/** What the vault of a store holds under a name, whoever has the store open; undefined when there is no store. Rejects with a StorageError. */
export async function peekVault(name: string, record: string): Promise<unknown> {
  if (!(await indexedStoreExists(name))) return undefined;
  const where = databaseName(name);
  const database = await openDatabase(name);
  try {
    const vault = database.transaction(STORES.vault, 'readonly').objectStore(STORES.vault);
    const value: unknown = await settled(vault.get(record), where);
    return value;
  } catch (error) {
    throw asStorageError(error, where);
  } finally {
    database.close();
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
