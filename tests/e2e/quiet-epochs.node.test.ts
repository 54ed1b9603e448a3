import { open } from '@sotto/sodium/native';
import { epochAt, epochStart, type NetworkParameters } from '@sotto/directory';
import type { Plan } from '@sotto/endpoint';
import { addPerson, DEFAULT_START } from '@sotto/simulator';
import { curveless } from '@sotto/suite/testing';
import { instant, MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import {
  acceptBy,
  befriend,
  BRISK,
  eventsOf,
  expectWithin,
  inviteOf,
  type Join,
  MINUTE,
  type Net,
  network,
  shown,
  thinCover,
  write,
} from './friends.ts';

// It is epochs and blocks that are looked at here, on which the curve has no influence.
const suite = curveless(await open());

const EPOCH = 4 * MINUTE;
/** A quarter as brisk: it is epochs that must pass, not packets. */
const CALM: Plan = {
  name: 'calm',
  code: 97,
  phase: { uplinkMeanMicros: 500_000, downlinkIntervalMicros: 250_000 },
};

const parametersOf = (horizonEpochs: number): NetworkParameters =>
  thinCover({
    epochMicros: EPOCH,
    graceMicros: 20 * SECOND,
    skewMicros: 10 * SECOND,
    horizonEpochs,
    descriptorLifeMicros: (horizonEpochs + 1) * EPOCH,
  });
const parameters = parametersOf(4);
/** A slot in four seconds. */
const SLOW: Plan = {
  ...CALM,
  phase: { uplinkMeanMicros: 4 * SECOND, downlinkIntervalMicros: 2 * SECOND },
};
/** Of bob's own, which take slots and aliases as he accepts alice's. */
const OWN_INVITES = 4;

const join: Join = (net, name) => addPerson(net, name, CALM);

/** Lets the epoch come that is `count` after the current one, and half a minute of it pass. */
function passEpochs(net: Net, count: number): void {
  const epoch = net.epoch + count;
  expectWithin(net, (count + 1) * EPOCH, 'the epoch', () => net.epoch === epoch);
  net.run(MINUTE / 2);
}

test('two who are silent over epochs, one of them away for some, can both write afterwards', () => {
  const friends = befriend({ suite, seed: 'silent', parameters, plans: [BRISK, CALM], join });
  const { net, alice, bob, atAlice, atBob } = friends;
  passEpochs(net, 3);
  for (const person of [alice, bob]) {
    expect(person.contacts(net.now)[0]?.replyBlocks).toBeGreaterThanOrEqual(2);
  }
  write(net, 'bob', bob, atBob, 'still here');
  expectWithin(net, 3 * MINUTE, 'the text', () => shown(net, 'alice').length === 1);
  net.run(MINUTE);
  net.disconnect('bob');
  passEpochs(net, 2);
  write(net, 'alice', alice, atAlice, 'while you were away');
  net.run(MINUTE / 2);
  net.reconnect('bob');
  expectWithin(net, 3 * MINUTE, 'the text', () => shown(net, 'bob').length === 1);
  write(net, 'bob', bob, atBob, 'back');
  expectWithin(net, 3 * MINUTE, 'an answer', () => shown(net, 'alice').length === 2);
});

test('an invite that is begun as an epoch ends, before its reply blocks can be made, gets ready', () => {
  const end = epochStart(parameters, epochAt(parameters, DEFAULT_START) + 1);
  const start = instant(end - 3 * SECOND);
  const net = network({ suite, seed: 'late', parameters, plans: [CALM], start });
  const alice = join(net, 'alice');
  inviteOf(net, 'alice', alice);
});

test('an invite whose owner comes back after the end of the epoch leads to a contact', () => {
  const net = network({ suite, seed: 'border', parameters, plans: [CALM] });
  const alice = join(net, 'alice');
  const bob = join(net, 'bob');
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

test('a first message under a slow plan waits for reply blocks that reach over the end of the epoch', () => {
  const long = { ...parameters, epochMicros: 5 * EPOCH, minLoopsPerMixPerSecond: 0 };
  const net = network({ suite, seed: 'slow', parameters: long, plans: [SLOW] });
  const alice = addPerson(net, 'alice', SLOW);
  const link = inviteOf(net, 'alice', alice);
  net.disconnect('alice');
  // Without an alias yet.
  const bob = addPerson(net, 'bob', SLOW);
  acceptBy(net, 'bob', bob, link);
  const epoch = net.epoch + 1;
  expectWithin(net, 6 * EPOCH, 'the next epoch', () => net.epoch === epoch);
  net.run(MINUTE);
  net.reconnect('alice');
  const met = (): boolean => eventsOf(net, 'bob', 'contact-added').length === 1;
  expectWithin(net, 10 * MINUTE, 'both to have met', met);
});

test('who has invites of their own to fill waits longer with a first message, and takes its aliases first', () => {
  const long = { ...parameters, epochMicros: 10 * EPOCH, minLoopsPerMixPerSecond: 0 };
  const net = network({ suite, seed: 'shared slots', parameters: long, plans: [SLOW] });
  const alice = addPerson(net, 'alice', SLOW);
  const link = inviteOf(net, 'alice', alice);
  net.disconnect('alice');
  const bob = addPerson(net, 'bob', SLOW);
  for (let i = 0; i < OWN_INVITES; i++) net.command('bob', (now) => bob.createInvite(now));
  const ready = (): boolean => eventsOf(net, 'bob', 'invite-ready').length === OWN_INVITES;
  expectWithin(net, 4 * EPOCH, 'invites', ready);
  acceptBy(net, 'bob', bob, link);
  const epoch = net.epoch + 1;
  expectWithin(net, 11 * EPOCH, 'the next epoch', () => net.epoch === epoch);
  net.run(MINUTE);
  net.reconnect('alice');
  const met = (): boolean => eventsOf(net, 'bob', 'contact-added').length === 1;
  expectWithin(net, 10 * MINUTE, 'both to have met', met);
});

test('an invite that is over before its bundle could be asked for is given up', () => {
  const net = network({ suite, seed: 'over', parameters: parametersOf(2), plans: [CALM] });
  const alice = join(net, 'alice');
  const bob = join(net, 'bob');
  net.run(2 * SECOND);
  const link = inviteOf(net, 'alice', alice);
  net.disconnect('alice');
  net.disconnect('bob');
  const contact = acceptBy(net, 'bob', bob, link);
  passEpochs(net, 1);
  expect(bob.status().accepting).toBe(1);
  passEpochs(net, 1);
  expect(eventsOf(net, 'bob', 'contact-failed')).toEqual([
    { kind: 'contact-failed', contact, code: 'no-answer' },
  ]);
  expect(bob.status().accepting).toBe(0);
});
