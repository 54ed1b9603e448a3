// Channels of two clients with everything below them: engine, store, link to a guard, nine nodes.
import { setImmediate as turn } from 'node:timers/promises';
import { systemRng } from '@sotto/driver';
import { MemoryStore } from '@sotto/storage';
import { concat, fromUtf8, toUtf8 } from '@sotto/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Channel, type Client, type ClientEvent, openClient } from '../src/index.ts';
import {
  MemoryNetwork,
  passwordHash,
  suite,
  TEST_PARAMETERS,
  TEST_PLAN,
} from './memory-network.ts';

let network: MemoryNetwork;
const clients = new Set<Client>();

beforeAll(async () => {
  network = await MemoryNetwork.start();
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await network.stop();
});

/** An account's disk, and how to open it again. */
class Account {
  readonly disk = new Map<string, Uint8Array>();
  readonly storageKey = crypto.getRandomValues(new Uint8Array(32));

  async open(): Promise<Client> {
    const client = await openClient({
      suite,
      rng: systemRng(),
      clock: network.clock,
      store: new MemoryStore(this.disk),
      storageKey: this.storageKey.slice(),
      transport: network.transport(),
      parameters: TEST_PARAMETERS,
      bootstrap: network.bootstrap.slice(0, 3),
      plan: TEST_PLAN,
      passwordHash,
    });
    clients.add(client);
    return client;
  }
}

/** The first event that fits, from those that come after the call. */
async function next<R>(client: Client, match: (event: ClientEvent) => R | undefined): Promise<R> {
  for await (const event of client.events()) {
    const found = match(event);
    if (found !== undefined) return found;
  }
  throw new Error('no such event came');
}

/** The next channel of a name. */
async function opened(client: Client, name: string): Promise<Channel> {
  for await (const channel of client.channels(name)) return channel;
  throw new Error('no channel came');
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

/** Reads until so many bytes are here. */
async function take(channel: Channel, length: number): Promise<Uint8Array> {
  let got: Uint8Array = new Uint8Array(0);
  while (got.length < length) {
    const bytes = await channel.read();
    if (bytes === undefined) throw new Error('it ended too early');
    got = concat(got, bytes);
  }
  return got;
}

async function all(channel: Channel): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const bytes of channel) parts.push(bytes);
  return concat(...parts);
}

test('two clients ask, stream both ways over a cut line, and are told when the other starts anew', async () => {
  const [aliceAccount, bobAccount] = [new Account(), new Account()];
  const alice = await aliceAccount.open();
  let bob = await bobAccount.open();
  await Promise.all([alice.online(), bob.online()]);
  const invitation = await alice.invite();
  const met = next(alice, (event) => (event.kind === 'contact-added' ? event.contact : undefined));
  const { id: atBob } = await bob.accept(invitation.link);
  const { id: atAlice } = await met;

  const serving = failure(
    bob.onRequest('sum', ({ contact, body }) => {
      expect(contact).toBe(atBob);
      return Uint8Array.of(body.reduce((sum, each) => sum + each, 0));
    }),
  );
  expect(await alice.request(atAlice, 'sum', Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(6));

  // More than a message of channels holds, and the line of both breaks while it is on its way.
  const photo = Uint8Array.from({ length: 9000 }, (_, i) => (i * i) & 255);
  const photoAtBob = opened(bob, 'photo');
  const sending = await alice.openChannel(atAlice, 'photo');
  await sending.write(photo);
  await sending.end();
  const receiving = await photoAtBob;
  const start = await take(receiving, 1);
  expect(start.length).toBeLessThan(photo.length);
  const back = [alice, bob].map(async (client) =>
    next(client, (event) => (event.kind === 'online' ? event.guard : undefined)),
  );
  expect(network.cutClients()).toBeGreaterThanOrEqual(2);
  await receiving.write(toUtf8('half of it is here'));
  await Promise.all(back);
  expect(fromUtf8(await take(sending, 18))).toBe('half of it is here');
  expect(concat(start, await all(receiving))).toEqual(photo);
  await receiving.end();
  expect(await all(sending)).toEqual(new Uint8Array(0));

  // A program that starts anew has no channels: the other is told, whether it reads or writes.
  const openAtBob = opened(bob, 'open');
  const open = await alice.openChannel(atAlice, 'open');
  await open.write(Uint8Array.of(1));
  const openEnd = await openAtBob;
  expect(await openEnd.read()).toEqual(Uint8Array.of(1));
  const reading = failure(open.read());
  const waiting = failure(openEnd.read());
  await bob.close();
  expect(await waiting).toBe('closed');
  expect(await serving).toBe('closed');
  bob = await bobAccount.open();
  expect(await reading).toBe('channel-reset');
  expect(await failure(open.write(Uint8Array.of(2)))).toBe('channel-reset');

  // Who waits when the account is moved out is told at once, not when the client is closed.
  const last = await alice.openChannel(atAlice, 'last');
  const stopped = [failure(last.read()), failure(opened(alice, 'never'))];
  const told: unknown[] = [];
  for (const each of stopped) void each.then((code) => told.push(code));
  await alice.exportAccount('long words');
  await turn();
  expect(told).toEqual(['account-moved', 'account-moved']);
});
