import { systemRng } from '@sotto/driver';
import { peekVault } from '@sotto/storage-indexeddb';
import { randomBytes, toHex } from '@sotto/wire';
import type { Client } from '../client-io.ts';
import { type Network, readNetwork } from '../network.ts';
import { SottoError } from '../sotto-error.ts';
import { asBrowserFailure } from './browser-failure.ts';
import { KEY_RECORD, needsPassphrase } from './storage-key.ts';
import { Tab } from './tab.ts';
import { leaderLockName } from './wire.ts';
import { eraseStopped } from './erase-stopped.ts';
import { startWorker } from './worker-life.ts';

/** The account of a page that says nothing else. */
const DEFAULT_ACCOUNT = 'account';

/** Which account to open, and where it lives. */
export interface OpenAccountOptions {
  /** Which of several of one origin. Default `account`. */
  readonly account?: string;
  readonly network: Network;
  /** Makes the worker: a module that imports `@sotto/client/worker`. Called again when it died. */
  readonly worker: () => Worker;
  /** What the account is encrypted under besides the browser's own key. Fixed by the first run. */
  readonly passphrase?: string;
  /** A plan by name; `home` at first. Another than before is taken up at the next public hour or epoch. */
  readonly plan?: string;
  /** What only this device calls its person. */
  readonly name?: string;
  /** Goes on with an account that was exported and has stopped; its file must not be used any more. */
  readonly resume?: boolean;
}

/**
 * Opens an account of this browser, made on the first run, and runs its client in a worker. Tabs of one
 * account share one client: the first runs it, the others reach it there, and when its tab is closed the
 * next one takes over. (A tab that joins is asked for no passphrase; it needs one to take over.)
 *
 * Rejects with a SottoError: those of `openClient`, `storage-denied`, `worker-failed`, `network-invalid`,
 * `unknown-plan`, `passphrase-…`, `account-…`.
 */
export async function openAccount(options: OpenAccountOptions): Promise<Client> {
  const { account = DEFAULT_ACCOUNT } = options;
  readNetwork(options.network);
  // What the browser denies, it denies here as well as in the worker, and says why.
  await accountLock(account);
  const client = await new Tab(options, account).open();
  // A browser that runs out of room must not throw the keys away; what it answers changes nothing here.
  void navigator.storage?.persist?.().catch(() => false);
  return client;
}

/**
 * Erases an account that is not open, one that was exported and has stopped say. It cannot be undone.
 *
 * Rejects with `account-in-use` while a tab has it open, or with `storage-denied`.
 */
export async function wipeAccount(account: string = DEFAULT_ACCOUNT): Promise<void> {
  checkBrowser();
  await eraseStopped(account);
}

/** Whether there is an account; whether it asks for a passphrase says {@link accountLock}. */
export async function accountExists(account: string = DEFAULT_ACCOUNT): Promise<boolean> {
  return (await accountLock(account)) !== 'none';
}

/** How an account is locked: by the browser alone, or by a passphrase as well. Rejects with `storage-denied`, `store-damaged`. */
export async function accountLock(
  account: string = DEFAULT_ACCOUNT,
): Promise<'none' | 'device' | 'passphrase'> {
  checkBrowser();
  try {
    const record = await peekVault(account, KEY_RECORD);
    if (record === undefined) return 'none';
    return needsPassphrase(record) ? 'passphrase' : 'device';
  } catch (error) {
    throw asBrowserFailure(error);
  }
}

/**
 * Puts an exported account into this browser; `openAccount` opens it. Do not go on with the first one: one of
 * the two would lose its conversations.
 *
 * Rejects with a SottoError: `file-…`, `account-exists`, `account-in-use`, `account-of-other-network`,
 * `storage-denied`, `worker-failed`.
 */
export async function importAccount(
  options: Pick<OpenAccountOptions, 'account' | 'network' | 'worker' | 'passphrase'> & {
    /** What `exportAccount` gave, and its passphrase. */
    readonly file: Uint8Array;
    readonly filePassphrase: string;
  },
): Promise<void> {
  const { account = DEFAULT_ACCOUNT, network, worker, passphrase, file, filePassphrase } = options;
  readNetwork(network);
  checkBrowser();
  await navigator.locks.request(leaderLockName(account), { ifAvailable: true }, async (lock) => {
    if (lock === null) throw new SottoError('account-in-use');
    const lifeline = `sotto worker ${toHex(randomBytes(systemRng(), 16))}`;
    const order = { account, network, passphrase, file, filePassphrase, lifeline };
    const running = await startWorker(worker, { order: 'take-in', ...order });
    running.worker.terminate();
  });
}

/** @throws SottoError `storage-denied`. */
function checkBrowser(): void {
  const locks: LockManager | undefined = navigator.locks;
  if (locks === undefined) {
    throw new SottoError('storage-denied', 'the page is no secure context');
  }
}
