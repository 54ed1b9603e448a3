import { DEFAULT_START } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { epochAt, epochStart } from '@sotto/directory';
import { instant, MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import {
  befriend,
  expectWithin,
  MINUTE,
  shown,
  statesOf,
  thinCover,
  write,
  written,
} from './friends.ts';

// It is epochs and blocks that are looked at here, on which the curve has no influence.
const suite = curveless(await open());

test('over the end of an epoch a talk goes on, and one who is away is still reached', () => {
  const parameters = thinCover();
  const next = epochStart(parameters, epochAt(parameters, DEFAULT_START) + 1);
  const start = instant(next - 3 * MINUTE);
  const { net, alice, bob, atAlice, atBob } = befriend({ suite, seed: 'epoch', parameters, start });
  const epoch = net.epoch;
  // Near the end every message brings blocks of the next epoch.
  for (let i = 0; i < 6; i++) {
    write(net, 'alice', alice, atAlice, `old ${i}`);
    write(net, 'bob', bob, atBob, `old ${i}`);
    net.run(5 * SECOND);
  }
  net.disconnect('bob');
  // With two left, one is spent a minute after the last at the earliest (Spec 09 §9.1).
  net.run(4 * MINUTE);
  expect(net.epoch).toBe(epoch + 1);
  expect(alice.contacts(net.now)[0]?.replyBlocks).toBeGreaterThanOrEqual(2);
  const id = write(net, 'alice', alice, atAlice, 'a new day');
  net.run(MINUTE);
  expect(statesOf(net, 'alice', id)).toEqual(['sent']);
  net.reconnect('bob');
  expectWithin(net, 5 * MINUTE, 'the text', () => shown(net, 'bob').includes('a new day'));
  write(net, 'bob', bob, atBob, 'good morning');
  expectWithin(net, 5 * MINUTE, 'an answer', () => shown(net, 'alice').includes('good morning'));
  const settled = (): boolean =>
    [...written(alice, atAlice), ...written(bob, atBob)].every(
      ({ state }) => state === 'delivered',
    );
  expectWithin(net, 10 * MINUTE, 'all delivered', settled);
  expect(shown(net, 'bob')).toHaveLength(7);
  expect(shown(net, 'alice')).toHaveLength(7);
});
