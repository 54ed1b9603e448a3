import { open } from '@sotto/sodium/native';
import { expect, inject, test } from 'vitest';
import { killMailbox } from './killed-mailbox.ts';

const suite = await open();
const long = inject('long');
const KILLS = long ? 5000 : 200;
const STEPS = 30;

test(`killed ${KILLS} times in the middle of any write, a mailbox has lost nothing that it acknowledged and brought back nothing that was deleted`, () => {
  const outcome = killMailbox(suite, { kills: KILLS, steps: STEPS, fault: 'none' });
  expect(outcome).toMatchObject({ lost: 0, back: 0 });
  expect(outcome.puts).toBeGreaterThan(8 * KILLS);
  expect(outcome.deletions).toBeGreaterThan(KILLS);
  expect(outcome.again).toBeGreaterThan(KILLS);
  // At most one in 100,000 (Spec 05 §4.3): one in the long form, none in the short one.
  expect(outcome.misjudged).toBeLessThanOrEqual(long ? 1 : 0);
  // The mix sends again what the dead had in their hands.
  expect(outcome.acknowledged / outcome.puts).toBeGreaterThan(0.99);
});

test('without faults every put is acknowledged', () => {
  const { puts, acknowledged, again } = killMailbox(suite, { kills: 0, steps: 800, fault: 'none' });
  expect(puts).toBeGreaterThan(300);
  expect(acknowledged).toBe(puts);
  expect(again).toBe(0);
});

test('planted: without the sync acknowledged mail is lost', () => {
  expect(killMailbox(suite, { kills: 90, steps: STEPS, fault: 'no-sync' }).lost).toBeGreaterThan(0);
});

test('planted: a tag that is stored without its mail loses what is acknowledged afterwards', () => {
  const { lost } = killMailbox(suite, { kills: 40, steps: STEPS, fault: 'torn-batch' });
  expect(lost).toBeGreaterThan(0);
});
