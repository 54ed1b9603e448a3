import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { after } from '@sotto/wire';
import { expect, test } from 'vitest';
import { befriend, expectWithin, HOUR, MINUTE, shown, write, written } from './friends.ts';

// It is what is told and when that is looked at here, on which the curve has no influence.
const suite = curveless(await open());

test('one side sets how long messages live, the other is told, and both erase what has lived', () => {
  const { net, alice, bob, atAlice, atBob } = befriend({ suite, seed: 'lifetimes' });
  write(net, 'bob', bob, atBob, 'before');
  expectWithin(net, 5 * MINUTE, 'a text', () => shown(net, 'alice').length === 1);

  expect(net.command('alice', (now) => alice.setLifetime(now, atAlice, 3600))).toBe(true);
  const told = (): boolean => bob.contact(net.now, atBob)?.settings.lifetime.seconds === 3600;
  expectWithin(net, 5 * MINUTE, 'bob to be told without a word', told);
  write(net, 'bob', bob, atBob, 'after');
  const arrived = (): boolean =>
    shown(net, 'alice').length === 2 && written(bob, atBob).every((m) => m.state === 'delivered');
  expectWithin(net, 5 * MINUTE, 'the text that will go', arrived);

  // His own counts from when it left, hers from when she reads it.
  const [, his] = written(bob, atBob);
  expect(his?.expiresAt).toBe(after(his?.leftAt ?? net.now, HOUR));
  expect(alice.messages(atAlice).at(-1)).toMatchObject({ text: 'after', life: 3600 });
  net.command('alice', (now) => alice.markRead(now, atAlice));
  const hers = alice.messages(atAlice).at(-1)?.expiresAt ?? net.now;
  expect(hers).toBe(after(net.now, HOUR));

  // An hour of slots says nothing more: each is woken when its time has come.
  bob.wake(his?.expiresAt ?? net.now);
  alice.wake(after(hers, -1));
  expect(written(bob, atBob).map(({ text }) => text)).toEqual(['before']);
  expect(alice.messages(atAlice)).toHaveLength(2);
  alice.wake(hers);
  expect(alice.messages(atAlice).map(({ text }) => text)).toEqual(['before']);
  expect(() => alice.setLifetime(net.now, atAlice, 60)).toThrow(RangeError);
});
