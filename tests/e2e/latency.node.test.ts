import { HOME } from '@sotto/link';
import { addPerson } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import { acceptBy, eventsOf, expectWithin, inviteOf, MINUTE, network, write } from './friends.ts';

const suite = await open();

test('who writes right after meeting never waits for a reply block, and never needs the mailbox', () => {
  const net = network({ suite, seed: 'right after', plans: [HOME], nodes: 12 });
  const alice = addPerson(net, 'alice', HOME);
  const bob = addPerson(net, 'bob', HOME);
  net.run(2 * SECOND);
  acceptBy(net, 'bob', bob, inviteOf(net, 'alice', alice));
  const met = (): boolean =>
    ['alice', 'bob'].every((name) => eventsOf(net, name, 'contact-added').length > 0);
  expectWithin(net, 5 * MINUTE, 'both to have met', met);
  net.run(12 * SECOND);
  const contact = eventsOf(net, 'alice', 'contact-added')[0]?.contact ?? '';
  const ids: number[] = [];
  for (let i = 0; i < 20; i++) {
    ids.push(write(net, 'alice', alice, contact, `number ${i}`));
    net.run(3 * SECOND);
  }
  const received = (): readonly { readonly viaMailbox: boolean }[] =>
    eventsOf(net, 'bob', 'message-received');
  expectWithin(net, MINUTE, 'all of them', () => received().length === ids.length);
  expect(received().filter(({ viaMailbox }) => viaMailbox)).toEqual([]);
  const waited = eventsOf(net, 'alice', 'message-state').filter(({ state }) => state === 'waiting');
  expect(waited).toEqual([]);
});
