import { Person } from '@sotto/messaging';
import { addPerson } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import {
  befriend,
  BRISK,
  eventsOf,
  expectWithin,
  type Friends,
  MINUTE,
  network,
  shown,
  write,
  written,
} from './friends.ts';
import { logSeals } from './watched-person.ts';

// It is what outlives a process that is looked at here, on which the curve has no influence.
const suite = curveless(await open());

/** Five messages of alice's, in whose middle her process ends, and as many after it began again. */
function restartInTheMiddle(friends: Friends, between: () => void): string[] {
  const { net, atAlice } = friends;
  const texts: string[] = [];
  const say = (text: string): void => {
    texts.push(text);
    write(net, 'alice', friends.alice, atAlice, text);
  };
  for (let i = 0; i < 5; i++) say(`before ${i}`);
  const left = (): number =>
    written(friends.alice, atAlice).filter(({ state }) => state !== 'queued').length;
  for (let i = 0; i < 200 && left() < 2; i++) net.run(SECOND / 20);
  // Some have left, some have not.
  expect(left()).toBeGreaterThan(0);
  expect(left()).toBeLessThan(5);
  net.stopClient('alice');
  net.run(10 * SECOND);
  between();
  for (let i = 0; i < 5; i++) say(`after ${i}`);
  return texts;
}

test('a sender that ends in the middle of sending loses nothing and uses no key twice', () => {
  const seals = logSeals(suite);
  const friends = befriend({ suite: seals.suite, seed: 'restart' });
  const { net, atAlice } = friends;
  const texts = restartInTheMiddle(friends, () => {
    friends.alice = addPerson(net, 'alice', BRISK);
    expect(written(friends.alice, atAlice)).toHaveLength(5);
  });
  const all = (): boolean => shown(net, 'bob').length >= texts.length;
  expectWithin(net, 10 * MINUTE, 'all texts', all);
  const settled = (): boolean =>
    written(friends.alice, atAlice).every(({ state }) => state === 'delivered');
  expectWithin(net, 10 * MINUTE, 'all delivered', settled);
  expect(shown(net, 'bob').toSorted()).toEqual(texts.toSorted());
  expect(seals.calls.length).toBeGreaterThan(20);
  expect(seals.repeated).toEqual([]);
});

test('a store that goes back in time is found out by its keys', () => {
  const seals = logSeals(suite);
  let early: readonly { key: string; value: Uint8Array }[] = [];
  const friends = befriend({ suite: seals.suite, seed: 'rollback' });
  const { net } = friends;
  net.stopClient('alice');
  friends.alice = net.addClient('alice', (context) => {
    early = context.stored;
    return new Person({ ...context, plan: BRISK });
  });
  net.run(20 * SECOND);
  restartInTheMiddle(friends, () => {
    friends.alice = net.addClient(
      'alice',
      (context) => new Person({ ...context, stored: early, plan: BRISK }),
    );
    net.run(20 * SECOND);
  });
  net.run(MINUTE);
  expect(seals.repeated.length).toBeGreaterThan(0);
});

test('a receiver that ends while messages are on their way shows each of them once', () => {
  const friends = befriend({ suite, seed: 'receiver' });
  const { net, alice, atAlice, atBob } = friends;
  const texts = Array.from({ length: 6 }, (_, i) => `text ${i}`);
  for (const text of texts) {
    write(net, 'alice', alice, atAlice, text);
    net.run(SECOND / 2);
  }
  net.stopClient('bob');
  net.run(20 * SECOND);
  friends.bob = addPerson(net, 'bob', BRISK);
  expectWithin(net, 10 * MINUTE, 'all texts', () => shown(net, 'bob').length >= texts.length);
  const settled = (): boolean =>
    written(alice, atAlice).every(({ state }) => state === 'delivered');
  expectWithin(net, 10 * MINUTE, 'all delivered', settled);
  expect(shown(net, 'bob').toSorted()).toEqual(texts.toSorted());
  expect(
    friends.bob
      .messages(atBob)
      .map(({ text }) => text)
      .toSorted(),
  ).toEqual(texts.toSorted());
  write(net, 'bob', friends.bob, atBob, 'answer');
  expectWithin(net, 5 * MINUTE, 'the answer', () => shown(net, 'alice').length === 1);
});

test('an invite outlives its maker’s process at every step, and so does its acceptance', () => {
  const net = network({ suite, seed: 'steps' });
  let alice = addPerson(net, 'alice', BRISK);
  let bob = addPerson(net, 'bob', BRISK);
  const again = (name: 'alice' | 'bob'): void => {
    net.stopClient(name);
    const person = addPerson(net, name, BRISK);
    if (name === 'alice') alice = person;
    else bob = person;
    net.run(SECOND);
  };
  net.run(2 * SECOND);
  // With half its steps sent.
  net.command('alice', (now) => alice.createInvite(now));
  net.run(4 * SECOND);
  expect(alice.invites().map(({ link }) => link)).toEqual([undefined]);
  again('alice');
  const ready = (): boolean => alice.invites().some(({ link }) => link !== undefined);
  expectWithin(net, 10 * MINUTE, 'an invite', ready);
  again('alice');
  const link = alice.invites()[0]?.link ?? '';
  expect(eventsOf(net, 'alice', 'invite-ready')[0]?.link).toBe(link);
  // While the bundle is on its way.
  const atBob = net.command('bob', (now) => bob.acceptInvite(now, link, 'two\nlines'));
  if (!atBob.ok) throw new Error(atBob.error.code);
  net.run(SECOND);
  again('bob');
  // With the first message half sent: bob's process ends again and again, a second apart.
  let pending = 0;
  const isPending = (): boolean => bob.contacts(net.now)[0]?.stage === 'pending';
  expectWithin(net, 5 * MINUTE, 'the first message', isPending);
  while (isPending() && pending < 3) {
    again('bob');
    pending++;
  }
  expect(pending).toBeGreaterThan(0);
  // And alice's while its fragments come in.
  const met = (): boolean => alice.contacts(net.now).length > 0;
  let restarts = 0;
  while (!met() && restarts < 60) {
    again('alice');
    net.run(3 * SECOND);
    restarts++;
  }
  const active = (): boolean => bob.contacts(net.now)[0]?.stage === 'active';
  expectWithin(net, 5 * MINUTE, 'an answer', () => met() && active());
  expect(bob.contacts(net.now)[0]).toMatchObject({ id: atBob.value, label: 'two\nlines' });
  expect(alice.invites()).toEqual([]);
  expect(bob.status().accepting).toBe(0);
  write(net, 'bob', bob, atBob.value, 'hello');
  expectWithin(net, 5 * MINUTE, 'a text', () => shown(net, 'alice').length === 1);
});
