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
  MINUTE,
  shown,
  statesOf,
  write,
  written,
} from './friends.ts';

// It is what is told and when that is looked at here, on which the curve has no influence.
const suite = curveless(await open());

test('who does not acknowledge still supplies; what is written to him is sent once, and no more is claimed', () => {
  const friends = befriend({ suite, seed: 'tells nothing' });
  const { net, alice, atAlice, atBob } = friends;
  const decide = (acknowledges: boolean): boolean =>
    net.command('bob', (now) => friends.bob.decide(now, atBob, { acknowledges }));
  const settings = (): unknown => friends.bob.contact(net.now, atBob)?.settings;
  const ofBob = (): unknown => alice.contact(net.now, atAlice)?.settings;
  const ids: number[] = [];
  const talk = (from: number, count: number): void => {
    for (let i = from; i < from + count; i++) {
      ids.push(write(net, 'alice', alice, atAlice, `number ${i}`));
      net.run(3 * SECOND);
    }
  };
  const arrived = (count: number): void =>
    expectWithin(net, 5 * MINUTE, `${count} texts`, () => shown(net, 'bob').length >= count);

  // The first one is on its way when he decides: it is not told either.
  talk(0, 1);
  arrived(1);
  const told = written(alice, atAlice)[0]?.state;
  decide(false);
  expect(settings()).toMatchObject({ acknowledges: false, peerAcknowledges: true });
  talk(1, 17);
  arrived(18);
  expect(ofBob()).toMatchObject({ acknowledges: true, peerAcknowledges: false });

  // Twice as many as direct blocks were ever in stock, and all went by them.
  expect(eventsOf(net, 'bob', 'message-received').filter((m) => m.viaMailbox)).toEqual([]);
  expect(eventsOf(net, 'alice', 'message-state').some((m) => m.state === 'waiting')).toBe(false);
  // Beyond the time after which one who was heard from since would be sent it again.
  net.run(40 * SECOND);
  for (const id of ids.slice(1)) {
    expect(statesOf(net, 'alice', id).filter((state) => state !== 'sent')).toEqual([]);
    const last = alice.message({ contact: atAlice, direction: 'out', id });
    expect(last).toMatchObject({ state: 'sent', unconfirmed: true });
    const ends = eventsOf(net, 'alice', 'message-state').filter((m) => m.id === id);
    expect(ends.filter((m) => m.unconfirmed === true)).toHaveLength(1);
  }
  expect(friends.bob.status().counters['duplicate']).toBeUndefined();
  expect(shown(net, 'bob')).toHaveLength(18);

  // Kept over a restart of his; taken back, new messages are told again and older ones never.
  net.stopClient('bob');
  net.run(SECOND);
  friends.bob = addPerson(net, 'bob', BRISK);
  expect(settings()).toMatchObject({ acknowledges: false });
  net.run(2 * SECOND);
  decide(true);
  talk(18, 1);
  arrived(19);
  // What was written before she heard of it is final; what comes after is told again.
  expectWithin(net, 2 * MINUTE, 'her to know', () => {
    net.run(3 * SECOND);
    return alice.contact(net.now, atAlice)?.settings.peerAcknowledges === true;
  });
  const again = write(net, 'alice', alice, atAlice, 'again');
  const states = (): string[] => statesOf(net, 'alice', again);
  expectWithin(net, MINUTE, 'it to be told', () => states().includes('delivered'));
  const first = written(alice, atAlice).slice(1, 18);
  expect(first.every(({ state }) => state === 'sent')).toBe(true);
  expect(['sent', 'delivered']).toContain(told);

  // Settled messages can be cleared, though nobody acknowledged them.
  net.command('alice', () => alice.clearConversation(atAlice));
  expect(written(alice, atAlice)).toEqual([]);
});
