/** The SDK in Node: an account in a folder. @module */
export { readNetworkFile } from './node/network-file.ts';
export { importAccount, openAccount, type OpenAccountOptions } from './node/open-account.ts';
