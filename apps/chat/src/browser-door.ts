import { type Client, type Network, readNetwork } from '@sotto/client';
import { accountLock, importAccount, openAccount, wipeAccount } from '@sotto/client/browser';
import { type AccountDoor, type AccountState, ServerAway } from './account-door.ts';

const worker = (): Worker =>
  new Worker(new URL('./sdk-worker.ts', import.meta.url), { type: 'module', name: 'sotto' });

const STATES = { none: 'none', device: 'open', passphrase: 'locked' } as const satisfies Record<
  string,
  AccountState
>;

const under = (passphrase: string | undefined): { readonly passphrase?: string } =>
  passphrase === undefined ? {} : { passphrase };

/** The door of a page: the SDK in a worker, and the network that the page's own server names. */
export function browserDoor(): AccountDoor {
  let network: Network | undefined;
  let mailLifeMillis = 0;
  const known = (): Network => {
    if (network === undefined) throw new TypeError('"look" expected to be called first');
    return network;
  };
  const open = (passphrase?: string, resume = false): Promise<Client> =>
    openAccount({ network: known(), worker, resume, ...under(passphrase) });
  return {
    look: async () => {
      const described = await fetchNetwork();
      assertNetwork(described);
      mailLifeMillis = readNetwork(described).parameters.mailLifeMicros / 1000;
      network = described;
      return STATES[await accountLock()];
    },
    open,
    wipe: () => wipeAccount(),
    create: (name, passphrase) =>
      openAccount({ network: known(), worker, name, ...under(passphrase) }),
    mailLifeMillis: () => mailLifeMillis,
    restore: async (file, filePassphrase, lock) => {
      const passphrase = lock ? filePassphrase : undefined;
      await importAccount({ network: known(), worker, file, filePassphrase, ...under(passphrase) });
      return open(passphrase);
    },
  };
}

/** @throws SottoError when a value does not describe a network. */
function assertNetwork(value: unknown): asserts value is Network {
  readNetwork(value);
}

/** Rejects with {@link ServerAway}. Whether it is one is for the SDK to say. */
async function fetchNetwork(): Promise<unknown> {
  try {
    const answer = await fetch('./network.json', { cache: 'no-store' });
    if (!answer.ok) throw new TypeError(`the server answered ${answer.status}`);
    return await answer.json();
  } catch (error) {
    throw new ServerAway('the description of the network did not come', { cause: error });
  }
}
