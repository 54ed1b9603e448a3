import { type Client, openClient, SottoError, TRANSPORT_SIZES } from '@sotto/client';
import { SystemClock, systemRng } from '@sotto/driver';
import { HOME, PLANS, type Plan } from '@sotto/endpoint';
import { open as openSuite } from '@sotto/sodium/native';
import { type DataFolder, type KeyValueStore, StorageError } from '@sotto/storage';
import { openDataFolder } from '@sotto/storage-level';
import { nodeTransport } from '@sotto/transport-libp2p/node';
import { randomBytes, wipe } from '@sotto/wire';
import { defaultAccountFolder } from './account-folder.ts';
import { readPassphrase, storageKey } from './account-key.ts';
import { CommandFailure } from './exit-codes.ts';
import { readNetworkFile } from './network-file.ts';

/** Flags that `sotto chat` and `sotto invite` share, as commander gives them. */
export interface AccountFlags {
  readonly account?: string;
  readonly network?: string;
  readonly passphrase?: boolean;
  readonly plan?: string;
  readonly json?: boolean;
}

/** Opens an account, made on the first run, and runs its client; failures are for people to read. */
export async function openAccount(flags: AccountFlags): Promise<Client> {
  if (flags.network === undefined) {
    throw new CommandFailure(
      'usage',
      '--network: expected the file of a network; "sotto network" prints where it wrote one',
    );
  }
  const plan = planOf(flags.plan);
  const network = await readNetworkFile(flags.network);
  const account = flags.account ?? defaultAccountFolder();
  const passphrase = flags.passphrase === true ? await readPassphrase(process.env) : undefined;
  const rng = systemRng();
  const folder = await openFolder(account);
  let key: Uint8Array;
  try {
    key = await storageKey(account, folder.secrets, rng, passphrase);
  } catch (error) {
    await folder.close();
    throw error;
  }
  // A fresh identity on every run: what the guard knows one by is the box, and nobody else needs one.
  const seed = randomBytes(rng, 32);
  try {
    return await openClient({
      suite: await openSuite(),
      rng,
      clock: new SystemClock(),
      store: closingAll(folder),
      storageKey: key,
      transport: await nodeTransport({ seed, sizes: TRANSPORT_SIZES }),
      ...network,
      plan,
    });
  } catch (error) {
    throw asAccountFailure(error, account) ?? error;
  } finally {
    wipe(key);
    wipe(seed);
  }
}

/** The failure to show for an error of an account's client; undefined of a bug. */
export function asAccountFailure(error: unknown, account: string): CommandFailure | undefined {
  if (!(error instanceof SottoError)) return undefined;
  switch (error.code) {
    case 'wrong-key':
      return new CommandFailure('usage', `account "${account}": wrong passphrase`, error);
    case 'account-of-other-network':
      return new CommandFailure(
        'usage',
        `account "${account}" belongs to another network than --network names; give another --account`,
        error,
      );
    case 'store-damaged':
    case 'store-failed':
      return new CommandFailure(
        error.cause instanceof StorageError && error.cause.code === 'full' ? 'full' : 'folder',
        `account "${account}": ${error.message}`,
        error,
      );
    default:
      return new CommandFailure('failed', error.message, error);
  }
}

function planOf(name: string | undefined): Plan {
  if (name === undefined) return HOME;
  const plan = PLANS.find((known) => known.name === name);
  if (plan !== undefined) return plan;
  const names = PLANS.map((known) => known.name).join(', ');
  throw new CommandFailure('usage', `--plan: expected one of ${names}, got "${name}"`);
}

async function openFolder(account: string): Promise<DataFolder> {
  try {
    return await openDataFolder(account);
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'locked') throw error;
    throw new CommandFailure(
      'locked',
      `account "${account}" is open already: another "sotto chat" or "sotto invite" runs on it`,
      error,
    );
  }
}

/** The folder's store; closing it lets go of the whole folder. */
const closingAll = (folder: DataFolder): KeyValueStore => ({
  get: (key) => folder.store.get(key),
  batch: (operations, options) => folder.store.batch(operations, options),
  entries: (prefix) => folder.store.entries(prefix),
  close: () => folder.close(),
});
