import { rm } from 'node:fs/promises';
import { SystemClock, systemRng } from '@sotto/driver';
import { HOME } from '@sotto/endpoint';
import { open as openSuite, openPasswordHash } from '@sotto/sodium/native';
import type { DataFolder, KeyValueStore } from '@sotto/storage';
import { openDataFolder } from '@sotto/storage-level';
import { nodeTransport } from '@sotto/transport-libp2p/node';
import { randomBytes, wipe } from '@sotto/wire';
import { importAccount as importInto } from '../account-import.ts';
import type { Client } from '../client-io.ts';
import { openClient, TRANSPORT_SIZES } from '../client.ts';
import { settle, planOf } from '../first-run.ts';
import { type Network, readNetwork, type ReadNetwork } from '../network.ts';
import { asOpeningFailure } from '../storage-failure.ts';
import { eraseStorageKey, storageKey } from './account-key.ts';
import { readNetworkFile } from './network-file.ts';

/** Which account to open, and where it lives. */
export interface OpenAccountOptions {
  /** The account's own folder, made on the first run for its owner alone. */
  readonly folder: string;
  /** The network, or the path of its file. */
  readonly network: string | Network;
  /** What the account is encrypted under; without one a key file stands in the folder. Fixed by the first run. */
  readonly passphrase?: string;
  /** A plan by name; `home` at first. Another than before is taken up at the next public hour or epoch. */
  readonly plan?: string;
  /**
   * Mail goes to two mailboxes each, so that the loss of one loses none; contacts and oneself spend twice
   * the packets on it (docs/supply.md). Of what is given to contacts from now on.
   */
  readonly secondMailbox?: boolean;
  /** What only this device calls its person. */
  readonly name?: string;
  /** Goes on with an account that was exported and has stopped; its file must not be used any more. */
  readonly resume?: boolean;
}

/**
 * Opens an account in a folder, made on the first run, and runs its client.
 *
 * Rejects with a SottoError: those of `openClient`, `network-invalid`, `unknown-plan`, `account-in-use`,
 * `account-newer`, `passphrase-…`.
 *
 * @example
 * ```ts
 * import { openAccount } from '@sotto/client/node';
 *
 * const client = await openAccount({ folder, network, passphrase: 'four or five random words' });
 * console.log((await client.plan()).name); // home
 * ```
 */
export async function openAccount(options: OpenAccountOptions): Promise<Client> {
  const { folder: path, passphrase, plan } = options;
  const initial = plan === undefined ? HOME : planOf(plan);
  const network = await readNetworkOf(options.network);
  const rng = systemRng();
  const { folder, key } = await openFolder(path, passphrase);
  // A fresh identity on every run: what the guard knows one by is the box, and nobody else needs one.
  const seed = randomBytes(rng, 32);
  try {
    const client = await openClient({
      suite: await openSuite(),
      rng,
      clock: new SystemClock(),
      store: closingAll(folder),
      storageKey: key,
      transport: await nodeTransport({ seed, sizes: TRANSPORT_SIZES }),
      ...network,
      plan: initial,
      secondMailbox: options.secondMailbox === true,
      passwordHash: await openPasswordHash(),
      erase: () => eraseFolder(path),
      resume: options.resume === true,
    });
    await settle(client, options);
    return client;
  } catch (error) {
    throw asOpeningFailure(error);
  } finally {
    wipe(key);
    wipe(seed);
  }
}

/**
 * Puts an exported account into a folder that holds none; `openAccount` opens it there. Do not go on with
 * the first one: one of the two would lose its conversations.
 *
 * Rejects with a SottoError: `file-…`, `account-exists`, `account-of-other-network`, `network-invalid`.
 *
 * @example
 * ```ts
 * import { importAccount, openAccount } from '@sotto/client/node';
 *
 * const filePassphrase = 'four or five random words';
 * await importAccount({ folder, network, file, filePassphrase });
 * const client = await openAccount({ folder, network });
 * ```
 */
export async function importAccount(
  options: Pick<OpenAccountOptions, 'folder' | 'network' | 'passphrase'> & {
    /** What `exportAccount` gave, and its passphrase. */
    readonly file: Uint8Array;
    readonly filePassphrase: string;
  },
): Promise<void> {
  const { parameters } = await readNetworkOf(options.network);
  const { folder, key } = await openFolder(options.folder, options.passphrase);
  try {
    await importInto({
      suite: await openSuite(),
      rng: systemRng(),
      passwordHash: await openPasswordHash(),
      store: closingAll(folder),
      storageKey: key,
      parameters,
      file: options.file,
      passphrase: options.filePassphrase,
    });
  } catch (error) {
    throw asOpeningFailure(error);
  } finally {
    wipe(key);
  }
}

const readNetworkOf = async (network: string | Network): Promise<ReadNetwork> =>
  typeof network === 'string' ? readNetworkFile(network) : readNetwork(network);

async function openFolder(
  path: string,
  passphrase: string | undefined,
): Promise<{ readonly folder: DataFolder; readonly key: Uint8Array }> {
  let folder: DataFolder | undefined;
  try {
    folder = await openDataFolder(path);
    return { folder, key: await storageKey(path, folder.secrets, systemRng(), passphrase) };
  } catch (error) {
    await folder?.close();
    throw asOpeningFailure(error);
  }
}

/** The key first: without it nothing else can be read. */
async function eraseFolder(path: string): Promise<void> {
  const folder = await openDataFolder(path);
  await eraseStorageKey(folder.secrets);
  await folder.close();
  await rm(path, { recursive: true });
}

/** The folder's store; closing it lets go of the whole folder. */
const closingAll = (folder: DataFolder): KeyValueStore => ({
  get: (key) => folder.store.get(key),
  batch: (operations, options) => folder.store.batch(operations, options),
  entries: (prefix) => folder.store.entries(prefix),
  close: () => folder.close(),
});
