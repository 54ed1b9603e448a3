import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import { befriend, expectWithin, MINUTE, shown, write, written } from './friends.ts';

// It is losses and their repair that are looked at here, on which the curve has no influence.
const suite = curveless(await open());

test('messages of which every packet was garbled are sent again, and shown once', () => {
  let garbled = 0;
  let from: string | undefined;
  const friends = befriend({
    suite,
    seed: 'garbled',
    tamper: (sender, _to, frame) => {
      if (sender !== from) return;
      garbled++;
      frame[700] = (frame[700] ?? 0) ^ 1;
    },
  });
  const { net, alice, atAlice, bob, atBob } = friends;
  from = 'alice';
  for (let i = 0; i < 4; i++) write(net, 'alice', alice, atAlice, `lost ${i}`);
  net.run(15 * SECOND);
  expect(garbled).toBeGreaterThan(0);
  from = undefined;
  expect(shown(net, 'bob')).toEqual([]);
  expect(written(alice, atAlice).map(({ state }) => state)).toEqual(Array(4).fill('sent'));
  // It tells alice that he is there and has not got what she sent before.
  write(net, 'bob', bob, atBob, 'anybody there?');
  expectWithin(net, 5 * MINUTE, 'all four', () => shown(net, 'bob').length >= 4);
  const settled = (): boolean =>
    written(alice, atAlice).every(({ state }) => state === 'delivered');
  expectWithin(net, 5 * MINUTE, 'all delivered', settled);
  expect(new Set(shown(net, 'bob')).size).toBe(4);
  expect(shown(net, 'bob')).toHaveLength(4);
});

test('a message that was lost is sent again into silence, while blocks for new words are left', () => {
  let lossy = false;
  const { net, alice, atAlice } = befriend({
    suite,
    seed: 'quiet',
    tamper: (sender, _to, frame) => {
      if (lossy && sender === 'alice') frame[700] = (frame[700] ?? 0) ^ 1;
    },
  });
  lossy = true;
  write(net, 'alice', alice, atAlice, 'lost');
  net.run(15 * SECOND);
  lossy = false;
  expect(shown(net, 'bob')).toEqual([]);
  expectWithin(net, 8 * MINUTE, 'the repeat', () => shown(net, 'bob').length === 1);
});

test('while a node is down messages may be lost, and all arrive once it is back', () => {
  const { net, alice, atAlice, bob, atBob } = befriend({ suite, seed: 'down' });
  const guards = new Set(['alice', 'bob'].map((name) => net.guardOf(name)));
  const victim = net.keys.findIndex((key) => !guards.has(key));
  net.kill(victim);
  const texts = Array.from({ length: 12 }, (_, i) => `text ${i}`);
  for (const text of texts) {
    write(net, 'alice', alice, atAlice, text);
    write(net, 'bob', bob, atBob, text);
    net.run(4 * SECOND);
  }
  net.restart(victim);
  const all = (): boolean =>
    ['alice', 'bob'].every((name) => shown(net, name).length >= texts.length);
  expectWithin(net, 10 * MINUTE, 'all texts', all);
  expect(shown(net, 'alice').toSorted()).toEqual(texts.toSorted());
  expect(shown(net, 'bob').toSorted()).toEqual(texts.toSorted());
});
