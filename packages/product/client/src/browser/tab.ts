import { systemRng } from '@sotto/driver';
import { randomBytes, toHex } from '@sotto/wire';
import type { Client } from '../client-io.ts';
import { SottoError } from '../sotto-error.ts';
import type { OpenAccountOptions } from './open-account.ts';
import { RemoteClient } from './remote-client.ts';
import {
  channelName,
  channelWire,
  EVERYBODY,
  hearCalls,
  leaderLockName,
  portWire,
} from './wire.ts';
import { eraseStopped } from './erase-stopped.ts';
import { startWorker, type RunningWorker } from './worker-life.ts';

/** Deaths of the worker within this time that are borne. */
const MAX_DEATHS = 5;
const DEATHS_MILLIS = 60_000;

const name = (): string => toHex(randomBytes(systemRng(), 16));

/**
 * One tab of an account. The tab that holds the account's Web Lock runs the worker; the others reach it by
 * a broadcast channel, and the next of them takes over when the lock is free.
 */
export class Tab {
  readonly #options: OpenAccountOptions;
  readonly #account: string;
  readonly #me = name();
  readonly #channel: BroadcastChannel;
  readonly #client: RemoteClient;
  readonly #opened = Promise.withResolvers<void>();
  /** Fires when this tab has done its part. */
  readonly #over = new AbortController();
  #isOpen = false;
  #leads = false;
  #leading: Promise<void> = Promise.resolve();

  constructor(options: OpenAccountOptions, account: string) {
    this.#options = options;
    this.#account = account;
    this.#channel = new BroadcastChannel(channelName(account));
    this.#client = new RemoteClient(
      () => this.#leave(),
      () => eraseStopped(account),
    );
  }

  /** Resolves when a worker answers, here or in another tab. */
  async open(): Promise<Client> {
    const stopHearing = hearCalls(this.#channel, this.#me, (from, body) => {
      if (this.#leads) return;
      if (body === 'here') this.#call(from, 'join');
      if (body !== 'welcome') return;
      this.#client.attach(channelWire(this.#channel, this.#me, from));
      this.#ready();
    });
    this.#over.signal.addEventListener('abort', stopHearing);
    this.#leading = this.#lead();
    this.#call(EVERYBODY, 'join');
    await this.#opened.promise;
    return this.#client;
  }

  async #lead(): Promise<void> {
    const { signal } = this.#over;
    try {
      await navigator.locks.request(leaderLockName(this.#account), { signal }, async () => {
        this.#leads = true;
        this.#client.detach();
        await this.#runWorkers();
      });
    } catch (error) {
      // The tab was closed while it waited for its turn.
      if (!signal.aborted) this.#fail(error);
    }
  }

  async #runWorkers(): Promise<void> {
    const { signal } = this.#over;
    const deaths: number[] = [];
    try {
      while (!signal.aborted) {
        const worker = await this.#start();
        this.#client.attach(portWire(worker.worker));
        this.#ready();
        const died = await worker.ended(signal);
        if (!died) return;
        this.#client.detach();
        deaths.push(performance.now());
        const recent = deaths.filter((at) => performance.now() - at < DEATHS_MILLIS);
        if (recent.length > MAX_DEATHS) throw new SottoError('worker-failed', 'it died again');
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #start(): Promise<RunningWorker> {
    const { worker, network, passphrase, plan, name: profile } = this.#options;
    return startWorker(worker, {
      order: 'open',
      account: this.#account,
      network,
      passphrase,
      plan,
      name: profile,
      // Once: another tab may have exported the account since.
      resume: this.#options.resume === true && !this.#isOpen,
      // Only the tab that opens an account begins one: whoever takes over finds it wiped, or there.
      mayBegin: !this.#isOpen,
      lifeline: `sotto worker ${name()}`,
    });
  }

  #ready(): void {
    this.#isOpen = true;
    this.#opened.resolve();
  }

  #fail(error: unknown): void {
    const failure =
      error instanceof SottoError ? error : new SottoError('failed', '', { cause: error });
    this.#opened.reject(failure);
    this.#client.end(failure);
    this.#over.abort();
    this.#channel.close();
  }

  async #leave(): Promise<void> {
    this.#client.bye();
    this.#over.abort();
    await this.#leading;
    this.#channel.close();
  }

  #call(to: string, body: string): void {
    if (!this.#over.signal.aborted) this.#channel.postMessage({ to, from: this.#me, body });
  }
}
