import { networkId } from '@sotto/directory';
import { FRAME_BYTES, PREFACE_BYTES } from '@sotto/link';
import { type TransportSizes, TransportError } from '@sotto/transport';
import { err, toHex } from '@sotto/wire';
import type { Client, ClientOptions } from './client-io.ts';
import { checkNotMoved } from './moved-mark.ts';
import { RunningClient } from './running-client.ts';
import { SealedStore } from './sealed-store.ts';
import { SottoError } from './sotto-error.ts';

/** Peers without which no two can agree. */
const LEAST_PEERS = 2;

/** Frame and preface lengths with which a client's transport is made. */
export const TRANSPORT_SIZES: TransportSizes = {
  frameBytes: FRAME_BYTES,
  prefaceBytes: PREFACE_BYTES,
};

/**
 * Opens an account and runs it. Resolves once it is loaded, online or not; see {@link Client.online}.
 *
 * Rejects with `wrong-key`, `account-of-other-network`, `account-moved`, `store-damaged`, `store-failed`,
 * `few-peers` or `transport-failed`; store and transport are closed then.
 */
export async function openClient(options: ClientOptions): Promise<Client> {
  return runClient(options);
}

/** {@link openClient} with all that a worker needs of it. */
export async function runClient(options: ClientOptions): Promise<RunningClient> {
  const { suite, rng, store, storageKey, transport, parameters, bootstrap } = options;
  let sealed: SealedStore | undefined;
  try {
    const peers = new Set(bootstrap.map(({ identityKey }) => toHex(identityKey))).size;
    if (peers < LEAST_PEERS) {
      throw new SottoError('few-peers', `expected ${LEAST_PEERS} or more, got ${peers}`);
    }
    const network = networkId(suite, parameters);
    sealed = await SealedStore.open({ store, suite, rng, storageKey, networkId: network });
    const stored = await sealed.load();
    await checkNotMoved(sealed, stored, options.resume === true);
    // Nobody opens a link to a client, nor asks it for anything.
    await transport.start({
      acceptLink: () => err({ code: 'client' }),
      snapshot: () => undefined,
    });
    return new RunningClient(options, { sealed, stored, network });
  } catch (error) {
    await transport.stop();
    await (sealed ?? store).close();
    if (!(error instanceof TransportError)) throw error;
    throw new SottoError('transport-failed', error.message, { cause: error });
  }
}
