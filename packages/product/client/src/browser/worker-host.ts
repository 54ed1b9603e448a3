import { SystemClock, systemRng } from '@sotto/driver';
import { HOME } from '@sotto/endpoint';
import { open as openSuite, openPasswordHash } from '@sotto/sodium/wasm';
import { eraseIndexedStore, openIndexedStore } from '@sotto/storage-indexeddb';
import { browserTransport } from '@sotto/transport-libp2p/browser';
import { randomBytes, toHex, wipe } from '@sotto/wire';
import { importAccount } from '../account-import.ts';
import { runClient, TRANSPORT_SIZES } from '../client.ts';
import { planOf, settle } from '../first-run.ts';
import { readNetwork } from '../network.ts';
import type { RunningClient } from '../running-client.ts';
import { SottoError } from '../sotto-error.ts';
import { asBrowserFailure } from './browser-failure.ts';
import { cloneError } from './messages.ts';
import { type Order, type OrderAnswer, readOrder } from './orders.ts';
import { Serving } from './serving.ts';
import { KEY_RECORD, storageKey } from './storage-key.ts';
import { channelName, channelWire, EVERYBODY, hearCalls, type Port, portWire } from './wire.ts';

/** How long an earlier worker of the account may take to die. */
const PATIENCE_MILLIS = 15_000;
/** Tabs that are served; the one that came first makes way. */
const MAX_TABS = 32;

type Opening = Extract<Order, { order: 'open' }>;
type Importing = Extract<Order, { order: 'take-in' }>;

/** Runs in a dedicated worker: takes the orders of the page that made it, and serves all tabs of the account. */
export function hostClient(port: Port): void {
  const answer = (message: OrderAnswer): void => port.postMessage(message);
  let running: Promise<Host> | undefined;
  port.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const order = readOrder(data);
    if (order === undefined) return;
    const carryOut = async (): Promise<void> => {
      if (order.order === 'close') {
        await (await running)?.close();
        return;
      }
      await holdForLife(order.lifeline);
      answer({ answer: 'alive' });
      if (order.order === 'take-in') await importInto(order);
      else await (running ??= open(order, port));
    };
    carryOut().then(
      () => answer({ answer: 'done' }),
      (error: unknown) => answer({ answer: 'refused', error: cloneError(asBrowserFailure(error)) }),
    );
  });
}

/** What runs here once an account is open. */
class Host {
  readonly #client: RunningClient;
  readonly #channel: BroadcastChannel;
  readonly #session = toHex(randomBytes(systemRng(), 16));
  readonly #tabs = new Map<string, Serving>();

  constructor(client: RunningClient, account: string, port: Port) {
    this.#client = client;
    this.#channel = new BroadcastChannel(channelName(account));
    // The page that made this worker ends it; it has no need to take leave.
    this.#tabs.set('', new Serving(client, portWire(port), () => undefined));
    hearCalls(this.#channel, this.#session, (tab, body) => {
      if (body === 'join') this.#join(tab);
    });
    this.#channel.postMessage({ to: EVERYBODY, from: this.#session, body: 'here' });
  }

  /** Ends the client. Other tabs are not told: another one of them runs it from now on. */
  async close(): Promise<void> {
    for (const tab of this.#tabs.values()) tab.leave();
    this.#channel.close();
    await this.#client.close();
  }

  #join(tab: string): void {
    this.#tabs.get(tab)?.leave();
    this.#tabs.delete(tab);
    if (this.#tabs.size >= MAX_TABS) this.#leaveOldest();
    const wire = channelWire(this.#channel, this.#session, tab);
    const serving = new Serving(this.#client, wire, () => {
      serving.leave();
      if (this.#tabs.get(tab) === serving) this.#tabs.delete(tab);
    });
    this.#tabs.set(tab, serving);
    this.#channel.postMessage({ to: tab, from: this.#session, body: 'welcome' });
  }

  #leaveOldest(): void {
    const oldest = [...this.#tabs].find(([tab]) => tab !== '');
    if (oldest === undefined) return;
    oldest[1].leave();
    this.#tabs.delete(oldest[0]);
  }
}

async function open(order: Opening, port: Port): Promise<Host> {
  const { account, passphrase, plan, name } = order;
  const initial = plan === undefined ? HOME : planOf(plan);
  const network = readNetwork(order.network);
  const suite = await openSuite();
  const passwordHash = await openPasswordHash();
  const rng = systemRng();
  const store = await openIndexedStore(account, { waitMillis: PATIENCE_MILLIS });
  let key: Uint8Array | undefined;
  // A fresh identity on every run: what the guard knows one by is the box, and nobody else needs one.
  const seed = randomBytes(rng, 32);
  try {
    const begun = (await store.vaultGet(KEY_RECORD)) !== undefined;
    if (!begun && !order.mayBegin) throw new SottoError('closed', 'the account was wiped');
    key = await storageKey(store, { suite, rng, passwordHash }, passphrase);
    const client = await runClient({
      suite,
      rng,
      clock: new SystemClock(),
      store,
      storageKey: key,
      transport: await browserTransport({ seed, sizes: TRANSPORT_SIZES, suite }),
      ...network,
      plan: initial,
      passwordHash,
      erase: () => eraseIndexedStore(account),
      resume: order.resume,
    });
    const settings = {
      ...(plan === undefined ? {} : { plan }),
      ...(name === undefined ? {} : { name }),
    };
    await settle(client, settings);
    return new Host(client, account, port);
  } catch (error) {
    await store.close();
    throw error;
  } finally {
    if (key !== undefined) wipe(key);
    wipe(seed);
  }
}

async function importInto(order: Importing): Promise<void> {
  const { account, passphrase, file, filePassphrase } = order;
  const { parameters } = readNetwork(order.network);
  const suite = await openSuite();
  const passwordHash = await openPasswordHash();
  const rng = systemRng();
  const store = await openIndexedStore(account, { waitMillis: PATIENCE_MILLIS });
  let imported = false;
  try {
    if ((await store.vaultGet(KEY_RECORD)) !== undefined) throw new SottoError('account-exists');
    const key = await storageKey(store, { suite, rng, passwordHash }, passphrase);
    const target = { store, storageKey: key, parameters, file, passphrase: filePassphrase };
    await importAccount({ suite, rng, passwordHash, ...target });
    wipe(key);
    imported = true;
  } finally {
    await store.close();
    // A key that stands for nothing would look like an account.
    if (!imported) await eraseEmpty(account);
  }
}

async function eraseEmpty(account: string): Promise<void> {
  const store = await openIndexedStore(account, { waitMillis: PATIENCE_MILLIS });
  let empty = true;
  for await (const _ of store.entries('')) empty = false;
  await store.close();
  if (empty) await eraseIndexedStore(account);
}

/** Holds a lock until this worker is gone: no browser tells a page that its worker has died. */
async function holdForLife(name: string): Promise<void> {
  const held = Promise.withResolvers<void>();
  void navigator.locks.request(name, () => {
    held.resolve();
    return new Promise<never>(() => undefined);
  });
  await held.promise;
}
