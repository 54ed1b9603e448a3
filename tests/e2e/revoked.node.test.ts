import { Person } from '@sotto/messaging';
import { addPerson } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
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
} from './friends.ts';

const suite = await open();
const latin1 = new TextDecoder('latin1');

/** What all contact points together have stored, by kind. */
function stored(net: Net): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < net.keys.length; i++) {
    for (const key of net.storeOf(i).keys()) {
      const [kind = ''] = key.split('/');
      if (!['contact', 'stash', 'bundle', 'greeting'].includes(kind)) continue;
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
  }
  return counts;
}

test('nothing is left of an invite that is taken back, a restart between, and who comes later is told', () => {
  const net = network({ suite, seed: 'revoked' });
  let alice = addPerson(net, 'alice', BRISK);
  const bob = addPerson(net, 'bob', BRISK);
  net.run(2 * SECOND);
  const link = inviteOf(net, 'alice', alice);
  const [invite] = alice.invites();
  // The stashes of later epochs are on their way: they come after the box was closed, and make it anew.
  net.run(SECOND);
  expect(stored(net)).toMatchObject({ contact: 1, bundle: 2 });
  expect(stored(net)['stash']).toBeGreaterThanOrEqual(6);
  const revoked = net.command('alice', (now) => alice.revokeInvite(now, invite?.invite ?? ''));
  expect(revoked).toBe(true);
  expect(alice.invites()).toEqual([]);
  // It is stored that it is to be closed, and nothing else of it.
  net.run(SECOND / 10);
  net.stopClient('alice');
  net.run(SECOND);
  alice = addPerson(net, 'alice', BRISK);
  expect(alice.invites()).toEqual([]);
  net.run(20 * SECOND);
  expect(stored(net)).toEqual({});

  const atBob = acceptBy(net, 'bob', bob, link);
  const failed = (): boolean => eventsOf(net, 'bob', 'contact-failed').length > 0;
  expectWithin(net, MINUTE, 'bob to be told', failed);
  expect(eventsOf(net, 'bob', 'contact-failed')).toEqual([
    { kind: 'contact-failed', contact: atBob, code: 'closed' },
  ]);
  expect(alice.contacts(net.now)).toEqual([]);
  net.stopClient('alice');
  const kept: string[] = [];
  net.addClient('alice', (context) => {
    // Aliases of its box hold the word, as the name of their owner.
    for (const { key, value } of context.stored) kept.push(`${key} ${latin1.decode(value)}`);
    return new Person({ ...context, plan: BRISK });
  });
  expect(kept.filter((entry) => /^\S*(invite|closing|note)/u.test(entry))).toEqual([]);
  expect(kept.filter((entry) => /^endpoint\/alias\/.*stash /su.test(entry))).toEqual([]);
});
