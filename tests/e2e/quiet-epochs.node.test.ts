import { open } from '@sotto/sodium/native';
import { addPerson } from '@sotto/simulator';
import { MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import {
  acceptBy,
  befriend,
  BRISK,
  eventsOf,
  expectWithin,
  inviteOf,
  MINUTE,
  type Net,
  network,
  shown,
  thinCover,
  write,
} from './friends.ts';

const suite = await open();

const parameters = thinCover({
  epochMicros: 5 * MINUTE,
  graceMicros: 20 * SECOND,
  skewMicros: 10 * SECOND,
  horizonEpochs: 4,
  descriptorLifeMicros: 25 * MINUTE,
});

/** Lets the epoch come that is `count` after the current one, and a minute of it pass. */
function passEpochs(net: Net, count: number): void {
  const epoch = net.epoch + count;
  expectWithin(net, (count + 1) * 5 * MINUTE, 'the epoch', () => net.epoch === epoch);
  net.run(MINUTE);
}

test('two who are silent over several epochs can both write afterwards', () => {
  const { net, alice, bob, atAlice, atBob } = befriend({ suite, seed: 'silent', parameters });
  passEpochs(net, 3);
  write(net, 'alice', alice, atAlice, 'still here');
  expectWithin(net, 3 * MINUTE, 'the text', () => shown(net, 'bob').length === 1);
  // The other way without having heard: what it held lasted too.
  passEpochs(net, 2);
  for (const person of [alice, bob]) {
    expect(person.contacts(net.now)[0]?.replyBlocks).toBeGreaterThanOrEqual(2);
  }
  write(net, 'bob', bob, atBob, 'me too');
  expectWithin(net, 3 * MINUTE, 'an answer', () => shown(net, 'alice').length === 1);
});

test('one who was away for three epochs finds what was written, and both go on', () => {
  const { net, alice, bob, atAlice, atBob } = befriend({ suite, seed: 'three', parameters });
  net.run(4 * MINUTE);
  net.disconnect('bob');
  passEpochs(net, 3);
  write(net, 'alice', alice, atAlice, 'while you were away');
  net.run(MINUTE);
  net.reconnect('bob');
  expectWithin(net, 3 * MINUTE, 'the text', () => shown(net, 'bob').length === 1);
  write(net, 'bob', bob, atBob, 'back');
  expectWithin(net, 3 * MINUTE, 'an answer', () => shown(net, 'alice').length === 1);
});

test('an invite whose owner comes back after the end of the epoch leads to a contact', () => {
  const net = network({ suite, seed: 'border', parameters });
  const alice = addPerson(net, 'alice', BRISK);
  const bob = addPerson(net, 'bob', BRISK);
  net.run(2 * SECOND);
  const link = inviteOf(net, 'alice', alice);
  net.disconnect('alice');
  const atBob = acceptBy(net, 'bob', bob, link);
  const pending = (): boolean => bob.contacts(net.now)[0]?.stage === 'pending';
  expectWithin(net, 3 * MINUTE, 'the bundle', pending);
  write(net, 'bob', bob, atBob, 'are you there?');
  passEpochs(net, 2);
  net.reconnect('alice');
  expectWithin(net, 4 * MINUTE, 'the text', () => shown(net, 'alice').length === 1);
  expect(eventsOf(net, 'bob', 'contact-added')).toHaveLength(1);
});

test('an invite that is over before its bundle could be asked for is given up', () => {
  const net = network({ suite, seed: 'over', parameters });
  const alice = addPerson(net, 'alice', BRISK);
  const bob = addPerson(net, 'bob', BRISK);
  net.run(2 * SECOND);
  const link = inviteOf(net, 'alice', alice);
  net.disconnect('alice');
  net.disconnect('bob');
  const contact = acceptBy(net, 'bob', bob, link);
  passEpochs(net, 3);
  expect(bob.status().accepting).toBe(1);
  passEpochs(net, 1);
  expect(eventsOf(net, 'bob', 'contact-failed')).toEqual([
    { kind: 'contact-failed', contact, code: 'no-answer' },
  ]);
  expect(bob.status().accepting).toBe(0);
});
