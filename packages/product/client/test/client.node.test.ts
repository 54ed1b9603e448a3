import { systemRng } from '@sotto/driver';
import { MemoryStore } from '@sotto/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Client,
  type ClientEvent,
  type ClientOptions,
  importAccount,
  openClient,
} from '../src/index.ts';
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

  async open(changes: Partial<ClientOptions> = {}): Promise<Client> {
    const client = await openClient({
      suite,
      rng: systemRng(),
      clock: network.clock,
      store: changes.store ?? new MemoryStore(this.disk),
      storageKey: this.storageKey.slice(),
      transport: network.transport(),
      parameters: TEST_PARAMETERS,
      bootstrap: network.bootstrap.slice(0, 3),
      plan: TEST_PLAN,
      passwordHash,
      ...changes,
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

const textFrom =
  (contact: string) =>
  (event: ClientEvent): string | undefined =>
    event.kind === 'message-received' && event.contact === contact ? event.text : undefined;

const code = (error: unknown): unknown => (error as { code?: unknown }).code;

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => code(error),
  );
}

test('two clients meet by an invite, talk, and find each other again after a restart', async () => {
  const [aliceAccount, bobAccount] = [new Account(), new Account()];
  const alice = await aliceAccount.open();
  let bob = await bobAccount.open();
  await Promise.all([alice.online(), bob.online()]);

  const started = next(alice, (event) => (event.kind === 'invite-started' ? event : undefined));
  const invitation = await alice.invite();
  expect((await started).invite).toBe(invitation.id);
  expect(invitation.link).toMatch(/^sotto:[\w-]+$/u);
  expect(invitation.expires.getTime()).toBeGreaterThan(Date.now());

  const met = next(alice, (event) => (event.kind === 'contact-added' ? event.contact : undefined));
  const aliceAtBob = await bob.accept(invitation.link, { name: 'Alice' });
  const bobAtAlice = await met;
  expect(aliceAtBob).toMatchObject({ name: 'Alice', stage: 'active' });
  await alice.rename(bobAtAlice.id, 'Bob');
  expect((await alice.contacts()).map(({ name }) => name)).toEqual(['Bob']);

  const atBob = next(bob, textFrom(aliceAtBob.id));
  const sent = await alice.send(bobAtAlice.id, 'Hello, Bob');
  const states: string[] = [];
  for await (const state of sent) states.push(state);
  expect(await atBob).toBe('Hello, Bob');
  // Whoever has just met may have no reply block in hand yet.
  expect(states.at(0)).toMatch(/^(?:queued|waiting)$/u);
  expect(states).toContain('sent');
  expect(states.at(-1)).toBe('delivered');
  expect(sent.state).toBe('delivered');

  await bob.close();
  expect(await failure(bob.contacts())).toBe('closed');
  const awayTexts = ['are you there?', 'no hurry'];
  for (const text of awayTexts) await alice.send(bobAtAlice.id, text);

  // Nothing of an account stands in the clear on its disk.
  const disk = [...bobAccount.disk].map(
    ([key, value]) => key + Buffer.from(value).toString('latin1'),
  );
  expect(disk.join('')).not.toContain('Hello, Bob');
  expect(disk.join('')).not.toContain('person');

  bob = await bobAccount.open();
  const events = bob.events();
  expect((await bob.contacts()).map(({ name }) => name)).toEqual(['Alice']);
  expect((await bob.messages(aliceAtBob.id)).map(({ text }) => text)).toContain('Hello, Bob');
  const got: string[] = [];
  for await (const event of events) {
    const text = textFrom(aliceAtBob.id)(event);
    if (text !== undefined) got.push(text);
    if (got.length === awayTexts.length) break;
  }
  expect(got.toSorted()).toEqual(awayTexts.toSorted());

  expect((await bob.status()).online).toBe(true);
  const { slots, beat } = await alice.status();
  expect(Math.min(slots.real, slots.loop, slots.drop)).toBeGreaterThan(0);
  expect(beat.sent).toBeGreaterThanOrEqual(slots.real + slots.loop + slots.drop);
  expect(beat.meanLateMillis).toBeLessThanOrEqual(beat.worstLateMillis);

  // A line that breaks is mended, to the same guard.
  const { guard } = await alice.status();
  const back = next(alice, (event) => (event.kind === 'online' ? event.guard : undefined));
  expect(network.cutClients()).toBeGreaterThan(0);
  expect(await back).toBe(guard);

  // A used invite: the second one hears nothing, and is told so.
  expect(await failure(bob.accept(invitation.link.slice(0, -1)))).toBe('invite-wrong-length');

  // Alice moves: her first copy has stopped, and the other goes on where it stopped.
  expect(await failure(alice.exportAccount(''))).toBe('passphrase-empty');
  const waiting = failure(alice.invite());
  const file = await alice.exportAccount('long words');
  expect(await waiting).toBe('account-moved');
  const stopped = new Map(aliceAccount.disk);
  expect(await failure(alice.send(bobAtAlice.id, 'x'))).toBe('account-moved');
  const elsewhere = new Account();
  await importAccount({
    suite,
    rng: systemRng(),
    passwordHash,
    store: new MemoryStore(elsewhere.disk),
    storageKey: elsewhere.storageKey,
    parameters: TEST_PARAMETERS,
    file,
    passphrase: 'long words',
  });
  const moved = await elsewhere.open();
  const afterMove = next(bob, textFrom(aliceAtBob.id));
  await moved.send(bobAtAlice.id, 'from the other device');
  expect(await afterMove).toBe('from the other device');
  const answer = next(moved, textFrom(bobAtAlice.id));
  await bob.send(aliceAtBob.id, 'to the other device');
  expect(await answer).toBe('to the other device');
  await moved.close();
  // Whatever is sealed is stored before: nothing was.
  expect(aliceAccount.disk).toEqual(stopped);
  await alice.close();

  // It opens no more, unless its person says that the file is not used; once said it stays said.
  expect(await failure(aliceAccount.open())).toBe('account-moved');
  await (await aliceAccount.open({ resume: true })).close();
  const resumed = await aliceAccount.open();
  expect((await resumed.contacts()).map(({ name }) => name)).toEqual(['Bob']);
  await resumed.exportAccount('long words');
  await resumed.wipe();
  expect(aliceAccount.disk.size).toBe(0);
});

test('what is no invite is refused at once, each by its own code', async () => {
  const client = await new Account().open();
  await client.online();
  expect(await failure(client.accept('hello'))).toBe('invite-bad-prefix');
  expect(await failure(client.accept('sotto:***'))).toBe('invite-bad-alphabet');
  expect(await failure(client.accept('sotto:AQ'))).toBe('invite-wrong-length');
  expect(await failure(client.send('nobody', 'x'))).toBe('unknown-contact');
  expect(await failure(client.rename('nobody', 'x'))).toBe('unknown-contact');
});

test('aborted waits reject with "aborted", whenever the signal fires', async () => {
  const client = await new Account().open();
  const reason = new Error('enough');
  expect(await failure(client.invite({ signal: AbortSignal.abort(reason) }))).toBe('aborted');
  const controller = new AbortController();
  const { signal } = controller;
  const events = client.events({ signal });
  const pending = [client.invite({ signal }), events.next()];
  controller.abort(reason);
  for (const promise of pending) {
    await expect(promise).rejects.toMatchObject({ code: 'aborted', cause: reason });
  }
  await client.close();
  expect(await failure(client.invite())).toBe('closed');
});

test('an account opens with its own key and in its own network only', async () => {
  const account = new Account();
  await (await account.open()).close();
  const wrong = account.open({ storageKey: new Uint8Array(32) });
  expect(await failure(wrong)).toBe('wrong-key');
  const parameters = { ...TEST_PARAMETERS, poolTarget: 1 };
  expect(await failure(account.open({ parameters }))).toBe('account-of-other-network');
  const [first] = network.bootstrap;
  if (first === undefined) throw new Error('no node');
  expect(await failure(account.open({ bootstrap: [first, first] }))).toBe('few-peers');
  // What was refused has let go of the store.
  await (await account.open()).close();
});

test('a store that fails ends the client, and says so to everybody who waits', async () => {
  const account = new Account();
  const store = new MemoryStore(account.disk);
  let full = false;
  const failing = Object.assign(Object.create(store) as MemoryStore, {
    get: (key: string) => store.get(key),
    entries: (prefix: string) => store.entries(prefix),
    close: () => store.close(),
    batch: (...args: Parameters<MemoryStore['batch']>) =>
      full ? Promise.reject(new Error('the disk caught fire')) : store.batch(...args),
  });
  const client = await account.open({ store: failing });
  await client.online();
  const waiting = client.invite();
  full = true;
  await expect(waiting).rejects.toMatchObject({
    code: 'failed',
    docsPath: 'docs/errors.md#failed',
  });
  await expect(client.contacts()).rejects.toThrow('has stopped after an error');
  await client.close();
});

test('an export that fails ends the client, and the account opens as before', async () => {
  const account = new Account();
  // No memory for the key of the file.
  const client = await account.open({ passwordHash: () => false });
  const waiting = failure(client.invite());
  expect(await failure(client.exportAccount('long words'))).toBe('failed');
  expect(await waiting).toBe('failed');
  expect(await failure(client.contacts())).toBe('failed');
  await client.close();
  await (await account.open()).close();
});
