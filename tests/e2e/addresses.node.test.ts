import type { Person } from '@sotto/messaging';
import { decodeAddress, encodeAddress } from '@sotto/ratchet';
import { addPerson } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import {
  acceptBy,
  BRISK,
  eventsOf,
  expectWithin,
  MINUTE,
  type Net,
  network,
  shown,
  write,
} from './friends.ts';

// It is what is told and when that is looked at here, on which the curve has no influence.
const suite = curveless(await open());

/** The link of a new address of `person`'s. */
function addressOf(
  net: Net,
  name: string,
  person: Person,
  options: Parameters<Person['createAddress']>[1],
): { readonly id: string; readonly link: string } {
  const made = net.command(name, (now) => person.createAddress(now, options));
  if (made === undefined) throw new Error('expected an address');
  const ready = (): boolean => eventsOf(net, name, 'address-ready').length > 0;
  expectWithin(net, 10 * MINUTE, 'an address', ready);
  const link = eventsOf(net, name, 'address-ready').at(-1)?.link ?? '';
  return { id: made.address, link };
}

test('strangers meet by one address, each for a puzzle, until the epoch is spent or it is given up', () => {
  const net = network({ suite, seed: 'address' });
  const alice = addPerson(net, 'alice', BRISK);
  const strangers = ['bob', 'carol', 'dave'].map((name) => ({
    name,
    person: addPerson(net, name, BRISK),
  }));
  net.run(2 * SECOND);
  const { id, link } = addressOf(net, 'alice', alice, { label: 'card', people: 2, cost: 8 });
  expect(link).toHaveLength(164);
  const own = net.command('alice', (now) => alice.acceptInvite(now, link));
  expect(own).toMatchObject({ error: { code: 'own-invite' } });
  const [bob, carol, dave] = strangers;
  if (bob === undefined || carol === undefined || dave === undefined) throw new Error('nobody');

  // Two at once, by the same printed link.
  const met = [bob, carol].map(({ name, person }) => {
    const contact = acceptBy(net, name, person, link);
    return { name, person, contact };
  });
  const both = (): boolean =>
    met.every(({ name }) => eventsOf(net, name, 'contact-added').length === 1);
  expectWithin(net, 5 * MINUTE, 'both strangers to be answered', both);
  expect(eventsOf(net, 'alice', 'contact-added')).toMatchObject([
    { label: 'card', invite: id },
    { label: 'card', invite: id },
  ]);
  expect(alice.addresses(net.now)).toMatchObject([
    { address: id, people: 2, left: 0, awayEpochs: 7, cost: 8, met: 2 },
  ]);
  const [atBob] = met;
  if (atBob !== undefined) write(net, 'bob', bob.person, atBob.contact, 'I am bob');
  expectWithin(net, 3 * MINUTE, 'what he says', () => shown(net, 'alice').length === 1);

  // The third comes when this epoch's six blocks are spent, and again when it is given up.
  const refused = (code: string): void => {
    const before = eventsOf(net, 'dave', 'contact-failed').length;
    const contact = acceptBy(net, 'dave', dave.person, link);
    const told = (): boolean => eventsOf(net, 'dave', 'contact-failed').length > before;
    expectWithin(net, 2 * MINUTE, `the third to be told ${code}`, told);
    const event = { kind: 'contact-failed', contact, code };
    expect(eventsOf(net, 'dave', 'contact-failed').at(-1)).toEqual(event);
  };
  refused('not-now');
  expect(net.command('alice', (now) => alice.revokeAddress(now, id))).toBe(true);
  expect(net.command('alice', (now) => alice.revokeAddress(now, id))).toBe(false);
  net.run(10 * SECOND);
  expect(eventsOf(net, 'alice', 'address-closed')).toHaveLength(1);
  refused('closed');
  expect(alice.contacts(net.now)).toHaveLength(2);
  expect(alice.addresses(net.now)).toEqual([]);
});

test('who does not solve the puzzle is not let in, and does not try again by starting anew', () => {
  const net = network({ suite, seed: 'unsolved' });
  const alice = addPerson(net, 'alice', BRISK);
  let bob = addPerson(net, 'bob', BRISK);
  net.run(2 * SECOND);
  const { link } = addressOf(net, 'alice', alice, { people: 1, cost: 20 });
  const address = decodeAddress(suite, link);
  if (!address.ok) throw new Error(address.error.code);
  // The same address, as if it asked for less.
  acceptBy(net, 'bob', bob, encodeAddress(suite, { ...address.value, cost: 1 }));
  const pending = (): boolean => bob.contacts(net.now)[0]?.stage === 'pending';
  expectWithin(net, 5 * MINUTE, 'the bundle', pending);
  const refused = (): number =>
    net.metrics().reduce((sum, { drops }) => sum + (drops['greeting-proof'] ?? 0), 0);
  expectWithin(net, MINUTE, 'the point to refuse all three packets', () => refused() === 3);
  net.stopClient('bob');
  bob = addPerson(net, 'bob', BRISK);
  net.run(MINUTE / 3);
  // Until the next epoch, when it is sent once more: others would find no place.
  expect(refused()).toBe(3);
  expect(alice.contacts(net.now)).toEqual([]);
  expect(bob.contacts(net.now)[0]?.stage).toBe('pending');
});
