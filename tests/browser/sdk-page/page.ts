/** What the SDK's tests call in a page: the SDK itself, and what a page would do with it. */
import type { Client, ClientEvent, Network } from '@sotto/client';
import {
  accountExists,
  accountLock,
  importAccount,
  openAccount,
  wipeAccount,
} from '@sotto/client/browser';
import { example1 } from '../../examples/gen/client.gen.ts';

declare global {
  interface Window {
    sdk: typeof sdk;
    client: Client;
    events: ClientEvent[];
    /** What the example of the client's page has told. */
    shown: string[];
  }
}

const worker = (): Worker =>
  new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'sotto' });

const code = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error
    ? String(error.code)
    : `no code: ${String(error)}`;

/** Looks again at each event: slots pass all the time. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const events = window.client.events();
  while (!(await holds())) await events.next();
  await events.return?.();
}

const sdk = {
  accountExists,
  accountLock,
  wipeAccount: () => wipeAccount(),
  importAccount: (options: Omit<Parameters<typeof importAccount>[0], 'worker'>) =>
    importAccount({ ...options, worker }),
  /** Opens the account, and keeps all that happens. */
  async open(network: Network, options: object = {}): Promise<void> {
    const client = await openAccount({ network, worker, plan: 'shield', ...options });
    window.client = client;
    window.events = [];
    const events = client.events();
    void (async () => {
      for await (const event of events) window.events.push(event);
    })().catch((error: unknown) => window.events.push({ kind: 'offline', error } as never));
  },
  /** Runs the example of the client's page for as long as the tab lives. */
  example(): void {
    window.shown = [];
    const show = (...words: readonly string[]): void => void window.shown.push(words.join(' '));
    example1({ list: show, show }).catch((error: unknown) => show(code(error)));
  },
  /** Waits until the account says that a text is delivered. */
  delivered: (contact: string, text: string): Promise<void> =>
    until(async () =>
      (await window.client.messages(contact)).some(
        (message) => message.text === text && message.state === 'delivered',
      ),
    ),
  /** Waits until so many reply blocks of everybody are held: the last ones are not spent at once. */
  stocked: (blocks: number): Promise<void> =>
    until(async () =>
      (await window.client.contacts()).every(({ replyBlocks }) => replyBlocks >= blocks),
    ),
  /** The code that a call is refused with; undefined when it is not. */
  async refusal(call: () => Promise<unknown>): Promise<string | undefined> {
    try {
      await call();
      return undefined;
    } catch (error) {
      return code(error);
    }
  },
};
window.sdk = sdk;
