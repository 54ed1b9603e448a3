import { DEFAULT_PARAMETERS, epochAt, epochStart } from '@sotto/directory';
import { HOME, MOBILE, type Plan, SAVER, SHIELD } from '@sotto/link';
import { instant, MICROS_PER_MS, MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import { fastMicros, LEAST_DIRECT, MOST_DIRECT, talkPace } from '../src/patience.ts';

const NOW = instant(1_800_000_000 * SECOND);
const LONG_AGO = instant(0);
const withMean = (meanMs: number) => ({
  ...DEFAULT_PARAMETERS,
  fastMeanMicros: meanMs * MICROS_PER_MS,
});
const direct = (plan: Plan, meanMs: number, heard = 0): number =>
  talkPace(plan, NOW, withMean(meanMs), LONG_AGO, () => heard).direct;

test('direct blocks follow the round trip: what a message in three seconds uses up until an answer is there', () => {
  expect(direct(HOME, 250)).toBe(8);
  expect(direct(HOME, 500)).toBe(10);
  expect(direct(HOME, 1000)).toBe(12);
  expect(direct(SHIELD, 250)).toBe(LEAST_DIRECT);
});

test('and the pace of the talk, within their bounds', () => {
  expect(direct(HOME, 250, 5)).toBe(8);
  expect(direct(HOME, 250, 11)).toBe(11);
  expect(direct(HOME, 250, 500)).toBe(MOST_DIRECT);
  expect(direct(HOME, 60_000)).toBe(MOST_DIRECT);
  // A slow plan takes no message every three seconds, and is not stocked as if it did.
  expect(direct(SAVER, 250)).toBe(13);
});

test('where slots are rare the delays counted with are slow ones', () => {
  const means = { fastMeanMicros: 250 * MICROS_PER_MS, slowMeanMicros: 30 * SECOND };
  const hour = (hours: number): number => fastMicros(MOBILE, instant(hours * 3600 * SECOND), means);
  expect(fastMicros(HOME, NOW, means)).toBe(means.fastMeanMicros);
  expect(fastMicros(SAVER, NOW, means)).toBe(means.slowMeanMicros);
  expect(hour(7)).toBe(means.fastMeanMicros);
  expect(hour(8)).toBe(means.slowMeanMicros);
});

test('messages are counted over the time of an answer', () => {
  const asked: number[] = [];
  const { answerMicros } = talkPace(HOME, NOW, withMean(250), LONG_AGO, (within) => {
    asked.push(within);
    return 0;
  });
  expect(answerMicros).toBe(26 * SECOND);
  expect(asked).toEqual([answerMicros]);
});

test('blocks of an epoch are of use while an answer by mailbox can still come, and one more', () => {
  const epoch = epochAt(DEFAULT_PARAMETERS, NOW);
  const before = (seconds: number) =>
    instant(epochStart(DEFAULT_PARAMETERS, epoch + 1) - seconds * SECOND);
  const useful = (plan: Plan, secondsBefore: number): number =>
    talkPace(plan, before(secondsBefore), DEFAULT_PARAMETERS, LONG_AGO, () => 0).useful;
  // Home: an alias rests for 150 s, 16 slow means and 22 s of links: 802 s there and back.
  expect(talkPace(HOME, NOW, DEFAULT_PARAMETERS, LONG_AGO, () => 0).mailMicros).toBe(802 * SECOND);
  expect(useful(HOME, 86_400)).toBe(108);
  expect(useful(HOME, 801)).toBe(1);
  // Saver: 200 min, and 35 more.
  expect(talkPace(SAVER, NOW, DEFAULT_PARAMETERS, LONG_AGO, () => 0).mailMicros).toBe(
    26_082 * SECOND,
  );
  expect([86_400, 60_000, 30_000, 1].map((left) => useful(SAVER, left))).toEqual([4, 3, 2, 1]);
  // Somebody heard 34 minutes ago is still there, and answers by the guard.
  const heard = before(10_000 + 34 * 60);
  const pace = talkPace(SAVER, before(10_000), DEFAULT_PARAMETERS, heard, () => 0);
  expect(pace.answerMicros).toBe(2082 * SECOND);
  expect(pace.useful).toBe(5);
});

test('two talk where an answer comes while they still count as talking', () => {
  const slow = (plan: Plan, hour = 0): boolean =>
    talkPace(
      plan,
      instant(hour * 3600 * SECOND),
      { ...DEFAULT_PARAMETERS, originMicros: 0 },
      LONG_AGO,
      () => 0,
    ).slow;
  expect([HOME, SHIELD, SAVER].map((plan) => slow(plan))).toEqual([false, false, true]);
  // Mobile's public hours, and its night.
  expect([7, 8].map((hour) => slow(MOBILE, hour))).toEqual([false, true]);
});
