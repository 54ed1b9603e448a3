/** The SDK in a page: its client runs in a worker, of this tab or of another one. @module */
export {
  accountExists,
  accountLock,
  importAccount,
  openAccount,
  type OpenAccountOptions,
  wipeAccount,
} from './browser/open-account.ts';
