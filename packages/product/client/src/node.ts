/** The SDK in Node: an account in a folder. @module */
export { importAccount, openAccount, type OpenAccountOptions } from './node/open-account.ts';
