import type { IntroductionSummary, Person } from '@sotto/messaging';
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
  inviteOf,
  MINUTE,
  type Net,
  network,
  shown,
  write,
} from './friends.ts';

// It is what is told and when that is looked at here, on which the curve has no influence.
const suite = curveless(await open());

/** Lets `name` accept an invite of alice's. @returns each as the other calls them. */
function meet(net: Net, alice: Person, name: string, person: Person): { atAlice: string } {
  const known = new Set(alice.contacts(net.now).map(({ id }) => id));
  acceptBy(net, name, person, inviteOf(net, 'alice', alice));
  const met = (): boolean => eventsOf(net, name, 'contact-added').length > 0;
  expectWithin(net, 5 * MINUTE, `${name} to have met alice`, met);
  const added = alice.contacts(net.now).find(({ id }) => !known.has(id));
  if (added === undefined) throw new Error('nobody');
  alice.rename(added.id, name);
  return { atAlice: added.id };
}

const only = (person: Person): IntroductionSummary => {
  const [entry] = person.introductions().slice(-1);
  if (entry === undefined) throw new Error('no introduction');
  return entry;
};

test('two are introduced by a third, meet without her, and learn nothing of one another by a no', () => {
  const net = network({ suite, seed: 'introduced' });
  const alice = addPerson(net, 'alice', BRISK);
  const bob = addPerson(net, 'bob', BRISK);
  const carol = addPerson(net, 'carol', BRISK);
  net.run(2 * SECOND);
  const { atAlice: bobAtAlice } = meet(net, alice, 'bob', bob);
  const { atAlice: carolAtAlice } = meet(net, alice, 'carol', carol);
  const stocked = (): boolean => alice.contacts(net.now).every((each) => each.replyBlocks >= 4);
  expectWithin(net, 2 * MINUTE, 'reply blocks', stocked);

  const introduce = (): void => {
    const made = net.command('alice', (now) =>
      alice.introduce(now, bobAtAlice, carolAtAlice, { note: 'you both sing' }),
    );
    if (!made.ok) throw new Error(made.error.code);
  };
  const offered = (): boolean =>
    [bob, carol].every((person) => person.introductions().at(-1)?.state === 'offered');
  introduce();
  expectWithin(net, MINUTE, 'both offers', offered);
  expect(only(bob)).toMatchObject({ side: 'introduced', name: 'carol', note: 'you both sing' });
  expect(only(carol)).toMatchObject({ side: 'introduced', name: 'bob', note: 'you both sing' });
  // Before both have said yes neither has anything of the other.
  expect(net.command('carol', (now) => carol.acceptIntroduction(now, only(carol).id))).toBe(true);
  net.run(20 * SECOND);
  expect(only(bob).state).toBe('offered');
  expect(bob.contacts(net.now)).toHaveLength(1);
  expect(net.command('bob', (now) => bob.acceptIntroduction(now, only(bob).id))).toBe(true);
  // The invite that is made for it is nobody's to hand out.
  expect(bob.invites()).toEqual([]);
  expectWithin(net, MINUTE, 'the introducer to pass the invite on', () => {
    return only(alice).state === 'connected';
  });
  expect(eventsOf(net, 'bob', 'invite-ready')).toEqual([]);
  // From here on she is not needed.
  net.run(5 * SECOND);
  net.stopClient('alice');
  const met = (): boolean => [bob, carol].every((person) => only(person).state === 'met');
  expectWithin(net, 3 * MINUTE, 'both to have met', met);
  const other = (person: Person): string => {
    const entry = only(person);
    return entry.side === 'introduced' ? (entry.met ?? '') : '';
  };
  expect(bob.contact(net.now, other(bob))).toMatchObject({ label: 'carol', stage: 'active' });
  expect(carol.contact(net.now, other(carol))).toMatchObject({ label: 'bob', verified: false });
  expect(bob.safetyNumber(other(bob))).toBe(carol.safetyNumber(other(carol)));
  write(net, 'bob', bob, other(bob), 'a duet?');
  expectWithin(net, MINUTE, 'the words', () => shown(net, 'carol').includes('a duet?'));
  expect(eventsOf(net, 'bob', 'invite-closed')).toEqual([]);
});

test('a no, and an introduction taken back, look alike to the other', () => {
  const net = network({ suite, seed: 'declined' });
  const alice = addPerson(net, 'alice', BRISK);
  const bob = addPerson(net, 'bob', BRISK);
  const carol = addPerson(net, 'carol', BRISK);
  net.run(2 * SECOND);
  const { atAlice: bobAtAlice } = meet(net, alice, 'bob', bob);
  const { atAlice: carolAtAlice } = meet(net, alice, 'carol', carol);
  const ends = (how: () => void): string => {
    const made = net.command('alice', (now) => alice.introduce(now, bobAtAlice, carolAtAlice));
    if (!made.ok) throw new Error(made.error.code);
    const offered = (): boolean =>
      [bob, carol].every((person) => person.introductions().at(-1)?.state === 'offered');
    expectWithin(net, MINUTE, 'both offers', offered);
    // Bob says yes at once, and an invite of his is in the making.
    net.command('bob', (now) => bob.acceptIntroduction(now, only(bob).id));
    how();
    expectWithin(net, MINUTE, 'bob to be told', () => only(bob).state !== 'accepted');
    return only(bob).state;
  };
  const declined = ends(() => {
    expect(net.command('carol', (now) => carol.declineIntroduction(now, only(carol).id))).toBe(
      true,
    );
    expect(only(carol).state).toBe('declined');
  });
  const withdrawn = ends(() => {
    expect(net.command('alice', (now) => alice.declineIntroduction(now, only(alice).id))).toBe(
      true,
    );
  });
  expect([declined, withdrawn]).toEqual(['withdrawn', 'withdrawn']);
  expect(bob.status().invites).toBe(0);
  expect([bob, carol].map((person) => person.contacts(net.now).length)).toEqual([1, 1]);
});
