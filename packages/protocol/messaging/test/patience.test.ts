import { HOME, MOBILE, type Plan, SAVER, SHIELD } from '@sotto/link';
import { instant, MICROS_PER_MS, MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import { fastMicros, LEAST_DIRECT, MOST_DIRECT, talkPace } from '../src/patience.ts';

const NOW = instant(1_800_000_000 * SECOND);
const direct = (plan: Plan, meanMs: number, heard = 0): number =>
  talkPace(plan, NOW, meanMs * MICROS_PER_MS, () => heard).direct;

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
  expect(direct(SAVER, 250)).toBe(10);
});

test('where slots are rare the delays counted with are slow ones', () => {
  const means = { fastMeanMicros: 250 * MICROS_PER_MS, slowMeanMicros: 30 * SECOND };
  const hour = (hours: number): number => fastMicros(MOBILE, instant(hours * 3600 * SECOND), means);
  expect(fastMicros(HOME, NOW, means)).toBe(means.fastMeanMicros);
  expect(fastMicros(SAVER, NOW, means)).toBe(means.slowMeanMicros);
  expect(hour(7)).toBe(means.fastMeanMicros);
  expect(hour(8)).toBe(means.slowMeanMicros);
  expect(direct(SAVER, 30_000)).toBe(13);
});

test('messages are counted over the time of an answer', () => {
  const asked: number[] = [];
  const { answerMicros } = talkPace(HOME, NOW, 250 * MICROS_PER_MS, (within) => {
    asked.push(within);
    return 0;
  });
  expect(answerMicros).toBe(26 * SECOND);
  expect(asked).toEqual([answerMicros]);
});
