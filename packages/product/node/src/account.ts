import { type Client, SottoError } from '@sotto/client';
import { openAccount as open } from '@sotto/client/node';
import { StorageError } from '@sotto/storage';
import { defaultAccountFolder } from './account-folder.ts';
import { CommandFailure } from './exit-codes.ts';
import { readPassphrase } from './passphrase.ts';

/** Flags that the commands for an account share, as commander gives them. */
export interface AccountFlags {
  readonly account?: string;
  readonly network?: string;
  readonly passphrase?: boolean;
  readonly plan?: string;
  readonly secondMailbox?: boolean;
  readonly resume?: boolean;
  readonly json?: boolean;
}

/** Opens an account, made on the first run, and runs its client; failures are for people to read. */
export async function openAccount(flags: AccountFlags): Promise<Client> {
  const { plan } = flags;
  const network = networkOf(flags);
  const folder = flags.account ?? defaultAccountFolder();
  const passphrase = flags.passphrase === true ? await readPassphrase(process.env) : undefined;
  try {
    return await open({
      folder,
      network,
      resume: flags.resume === true,
      secondMailbox: flags.secondMailbox === true,
      ...(plan === undefined ? {} : { plan }),
      ...(passphrase === undefined ? {} : { passphrase }),
    });
  } catch (error) {
    throw asAccountFailure(error, folder) ?? error;
  }
}

/** The file of the network. @throws CommandFailure when none is named. */
export function networkOf({ network }: AccountFlags): string {
  if (network !== undefined) return network;
  throw new CommandFailure(
    'usage',
    '--network: expected the file of a network; "sotto network" prints where it wrote one',
  );
}

/** The failure to show for an error of an account's client; undefined of a bug. */
export function asAccountFailure(error: unknown, account: string): CommandFailure | undefined {
  if (!(error instanceof SottoError)) return undefined;
  const usage = (what: string): CommandFailure => new CommandFailure('usage', what, error);
  switch (error.code) {
    case 'wrong-key':
      return usage(`account "${account}": wrong passphrase`);
    case 'passphrase-needed':
      return usage(`account "${account}" is under a passphrase: give --passphrase`);
    case 'passphrase-not-used':
      return usage(`account "${account}" is not under a passphrase: leave out --passphrase`);
    case 'account-moved':
      return usage(
        `account "${account}" was exported ${error.detail} and has stopped; --resume goes on with it, and then the file must never be used`,
      );
    case 'account-of-other-network':
      return usage(
        `account "${account}" belongs to another network than --network names; give another --account`,
      );
    case 'unknown-plan':
      return usage(`--plan: ${error.detail}`);
    case 'account-exists':
      return new CommandFailure('folder', `account "${account}": there is one already`, error);
    case 'network-invalid':
    case 'few-peers':
      return usage(error.detail);
    case 'account-in-use':
      return new CommandFailure(
        'locked',
        `account "${account}" is open already: another "sotto chat" or "sotto invite" runs on it`,
        error,
      );
    case 'account-newer':
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
