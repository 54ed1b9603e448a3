import { epochStart } from '@sotto/directory';
import { SAVER, SHIELD } from '@sotto/endpoint';
import type { Person } from '@sotto/messaging';
import { addPerson } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { instant, MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import {
  befriend,
  BRISK,
  eventsOf,
  expectWithin,
  type Friends,
  HOUR,
  MINUTE,
  network,
  shown,
  thinCover,
  write,
  written,
} from './friends.ts';
import { StreamEnd } from './streams.ts';

// It is what is told and when that is looked at here, on which the curve has no influence.
const suite = curveless(await open());

const settingsOfBob = ({ net, alice, atAlice }: Friends): object | undefined =>
  alice.contact(net.now, atAlice)?.settings;

test('what a person decides about a contact holds, over a restart too, and the other learns nothing', () => {
  const friends = befriend({ suite, seed: 'decides' });
  const { net, bob, atAlice, atBob } = friends;

  // Unread until read, muted or not; a message says which way it came and went.
  const decide = (decision: Parameters<Person['decide']>[2]): boolean =>
    net.command('alice', (now) => friends.alice.decide(now, atAlice, decision));
  decide({ muted: true });
  write(net, 'bob', bob, atBob, 'one');
  write(net, 'bob', bob, atBob, 'two');
  const both = (): boolean => shown(net, 'alice').length === 2;
  expectWithin(net, 5 * MINUTE, 'two texts', both);
  expect(settingsOfBob(friends)).toMatchObject({ muted: true, blocked: false, unread: 2 });
  // Which comes first is the mixes' choice: in a conversation they stand as they were written.
  expect(friends.alice.contact(net.now, atAlice)?.last?.text).toBe('two');
  const delivered = (): boolean => written(bob, atBob).every((m) => m.state === 'delivered');
  expectWithin(net, 5 * MINUTE, 'both delivered', delivered);
  for (const { via, leftAt, deliveredAt, at } of written(bob, atBob)) {
    expect(via).toBe('direct');
    expect(Math.min((leftAt ?? 0) - at, (deliveredAt ?? 0) - (leftAt ?? 0))).toBeGreaterThan(0);
  }
  net.command('alice', (now) => friends.alice.markRead(now, atAlice));
  expect(settingsOfBob(friends)).toMatchObject({ muted: true, blocked: false, unread: 0 });

  // Blocked: nothing of bob's is opened, nothing goes to him; he sees what he sees of one who is away.
  decide({ blocked: true });
  net.run(SECOND);
  net.stopClient('alice');
  net.run(SECOND);
  friends.alice = addPerson(net, 'alice', BRISK);
  expect(settingsOfBob(friends)).toMatchObject({ muted: true, blocked: true, unread: 0 });
  expect(friends.alice.send(net.now, atAlice, 'x')).toMatchObject({
    error: { code: 'contact-blocked' },
  });
  const three = write(net, 'bob', bob, atBob, 'three');
  const dropped = (): number => friends.alice.status().counters['blocked'] ?? 0;
  expectWithin(net, 5 * MINUTE, 'a packet dropped unread', () => dropped() > 0);
  net.run(20 * SECOND);
  expect(shown(net, 'alice')).toHaveLength(2);
  expect(written(bob, atBob).find(({ id }) => id === three)?.state).toBe('sent');

  // Taken back: what was said meanwhile comes by its repeat.
  decide({ blocked: false });
  write(net, 'alice', friends.alice, atAlice, 'here again');
  expectWithin(net, 8 * HOUR, 'the text of meanwhile', () => shown(net, 'alice').includes('three'));

  // Cleared: settled messages go, one that is on its way stays until it has arrived.
  const late = write(net, 'alice', friends.alice, atAlice, 'on its way');
  net.command('alice', () => friends.alice.clearConversation(atAlice));
  expect(friends.alice.messages(atAlice).map(({ text }) => text)).toContain('on its way');
  expect(friends.alice.messages(atAlice).map(({ text }) => text)).not.toContain('one');
  const arrived = (): boolean =>
    eventsOf(net, 'alice', 'message-state').some((e) => e.id === late && e.state === 'delivered');
  expectWithin(net, 10 * MINUTE, 'it to arrive', arrived);

  // Removed: gone with words and keys, and what still comes is nobody's.
  const remove = (): boolean => net.command('alice', () => friends.alice.removeContact(atAlice));
  expect(remove()).toBe(true);
  expect(remove()).toBe(false);
  write(net, 'bob', bob, atBob, 'anybody there?');
  net.run(30 * SECOND);
  net.stopClient('alice');
  net.run(SECOND);
  friends.alice = addPerson(net, 'alice', BRISK);
  expect(friends.alice.contacts(net.now)).toEqual([]);
  expect(friends.alice.messages(atAlice)).toEqual([]);
  expect(shown(net, 'alice')).not.toContain('anybody there?');
});

test('blocking ends channels here at once; the other gets nothing that waited, and learns of it when it is taken back', () => {
  const { net, alice, bob, atAlice, atBob } = befriend({ suite, seed: 'blocks' });
  const theirsOf = (name: string, what: string): StreamEnd => {
    const [person, contact] = name === 'alice' ? [alice, atAlice] : [bob, atBob];
    const found = (): StreamEnd | undefined => StreamEnd.opened(net, name, person, contact, what);
    expectWithin(net, 5 * MINUTE, what, () => found() !== undefined);
    const end = found();
    if (end === undefined) throw new Error(`expected ${what}`);
    return end;
  };
  const feed = StreamEnd.open(net, 'alice', alice, atAlice, 'feed');
  const news = StreamEnd.open(net, 'bob', bob, atBob, 'news');
  feed.write('one\n');
  news.write('two\n');
  const feedAtBob = theirsOf('bob', 'feed');
  const newsAtAlice = theirsOf('alice', 'news');
  const heard = (): boolean => feedAtBob.lines().length + newsAtAlice.lines().length === 2;
  expectWithin(net, 5 * MINUTE, 'both lines', heard);

  // At one moment alice writes what must wait for slots, and blocks.
  feed.write('x'.repeat(20_000));
  const last = write(net, 'alice', alice, atAlice, 'last words');
  net.command('alice', (now) => alice.decide(now, atAlice, { blocked: true }));
  const endOf = (name: string, id: string): (string | undefined)[] =>
    eventsOf(net, name, 'channel').flatMap(({ event }) =>
      event.channel === id && (event.kind === 'reset' || event.kind === 'closed')
        ? [event.kind === 'reset' ? event.reason : event.kind]
        : [],
    );
  const ids = [feed.id, news.id];
  net.run(SECOND);
  expect(ids.map((id) => endOf('alice', id))).toEqual([['cancelled'], ['cancelled']]);
  const { channels } = alice;
  for (const id of ids) {
    const error = { error: { code: 'contact-blocked' } };
    expect(channels.write(net.now, atAlice, id, new Uint8Array(1))).toMatchObject(error);
    expect(channels.read(net.now, atAlice, id, 1)).toMatchObject(error);
    expect(channels.end(net.now, atAlice, id)).toMatchObject(error);
  }
  const before = feedAtBob.read().length;
  news.write('three\n');
  net.run(10 * MINUTE);
  expect(feedAtBob.read()).toHaveLength(before);
  expect(shown(net, 'bob')).toEqual([]);
  expect(ids.map((id) => endOf('bob', id))).toEqual([[], []]);
  expect(alice.messages(atAlice).find(({ id }) => id === last)?.state).not.toBe('sent');

  // Taken back: bob is told of both, the text comes, and so does a new channel.
  net.command('alice', (now) => alice.decide(now, atAlice, { blocked: false }));
  const told = (): boolean => ids.every((id) => endOf('bob', id)[0] === 'cancelled');
  expectWithin(net, 10 * MINUTE, 'bob to be told', told);
  expectWithin(net, 10 * MINUTE, 'the text', () => shown(net, 'bob').includes('last words'));
  const again = StreamEnd.open(net, 'alice', alice, atAlice, 'again');
  again.write('four\n');
  const atLast = theirsOf('bob', 'again');
  expectWithin(net, 10 * MINUTE, 'the line', () => atLast.lines().includes('four'));
  expect(ids.map((id) => endOf('alice', id))).toEqual([['cancelled'], ['cancelled']]);
  expect(alice.status().counters).not.toHaveProperty('text-missing');
});

test('an invite has a name for who comes, and is closed when it is taken back', () => {
  const net = network({ suite, seed: 'takes back' });
  const alice = addPerson(net, 'alice', BRISK);
  const bob = addPerson(net, 'bob', BRISK);
  net.run(2 * SECOND);
  const made = net.command('alice', (now) => alice.createInvite(now, 'nobody'));
  const revoke = (): boolean =>
    net.command('alice', (now) => alice.revokeInvite(now, made?.invite ?? ''));
  expect(revoke()).toBe(true);
  expect(revoke()).toBe(false);
  expect(alice.invites()).toEqual([]);

  net.command('alice', (now) => alice.createInvite(now, 'Bob'));
  expect(alice.invites()).toMatchObject([{ label: 'Bob', link: undefined }]);
  const ready = (): boolean => alice.invites()[0]?.link !== undefined;
  expectWithin(net, 10 * MINUTE, 'an invite', ready);
  const [invite] = alice.invites();
  expect(invite?.readyAt).toBeGreaterThan(invite?.startedAt ?? Infinity);
  expect(invite?.readyAt).toBeLessThanOrEqual(net.now);
  net.command('bob', (now) => bob.acceptInvite(now, invite?.link ?? ''));
  const met = (): boolean => eventsOf(net, 'alice', 'contact-added').length > 0;
  expectWithin(net, 10 * MINUTE, 'bob', met);
  expect(alice.contacts(net.now).map(({ label }) => label)).toEqual(['Bob']);
  const closed = eventsOf(net, 'alice', 'invite-closed').map((event) => event.invite);
  expect(closed).toEqual([made?.invite, invite?.invite]);
});

test('another plan begins when others may change too: at a public hour', () => {
  // 06:57 UTC: three minutes before the hour at which the mobile plan wakes.
  const parameters = thinCover();
  const start = instant(epochStart(parameters, 5) + 7 * HOUR - 3 * MINUTE);
  const net = network({ suite, seed: 'plan', plans: [SAVER, SHIELD], parameters, start });
  let alice = addPerson(net, 'alice', SAVER);
  net.run(30 * SECOND);
  const hour = epochStart(parameters, 5) + 7 * HOUR;
  expect(net.command('alice', (now) => alice.choosePlan(now, SHIELD))).toBe(hour);
  // Remembered over a restart; until its time nothing changes.
  net.run(SECOND);
  net.stopClient('alice');
  alice = addPerson(net, 'alice', SAVER);
  net.run(10 * SECOND);
  const slots = (): number =>
    Object.values(alice.status().slots).reduce((sum, count) => sum + count, 0);
  const during = (micros: number): number => {
    const before = slots();
    net.run(micros);
    return slots() - before;
  };
  // Poisson, 1.5 expected in a minute of the one plan, 240 of the other: five deviations are 6 and 77.
  expect(during(MINUTE)).toBeLessThan(10);
  expectWithin(net, 3 * MINUTE, 'the plan', () => eventsOf(net, 'alice', 'plan').length > 0);
  expect(net.now).toBeGreaterThanOrEqual(hour);
  expect(alice.plan.current.name).toBe('shield');
  net.run(5 * SECOND);
  expect(Math.abs(during(MINUTE) - 240)).toBeLessThan(77);
});
