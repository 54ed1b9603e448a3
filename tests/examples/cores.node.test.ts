// The examples on the pages of the protocol's and the backends' packages.
import {
  type NetworkParameters,
  type NodeEntry,
  ClientView,
  epochAt,
  networkId,
} from '@sotto/directory';
import { Endpoint, HOME } from '@sotto/endpoint';
import { Channels } from '@sotto/channel';
import { Person, type PersonOutput } from '@sotto/messaging';
import { createIdentity, createInviteSecret, encodeInvite } from '@sotto/ratchet';
import { localParameters, VirtualNetwork } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { encodeEmbeddedSurb } from '@sotto/sphinx';
import { MemoryStore } from '@sotto/storage';
import { SeededRng } from '@sotto/suite/testing';
import { after, fromUtf8, MICROS_PER_SECOND as SECOND, randomBytes, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { CONTACT_PREFIX, IDENTITY_KEY } from '../../packages/protocol/messaging/src/restore.ts';
import { contactOf } from '../../packages/protocol/messaging/test/stored-person.ts';
import { EPOCH, TestNetwork } from '../../packages/protocol/sphinx/test/network.ts';
import * as channel from './gen/channel.gen.ts';
import * as directory from './gen/directory.gen.ts';
import * as driver from './gen/driver.gen.ts';
import * as endpoint from './gen/endpoint.gen.ts';
import * as link from './gen/link.gen.ts';
import * as mailbox from './gen/mailbox.gen.ts';
import * as messaging from './gen/messaging.gen.ts';
import * as mixing from './gen/mixing.gen.ts';
import * as noble from './gen/noble.gen.ts';
import * as ratchet from './gen/ratchet.gen.ts';
import * as relay from './gen/relay.gen.ts';
import * as reliable from './gen/reliable.gen.ts';
import * as simulator from './gen/simulator.gen.ts';
import * as sodium from './gen/sodium.gen.ts';
import * as sphinx from './gen/sphinx.gen.ts';
import * as suites from './gen/suite.gen.ts';
import * as wire from './gen/wire.gen.ts';
import { Printed } from './printed.ts';

const suite = await open();
const rng = new SeededRng(suite, 'examples');
const parameters: NetworkParameters = localParameters();
const network = new VirtualNetwork({ suite, seed: 'examples', parameters, nodes: 9 });
network.run(2 * SECOND);
const { now } = network;
const core = { suite, rng, now, later: after(now, 60 * SECOND) };
const nodes = ((): readonly NodeEntry[] => {
  const view = new ClientView({ suite, parameters });
  for (let i = 0; i < 3; i++) view.offer(now, `${i}`, network.relay(i)?.snapshot(now) ?? []);
  return view.nodes(now);
})();

/** X25519 keys of somebody. */
function x25519(): { readonly secret: Uint8Array; readonly theirs: Uint8Array } {
  const [secret, theirs] = [randomBytes(rng, 32), new Uint8Array(32)];
  suite.x25519Base(theirs, secret);
  return { secret, theirs };
}

test('wire, suite, sodium and noble', async () => {
  expect((await wire.example1()).version).toBe(1);
  const names: string[] = [];
  const cases: (() => void)[] = [];
  const secret = randomBytes(rng, 32);
  const take = (name: string, run: () => void): void => {
    names.push(name);
    cases.push(run);
  };
  await suites.example1({ test: take, myBackend: suite, secret });
  expect(new Set(names).size).toBeGreaterThan(20);
  cases[0]?.();
  const { shared } = await noble.example1({ identityKey: secret, ...x25519() });
  expect(shared).not.toEqual(new Uint8Array(32));
  const { packet } = await sodium.example1({ key: secret, nonce: new Uint8Array(12), ...x25519() });
  expect(packet).not.toEqual(new Uint8Array(1024));
});

test('sphinx, mailbox, mixing and link', async () => {
  const net = new TestNetwork(suite, 'examples', 7);
  const [guard, m1, m2, x, r1, r2, box] = net.hops(0, 1, 2, 3, 4, 5, 6);
  if (!guard || !m1 || !m2 || !x || !r1 || !r2 || !box) throw new Error('no hops');
  const { packet, peeled, surb } = await sphinx.example1({
    ...core,
    guard,
    m1,
    m2,
    x,
    r1,
    r2,
    mailbox: box,
    epoch: EPOCH,
    box: new Uint8Array(16),
    content: Uint8Array.of(1),
    keyFor: net.node(0).keyFor,
  });
  expect(packet).toHaveLength(1600);
  expect(peeled).toMatchObject({ ok: true, value: { kind: 'transmit', next: m1.name } });

  const outputs: string[] = [];
  await mailbox.example1({
    ...core,
    secret: randomBytes(rng, 32),
    answerKey: randomBytes(rng, 32),
    surbs: [encodeEmbeddedSurb(surb)],
    delivered: { name: new Uint8Array(16), log: new Uint8Array(48), body: new Uint8Array(1024) },
    handle: ({ kind }) => outputs.push(kind),
  });
  expect(outputs).toContain('run-surb');
  const console = new Printed();
  if (!peeled.ok || peeled.value.kind !== 'transmit') throw new Error('it was not passed on');
  const sent: string[] = [];
  await mixing.example1({
    ...core,
    console,
    secret: randomBytes(rng, 32),
    transmit: peeled.value,
    send: (next) => sent.push(next),
  });
  expect(sent).toEqual([toHex(m1.name)]);
  expect(console.lines).toHaveLength(1);
  const boxSecret = randomBytes(rng, 32);
  const opened = { networkId: new Uint8Array(16), boxSecret, bytes: new Uint8Array(1600) };
  const { preface, frame } = await link.example1(opened);
  expect(preface).toHaveLength(64);
  expect(frame.ok).toBe(true);
});

test('directory and relay', async () => {
  const [identityKey, secretKey] = [new Uint8Array(32), new Uint8Array(64)];
  suite.signingKeypair(identityKey, secretKey, randomBytes(rng, 32));
  const routingKeys = [x25519().theirs, x25519().theirs];
  const peers = ['one', 'two'];
  const made = await directory.example1({ ...core, identityKey, secretKey, routingKeys, peers });
  expect(made.verdict).toBe('accept');
  expect(made.nodes.map((node) => node.identityKey)).toEqual([identityKey]);

  const kinds: string[] = [];
  const node = await relay.example1({
    ...core,
    parameters,
    identityKey,
    identitySecret: secretKey,
    packet: randomBytes(rng, 1600),
    carryOut: ({ kind }) => kinds.push(kind),
  });
  expect(kinds).toContain('write-key');
  expect(node.due).toBeGreaterThan(now);
  const { drops } = node.relay.metrics(now);
  expect(Object.values(drops).reduce((sum, count) => sum + count, 0)).toBe(1);
});

test('ratchet, reliable and channel', async () => {
  const console = { log: (value: unknown): void => void printed.push(value) };
  const printed: unknown[] = [];
  const [alice, bob] = [createIdentity(suite, rng), createIdentity(suite, rng)];
  const field = new Uint8Array(16);
  const place = { networkId: field, contactPoint: field, box: field, credential: field };
  const secret = createInviteSecret(rng);
  await ratchet.example1({ ...core, console, alice, bob, place, secret, expiryEpoch: 9 });
  const [opened] = printed as { ok: boolean; value: Uint8Array }[];
  expect(opened?.ok).toBe(true);
  expect(fromUtf8(opened?.value ?? new Uint8Array(0))).toBe('hello');

  const told: string[] = [];
  const show = (id: number, what: string): void => void told.push(`${id} ${what}`);
  const { outbox, id } = await reliable.example1({
    ...core,
    show,
    theirId: 0,
    text: 'hello',
    send: () => true,
  });
  expect(told).toEqual(['0 hello']);
  expect(id.ok && outbox.acked(id.value)).not.toBe('delivered'); // it was, in the example

  const peer = new Channels();
  const theirs = peer.open(rng, 'feed');
  if (theirs.ok) peer.write(theirs.value, Uint8Array.of(7));
  const used: unknown[] = [];
  const use = (read: unknown): void => void used.push(read);
  const brought = peer.take(900)?.bytes ?? new Uint8Array(0);
  await channel.example1({ ...core, bytes: field, theirs: brought, number: 0, use });
  expect(used).toEqual([{ ok: true, value: { bytes: Uint8Array.of(7), ended: false } }]);
});

test('endpoint, messaging, driver and simulator', async () => {
  const epoch = epochAt(parameters, now);
  const other = new Endpoint({ suite, rng, parameters, plan: HOME, state: [] });
  other.handle(now, { kind: 'directory', nodes });
  const blocks = other.mintSurbs(now, 'alice', { direct: 1, mailbox: 0, epoch });
  const surb = blocks.ok ? blocks.value[0] : undefined;
  if (surb === undefined) throw new Error('no reply block');
  const done: string[] = [];
  const { minted } = await endpoint.example1({
    ...core,
    parameters,
    state: [],
    nodes,
    epoch,
    surb,
    content: new Uint8Array(992),
    store: (_, stored) => {
      done.push('store');
      stored();
    },
    dial: () => done.push('dial'),
    send: () => done.push('send'),
    react: ({ kind }) => done.push(kind),
  });
  expect(minted.ok && minted.value.length).toBe(1);
  expect(done).toEqual(expect.arrayContaining(['store', 'dial']));

  const contactPoint = nodes[0]?.name ?? new Uint8Array(0);
  const field = new Uint8Array(16);
  const bundleHash = randomBytes(rng, 32);
  const invite = encodeInvite(suite, {
    networkId: networkId(suite, parameters),
    contactPoint,
    box: field,
    credential: field,
    bundleHash,
    expiryEpoch: epoch + 3,
    secret: createInviteSecret(rng),
  });
  const stored = [
    { key: IDENTITY_KEY, value: new Uint8Array(32).fill(7) },
    { key: `${CONTACT_PREFIX}ab`, value: contactOf(suite, 'kim').export() },
  ];
  const outputs: PersonOutput['kind'][] = [];
  const { friend, sent, due } = await messaging.example1({
    ...core,
    parameters,
    stored,
    nodes,
    link: invite,
    contact: 'ab',
    write: async () => void outputs.push('persist'),
    show: () => outputs.push('event'),
    drive: ({ kind }) => outputs.push(kind),
  });
  expect([friend.ok, sent.ok]).toEqual([true, true]);
  expect(outputs).toEqual(expect.arrayContaining(['persist', 'connect']));
  expect(due).toBeGreaterThan(now);

  const fresh = new Person({ suite, rng, parameters, plan: HOME, stored: [] });
  const run = await driver.example1({
    person: fresh,
    store: new MemoryStore(),
    crash: (error) => {
      throw error;
    },
    carryOut: () => undefined,
  });
  run.driver.stop();
  expect(run.made).toBeUndefined(); // no node is known yet
  const console = new Printed();
  const world = await simulator.example1({ console });
  expect(world.invite).toBeDefined();
  expect(world.network.trace.hash).not.toBe(network.trace.hash);
});
