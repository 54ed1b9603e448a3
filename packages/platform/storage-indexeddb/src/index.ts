/** Storage of a browser: a key-value store on IndexedDB, and a vault for keys that cannot be read out. @module */
export { eraseIndexedStore, indexedStoreExists, peekVault } from './databases.ts';
export { type IndexedStore, openIndexedStore } from './indexed-store.ts';
