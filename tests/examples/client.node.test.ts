// The examples of the client's docstrings and of the guide, as three people on one network of nine nodes.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Channel, type Client, openClient } from '@sotto/client';
import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { systemRng } from '@sotto/driver';
import { MemoryStore } from '@sotto/storage';
import { peerAddress } from '@sotto/transport';
import { toHex } from '@sotto/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PortCalls } from '../../packages/product/client/src/channel-calls.ts';
import { joined } from '../../packages/product/client/test/joined-channels.ts';
import {
  MemoryNetwork,
  passwordHash,
  suite,
  TEST_PARAMETERS,
  TEST_PLAN,
} from '../../packages/product/client/test/memory-network.ts';
import { TestNetwork } from '../../packages/protocol/sphinx/test/network.ts';
import * as channels from './gen/client-channel-io.gen.ts';
import * as io from './gen/client-client-io.gen.ts';
import * as questions from './gen/guide-channels.gen.ts';
import * as ladder from './gen/guide-ladder.gen.ts';
import * as accounts from './gen/node-open-account.gen.ts';
import { Printed } from './printed.ts';

let network: MemoryNetwork;
const clients: Client[] = [];

async function person(name: string): Promise<Client> {
  const client = await openClient({
    suite,
    rng: systemRng(),
    clock: network.clock,
    store: new MemoryStore(),
    storageKey: crypto.getRandomValues(new Uint8Array(32)),
    transport: network.transport(),
    parameters: TEST_PARAMETERS,
    bootstrap: network.bootstrap.slice(0, 3),
    plan: TEST_PLAN,
    passwordHash,
  });
  clients.push(client);
  await client.setProfile({ name });
  return client;
}

/** The id of whom a client calls so. */
async function idOf(client: Client, name: string): Promise<string> {
  const found = (await client.contacts()).find((contact) => contact.name === name);
  if (found === undefined) throw new Error(`nobody is called ${name}`);
  return found.id;
}

async function taken(client: Client, name: string): Promise<Channel> {
  for await (const channel of client.channels(name)) return channel;
  throw new Error('no channel came');
}

/** Two friends with nothing between them: channels need no network to be what they are. */
function joinedClients(): { readonly asks: Client; readonly answers: Client } {
  const { alice: a, bob: b } = joined();
  const [asks, answers] = [a, b].map(({ running }) => new PortCalls(running) as unknown as Client);
  if (asks === undefined || answers === undefined) throw new Error('nobody is there');
  return { asks, answers };
}

/** Runs until its signal fires, as an example does that has no end. */
async function expectAborted(running: Promise<unknown>): Promise<void> {
  await expect(running).rejects.toMatchObject({ code: 'aborted' });
}

let alice: Client;
let bob: Client;
let carol: Client;
/** Bob and Carol, as Alice calls them; Alice, as they do. */
let atAlice: string;
let carolAtAlice: string;
let atBob: string;
beforeAll(async () => {
  network = await MemoryNetwork.start();
  [alice, bob, carol] = await Promise.all([person('Alice'), person('Bob'), person('Carol')]);
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await network.stop();
});

test('online, invites and addresses', async () => {
  const client = alice;
  const console = new Printed();
  await io.clientOnlineExample({ client, console });
  expect(console.lines[0]).toMatch(/^[0-9a-f]{32}$/u);
  const [{ invitation }, forCarol] = await Promise.all([
    io.clientInviteExample({ client, console }),
    client.invite({ name: 'Carol' }),
    client.invite({ name: 'Mallory' }),
    io.clientAddressExample({ client, console }),
  ]);
  expect(console.lines.some((line) => line.startsWith(invitation.link))).toBe(true);
  const invites = new Printed();
  await io.clientInvitesExample({ client, console: invites });
  expect(invites.lines).toContain(`Bob ${invitation.link}`);
  await io.clientRevokeInviteExample({ client });
  expect((await client.invites()).map(({ name }) => name).toSorted()).toEqual(['Bob', 'Carol']);
  await io.clientAddressesExample({ client, console });
  expect(console.lines).toContain('from my card: 3 of 3 may still come today');
  await io.clientRevokeAddressExample({ client });
  expect(await client.addresses()).toEqual([]);

  await Promise.all([
    io.clientAcceptExample({ client: bob, link: invitation.link }),
    io.clientAcceptExample({ client: carol, link: forCarol.link }),
  ]);
  [atAlice, carolAtAlice] = await Promise.all([idOf(alice, 'Bob'), idOf(alice, 'Carol')]);
  atBob = await idOf(bob, 'Alice');
});

test('messages, their states, and a photo', async () => {
  const [here, there] = [new Printed(), new Printed()];
  const stop = new AbortController();
  const reading = io.clientEventsExample({ client: bob, console: there, signal: stop.signal });
  const first = ladder.example2({ client: bob, console: there });
  await io.clientSendExample({ client: alice, contact: atAlice, console: here });
  expect(here.lines.at(-1)).toBe('delivered');
  await first;
  expect(there.lines).toEqual(['Hello', 'Hello']);
  await ladder.example1({ client: alice, contact: atAlice, console: here });
  await there.printed('The kettle is on.');
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3);
  await io.clientSendPhotoExample({ client: alice, contact: atAlice, jpeg, console: here });
  await there.printed('moss on a stone');
  stop.abort();
  await expectAborted(reading);

  const talk = new Printed();
  await io.clientMessagesExample({ client: bob, contact: atBob, console: talk });
  expect(talk.lines.toSorted()).toEqual(
    ['It is me.', 'Hello', 'The kettle is on.', 'moss on a stone']
      .map((text, i) => (i === 0 ? `out ${text} delivered` : `in ${text} received`))
      .toSorted(),
  );
  const pictures = new Printed();
  await io.clientPhotoExample({ client: bob, contact: atBob, console: pictures });
  expect(pictures.lines).toEqual(['moss on a stone image/jpeg 7']);

  expect(await io.clientContactsExample({ client: bob })).toEqual({ names: ['Alice (3)'] });
  await io.clientMarkReadExample({ client: bob, contact: atBob });
  expect(await io.clientContactsExample({ client: bob })).toEqual({ names: ['Alice (0)'] });
  await io.clientClearConversationExample({ client: bob, contact: atBob });
  expect(await bob.messages(atBob)).toEqual([]);
});

test('questions, channels and a packet of the guide', async () => {
  const { asks, answers } = joinedClients();
  await questions.example1({ client: answers });
  const [here, there] = [new Printed(), new Printed()];
  const both = { client: asks, contact: 'friend', console: here };
  const other = { client: answers, console: there };
  await ladder.example3(other);
  await Promise.all([
    questions.example2(both),
    ladder.example4(both),
    questions.example3(other),
    questions.example4(both),
    ladder.example5(both),
    ladder.example6(other),
  ]);
  expect(here.lines.toSorted()).toEqual(['3', 'half past four']);
  expect(there.lines).toContain('block 19,000,001');
  expect(there.lines.join(' ')).toContain('40 70 100');

  const packets = new TestNetwork(suite, 'ladder', 3);
  const [guard, crossover, mailbox] = [packets.node(0), packets.node(1), packets.node(2)];
  const stage = { suite, rng: packets.rng, guard, crossover, mailbox, epoch: 0x0102 };
  const box = new Uint8Array(16).fill(7);
  const { packet, record } = await ladder.example7({ ...stage, box, console: here });
  const names = new Map(packets.nodes.map((node) => [toHex(node.hop.name), node]));
  const nodeOf = (name: Uint8Array): (typeof packets.nodes)[number] => {
    const node = names.get(toHex(name));
    if (node === undefined) throw new Error('no such node');
    return node;
  };
  await ladder.example8({ ...stage, nodeOf, packet, record, console: there });
  expect(here.lines.at(-1)).toBe('1600');
  expect(there.lines.at(-1)).toBe('The kettle is on.');
});

test('channels and requests, call by call', async () => {
  const { asks, answers } = joinedClients();
  const console = new Printed();
  const stop = new AbortController();
  const { signal } = stop;
  const listening = channels.channelCallsChannelsExample({ client: answers, console, signal });
  await channels.channelCallsOpenChannelExample({ client: asks, contact: 'friend' });
  await console.printed('friend opened updates');
  const { serving } = await channels.channelCallsOnRequestExample({ client: answers, signal });
  await channels.channelCallsRequestExample({ client: asks, contact: 'friend', console });
  expect(console.lines.at(-1)).toBe('19000001');
  stop.abort();
  await expectAborted(listening);
  await serving;

  const [mine, theirs] = await Promise.all([
    asks.openChannel('friend', 'states'),
    taken(answers, 'states'),
  ]);
  await channels.channelWriteExample({ channel: mine });
  const going = new AbortController();
  await channels.channelReadExample({ channel: theirs, console, signal: going.signal });
  expect(console.lines.at(-1)).toBe('state 7');
  await theirs.end();
  await channels.channelEndExample({ channel: mine, console });
  expect(console.lines.at(-1)).toBe('undefined');
  const [cut, its] = await Promise.all([asks.openChannel('friend', 'cut'), taken(answers, 'cut')]);
  const told = its.read();
  await channels.channelResetExample({ channel: cut });
  await expect(told).rejects.toMatchObject({ code: 'channel-reset' });
});

test('introductions', async () => {
  const console = new Printed();
  const offered = Promise.all(
    [bob, carol].map(async (client) => {
      for await (const event of client.events()) if (event.kind === 'introduction') return;
    }),
  );
  await io.clientIntroduceExample({ client: alice, bob: atAlice, carol: carolAtAlice });
  await offered;
  await io.clientIntroductionsExample({ client: bob, console });
  expect(console.lines).toEqual(['Carol: You both collect moss.']);
  await io.clientAcceptIntroductionExample({ client: bob });
  expect((await bob.introductions()).map(({ state }) => state)).not.toContain('offered');
  await io.clientDeclineIntroductionExample({ client: carol });
  expect((await carol.introductions()).map(({ state }) => state)).not.toContain('offered');
});

test('what is decided about a contact', async () => {
  const client = alice;
  const contact = atAlice;
  const console = new Printed();
  const now = async (): Promise<unknown> =>
    (await client.contacts()).find(({ id }) => id === contact);
  await io.clientRenameExample({ client, contact });
  expect(await now()).toMatchObject({ name: 'Bob from work' });
  const { loud } = await io.clientSetMutedExample({ client, contact });
  expect(loud.map(({ name }) => name)).toEqual(['Carol']);
  await io.clientSetBlockedExample({ client, contact });
  await io.clientSetAcknowledgesExample({ client, contact });
  await io.clientSetLifetimeExample({ client, contact });
  const { number } = await io.clientSafetyNumberExample({ client, contact, console });
  expect(number).toBe(await bob.safetyNumber(atBob));
  await io.clientSetVerifiedExample({ client, contact });
  const decided = { muted: true, blocked: false, acknowledges: false, verified: true };
  expect(await now()).toMatchObject({ ...decided, lifetimeSeconds: 86_400 });
  await io.clientRemoveContactExample({ client, contact });
  expect(await now()).toBeUndefined();
});

test('figures, plans, and the end of an account', async () => {
  const console = new Printed();
  await io.clientStatusExample({ client: carol, console });
  expect(console.lines[0]).toMatch(/^\d+ \d+ of \d+ came back 0$/u);
  await io.clientPlanExample({ client: carol, console });
  expect(console.lines[1]).toMatch(/^test: \d+ MB a month$/u);
  await io.clientSetPlanExample({ client: carol, console });
  expect((await carol.plan()).next?.name).toBe('mobile');
  await io.clientSetProfileExample({ client: carol });
  expect(await io.clientProfileExample({ client: carol })).toEqual({ name: 'Ada' });
  await io.clientWipeExample({ client: carol });
  await io.clientCloseExample({ client: bob });
  await expect(bob.contacts()).rejects.toMatchObject({ code: 'closed' });
});

test('an account is opened, exported, and taken in elsewhere', async () => {
  const place = mkdtempSync(join(tmpdir(), 'sotto-examples-'));
  // An account opens without anybody to talk to.
  const bootstrap = [1, 2].map((n) =>
    peerAddress(new Uint8Array(32).fill(n), `/ip4/127.0.0.1/tcp/${n}`),
  );
  const offline = { parameters: { ...DEFAULT_PARAMETERS }, bootstrap };
  const console = new Printed();
  try {
    const folder = join(place, 'a');
    const { client } = await accounts.openAccountExample({ folder, network: offline, console });
    expect(console.lines).toEqual(['home']);
    await client.setProfile({ name: 'Ada' });
    const { file } = await io.clientExportAccountExample({ client });
    const elsewhere = { folder: join(place, 'b'), network: offline, file };
    const moved = await accounts.importAccountExample(elsewhere);
    expect(await moved.client.profile()).toEqual({ name: 'Ada' });
    await moved.client.wipe();
    expect(existsSync(elsewhere.folder)).toBe(false);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
});
