/**
 * Who has mail at two mailboxes loses none with one of them: a node that keeps a message is killed
 * for good while the recipient is away, and the message is there when the recipient comes back, once.
 * Whole people and nodes in virtual time, cover on.
 */
import type { Person } from '@sotto/messaging';
import { addPerson } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import {
  befriend,
  BRISK,
  eventsOf,
  expectWithin,
  type Friends,
  MINUTE,
  type Net,
  shown,
  write,
} from './friends.ts';

const suite = await open();
const join = (net: Net, name: string): Person =>
  addPerson(net, name, BRISK, { secondMailbox: name === 'bob' });

/** Mail that nodes keep, by its key, with the node's number. */
function kept(net: Net): Map<string, number> {
  const mail = new Map<string, number>();
  for (let i = 0; i < net.keys.length; i++) {
    for (const key of net.storeOf(i).keys()) if (key.startsWith('mail/')) mail.set(key, i);
  }
  return mail;
}

/** Writes to bob, who has been away for so long that it goes by mailbox. @returns nodes that keep it. */
function writeTo({ net, alice, atAlice }: Friends, text: string): number[] {
  net.stopClient('bob');
  net.run(65 * SECOND);
  const before = kept(net);
  write(net, 'alice', alice, atAlice, text);
  net.run(10 * SECOND);
  return [...kept(net)].flatMap(([key, node]) => (before.has(key) ? [] : [node]));
}

test('with two mailboxes a message outlives either, and is shown once; it does not outlive both', () => {
  const friends = befriend({ suite, seed: 'second mailbox', join });
  const { net } = friends;
  for (const [text, dead] of [
    ['from one', 1],
    ['from none', 2],
  ] as const) {
    const nodes = writeTo(friends, text);
    expect(nodes).toHaveLength(2);
    for (const node of nodes.slice(0, dead)) net.kill(node);
    const bob = join(net, 'bob');
    // Alice hears that he is back, and repeats it before long: what comes by mailbox is the first copy.
    const got = (): boolean =>
      eventsOf(net, 'bob', 'message-received').some((e) => e.text === text && e.viaMailbox);
    expect(net.until(dead === 1 ? 3 * MINUTE : MINUTE / 2, got)).toBe(dead === 1);
    if (dead === 2) break;
    // The other one comes back with what it kept: it is fetched, deleted, and shown to nobody.
    for (const node of nodes.slice(0, dead)) net.restart(node);
    expectWithin(net, 3 * MINUTE, 'all fetched and deleted', () => kept(net).size === 0);
    expect(bob.status().counters['fragment-late']).toBeGreaterThan(0);
  }
  expect(shown(net, 'bob').filter((text) => text === 'from one')).toHaveLength(1);
  expect(eventsOf(net, 'bob', 'out-of-step')).toEqual([]);
});
