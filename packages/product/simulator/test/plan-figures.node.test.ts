import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { HOME } from '@sotto/link';
import { anonymity, type PlanTrial, type PlanTrialOptions, tryPlan } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { after } from '@sotto/wire';
import { expect, test } from 'vitest';

const suite = await open();
const trial = (changes: Partial<PlanTrialOptions>): PlanTrial =>
  tryPlan({
    suite,
    parameters: DEFAULT_PARAMETERS,
    plan: HOME,
    seed: 'plan figures',
    mixesPerLayer: 6,
    messages: 60,
    ...changes,
  });
const talking = trial({});

test('who writes moves no packet of theirs, and every message arrives', () => {
  const silent = trial({ messages: 0, slots: 900 }).frames;
  expect(silent.length).toBeGreaterThan(800);
  expect(talking.frames.slice(0, silent.length)).toEqual(silent.slice(0, talking.frames.length));
  expect(talking.messages.filter(({ readAt }) => readAt === undefined)).toEqual([]);
  expect(talking.messages.filter(({ way }) => way === 'mailbox')).toHaveLength(20);
  expect(talking.arrivals).toHaveLength(60);
});

test('an observer of all lines finds many who could have written, and one alone who sends when they write', () => {
  const { hiddenAmong, hiddenAmongLinked } = anonymity(talking, DEFAULT_PARAMETERS, HOME);
  expect(hiddenAmong).toBeGreaterThan(800);
  expect(hiddenAmong).toBeLessThanOrEqual(1000);
  expect(hiddenAmongLinked).toBeLessThan(hiddenAmong);
  // Planted: no clock, but a packet for each message as it is written.
  const frames = talking.arrivals.map((at) => after(at, -1_300_000)).toSorted((x, y) => x - y);
  const planted = anonymity({ ...talking, frames }, DEFAULT_PARAMETERS, HOME);
  expect(planted.hiddenAmongLinked).toBeLessThan(2);
});
