import { networkId } from '@sotto/directory';
import { Person, type PersonEvent } from '@sotto/messaging';
import { decodeInvite, encodeInvite, type Invite } from '@sotto/ratchet';
import { addPerson } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { after, MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import {
  acceptBy,
  BRISK,
  eventsOf,
  expectWithin,
  HOUR,
  inviteOf,
  MINUTE,
  network,
  shown,
  statesOf,
  thinCover,
  write,
} from './friends.ts';

const suite = await open();

test('an invite works once: the second who accepts it is told so', () => {
  const net = network({ suite, seed: 'used' });
  const alice = addPerson(net, 'alice', BRISK);
  const bob = addPerson(net, 'bob', BRISK);
  const carol = addPerson(net, 'carol', BRISK);
  net.run(2 * SECOND);
  const link = inviteOf(net, 'alice', alice);
  const atBob = acceptBy(net, 'bob', bob, link);
  const twice = net.command('bob', (now) => bob.acceptInvite(now, link));
  expect(twice).toMatchObject({ error: { code: 'already-used' } });
  const met = (): boolean => eventsOf(net, 'bob', 'contact-added').length === 1;
  expectWithin(net, 5 * MINUTE, 'bob to be answered', met);
  net.run(30 * SECOND);
  const atCarol = acceptBy(net, 'carol', carol, link);
  const failed = (): boolean => eventsOf(net, 'carol', 'contact-failed').length > 0;
  expectWithin(net, 10 * MINUTE, 'carol to give up', failed);
  expect(eventsOf(net, 'carol', 'contact-failed')).toEqual([
    { kind: 'contact-failed', contact: atCarol, code: 'closed' },
  ]);
  expect(carol.status().accepting).toBe(0);
  expect(eventsOf(net, 'alice', 'contact-added')).toHaveLength(1);
  expect(bob.contacts(net.now).map(({ id }) => id)).toEqual([atBob]);
});

test('two who accept at once: one is met, and nothing of the other harms that contact', () => {
  const net = network({ suite, seed: 'race' });
  const alice = addPerson(net, 'alice', BRISK);
  const rivals = ['bob', 'carol'].map((name) => ({ name, person: addPerson(net, name, BRISK) }));
  net.run(2 * SECOND);
  const link = inviteOf(net, 'alice', alice);
  for (const { name, person } of rivals) acceptBy(net, name, person, link);
  const met = (): boolean =>
    rivals.some(({ name }) => eventsOf(net, name, 'contact-added').length > 0);
  if (!net.until(90 * SECOND, met)) {
    // Four uses are less than two first messages: both may come to nothing, but never both to something.
    expect(alice.contacts(net.now)).toEqual([]);
    return;
  }
  net.run(30 * SECOND);
  expect(alice.contacts(net.now)).toHaveLength(1);
  const added = rivals.filter(({ name }) => eventsOf(net, name, 'contact-added').length > 0);
  expect(added).toHaveLength(1);
});

test('one who accepts while the inviter is away waits, however long, and is met on return', () => {
  const net = network({ suite, seed: 'asleep' });
  const alice = addPerson(net, 'alice', BRISK);
  const bob = addPerson(net, 'bob', BRISK);
  net.run(2 * SECOND);
  const link = inviteOf(net, 'alice', alice);
  net.disconnect('alice');
  const atBob = acceptBy(net, 'bob', bob, link);
  const pending = (): boolean => bob.contacts(net.now)[0]?.stage === 'pending';
  expectWithin(net, 5 * MINUTE, 'the bundle', pending);
  const id = write(net, 'bob', bob, atBob, 'are you there?');
  net.run(2 * MINUTE);
  expect(statesOf(net, 'bob', id)).toEqual(['waiting']);
  expect(bob.nextAt()).toBeGreaterThanOrEqual(net.now);
  net.reconnect('alice');
  expectWithin(net, 5 * MINUTE, 'the text', () => shown(net, 'alice').length === 1);
  expect(bob.contacts(net.now)[0]?.stage).toBe('active');
});

test('links that are none, not for here, over, or one’s own are told apart', () => {
  const parameters = thinCover();
  const net = network({ suite, seed: 'links', parameters });
  const alice = addPerson(net, 'alice', BRISK);
  const bob = addPerson(net, 'bob', BRISK);
  net.run(2 * SECOND);
  const link = inviteOf(net, 'alice', alice);
  const decoded = decodeInvite(suite, link);
  if (!decoded.ok) throw new Error(decoded.error.code);
  const invite = decoded.value;
  const changed = (changes: Partial<Invite>): string =>
    encodeInvite(suite, { ...invite, ...changes });
  const other = networkId(suite, { ...parameters, fastMeanMicros: 1 + parameters.fastMeanMicros });
  const refusal = (text: string): string => {
    const accepted = net.command('bob', (now) => bob.acceptInvite(now, text));
    return accepted.ok ? 'taken' : accepted.error.code;
  };
  expect(refusal('https://example.org')).toBe('bad-prefix');
  expect(refusal(`${link.slice(0, -3)}*`)).toBe('bad-alphabet');
  expect(refusal(link.slice(0, -3))).toBe('wrong-length');
  expect(refusal(`${link.slice(0, -4)}AAAA`)).toBe('checksum');
  expect(refusal(changed({ networkId: other }))).toBe('other-network');
  expect(refusal(changed({ expiryEpoch: net.epoch - 1 }))).toBe('expired');
  expect(bob.status().accepting).toBe(0);
  const own = net.command('alice', (now) => alice.acceptInvite(now, link));
  expect(own).toMatchObject({ error: { code: 'own-invite' } });
  const tooLong = 'x'.repeat(513);
  expect(() => bob.acceptInvite(net.now, link, tooLong)).toThrow(RangeError);
  expect(refusal(` ${link}\n`)).toBe('taken');
});

test('a bundle that is not the one of the invite ends the acceptance', () => {
  const net = network({ suite, seed: 'bundle' });
  const alice = addPerson(net, 'alice', BRISK);
  const bob = addPerson(net, 'bob', BRISK);
  net.run(2 * SECOND);
  const decoded = decodeInvite(suite, inviteOf(net, 'alice', alice));
  if (!decoded.ok) throw new Error(decoded.error.code);
  const link = encodeInvite(suite, { ...decoded.value, bundleHash: new Uint8Array(32) });
  const atBob = acceptBy(net, 'bob', bob, link);
  const failed = (): boolean => eventsOf(net, 'bob', 'contact-failed').length > 0;
  expectWithin(net, 5 * MINUTE, 'a refusal', failed);
  expect(eventsOf(net, 'bob', 'contact-failed')).toEqual([
    { kind: 'contact-failed', contact: atBob, code: 'bad-bundle' },
  ]);
});

test('a first message of which every packet was lost is sent once more, and the two meet', () => {
  let lossy = false;
  let garbled = 0;
  const tamper = (from: string, _to: string, frame: Uint8Array): void => {
    if (from !== 'bob' || !lossy) return;
    frame[800] = (frame[800] ?? 0) ^ 1;
    garbled++;
  };
  const net = network({ suite, seed: 'greeting', tamper });
  const alice = addPerson(net, 'alice', BRISK);
  const bob = addPerson(net, 'bob', BRISK);
  net.run(2 * SECOND);
  const link = inviteOf(net, 'alice', alice);
  acceptBy(net, 'bob', bob, link);
  const pending = (): boolean => bob.contacts(net.now)[0]?.stage === 'pending';
  for (let i = 0; i < 3000 && !pending(); i++) net.run(SECOND / 50);
  // The first of its packets has hardly left by now, all three soon have.
  lossy = true;
  net.run(5 * SECOND);
  lossy = false;
  expect(garbled).toBeGreaterThan(10);
  expect(alice.contacts(net.now)).toEqual([]);
  const met = (): boolean => bob.contacts(net.now)[0]?.stage === 'active';
  expectWithin(net, MINUTE, 'both to meet', met);
  expect(alice.contacts(net.now)).toHaveLength(1);
});

test('no more than 64 invites are open', () => {
  const net = network({ suite, seed: 'many' });
  const alice = addPerson(net, 'alice', BRISK);
  net.run(2 * SECOND);
  const made = Array.from({ length: 66 }, () =>
    net.command('alice', (now) => alice.createInvite(now)),
  );
  expect(made.filter((invite) => invite !== undefined)).toHaveLength(64);
  expect(alice.status().invites).toBe(64);
});

test('who is not answered in 14 days is told so, and nothing of the acceptance is kept', () => {
  const net = network({ suite, seed: 'silence' });
  const alice = addPerson(net, 'alice', BRISK);
  const bob = addPerson(net, 'bob', BRISK);
  net.run(2 * SECOND);
  const link = inviteOf(net, 'alice', alice);
  net.stopClient('alice');
  const atBob = acceptBy(net, 'bob', bob, link);
  const pending = (): boolean => bob.contacts(net.now)[0]?.stage === 'pending';
  expectWithin(net, 5 * MINUTE, 'the bundle', pending);
  const id = write(net, 'bob', bob, atBob, 'are you there?');
  net.run(SECOND);
  net.stopClient('bob');
  // From here on without a network: his device was off.
  const disk = new Map<string, Uint8Array>();
  const late = net.addClient('bob', (context) => {
    for (const { key, value } of context.stored) disk.set(key, value);
    return new Person({ ...context, plan: BRISK });
  });
  net.stopClient('bob');
  const events: PersonEvent[] = [];
  const now = after(net.now, 15 * 24 * HOUR);
  late.wake(now);
  for (let out = late.poll(now); out !== undefined; out = late.poll(now)) {
    if (out.kind === 'event') events.push(out.event);
    if (out.kind !== 'persist') continue;
    for (const { key, value } of out.entries) {
      if (value === undefined) disk.delete(key);
      else disk.set(key, value);
    }
    late.handle(now, { kind: 'stored', sequence: out.sequence });
  }
  expect(events).toContainEqual({ kind: 'contact-failed', contact: atBob, code: 'no-answer' });
  expect(events).toContainEqual({ kind: 'message-state', contact: atBob, id, state: 'failed' });
  expect(late.send(now, atBob, 'x')).toMatchObject({ error: { code: 'contact-failed' } });
  const kept = [...disk.keys()].filter((key) => /accept|greeting|record/u.test(key));
  expect(kept).toEqual([]);
  expect(late.nextAt() ?? Infinity).toBeGreaterThan(now);
});
