import { DEFAULT_PARAMETERS, epochStart } from '@sotto/directory';
import { HOME, MOBILE, SAVER, SHIELD } from '@sotto/endpoint';
import { instant } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextPlanChange, PlanChoice } from '../src/plan-choice.ts';

const HOUR = 3_600_000_000;
const midnight = epochStart(DEFAULT_PARAMETERS, 100);
const at = (hours: number): ReturnType<typeof instant> => instant(midnight + hours * HOUR);

test('a plan may change at 7 and 19 UTC and when the epoch ends, and at no other time', () => {
  const table = [
    [0, 7],
    [6.999, 7],
    [7, 19],
    [18.5, 19],
    [19, 24],
    [23.99, 24],
  ] as const;
  for (const [now, then] of table) {
    expect(nextPlanChange(DEFAULT_PARAMETERS, at(now))).toBe(at(then));
  }
  const short = { ...DEFAULT_PARAMETERS, epochMicros: HOUR / 4 };
  const now = at(3.1);
  expect(nextPlanChange(short, now) - now).toBeLessThanOrEqual(HOUR / 4);
});

test('a choice is stored, comes due once, and can be taken back', () => {
  let entry: Uint8Array | undefined;
  const save = (_: string, value: Uint8Array | undefined): void => void (entry = value);
  const first = new PlanChoice(HOME, undefined, save);
  first.keep();
  expect(new PlanChoice(SAVER, entry, save).current).toBe(HOME);

  expect(first.choose(DEFAULT_PARAMETERS, at(1), SHIELD)).toBe(at(7));
  const second = new PlanChoice(SAVER, entry, save);
  expect(second.current).toBe(HOME);
  expect(second.next).toEqual({ plan: SHIELD, from: at(7) });
  expect(second.due(at(6.9))).toBeUndefined();
  expect(second.due(at(7))).toBe(SHIELD);
  expect(second.due(at(8))).toBeUndefined();
  expect(new PlanChoice(SAVER, entry, save).current).toBe(SHIELD);

  second.choose(DEFAULT_PARAMETERS, at(8), MOBILE);
  expect(second.choose(DEFAULT_PARAMETERS, at(9), SHIELD)).toBe(at(9));
  expect(second.next).toBeUndefined();
  expect(new PlanChoice(SAVER, entry, save).next).toBeUndefined();
});

test('bytes that are no choice count as none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 14 }), (bytes) => {
      const { current } = new PlanChoice(HOME, bytes, () => {});
      expect([HOME, MOBILE, SAVER, SHIELD]).toContain(current);
    }),
  );
  expect(new PlanChoice(HOME, Uint8Array.of(99), () => {}).current).toBe(HOME);
  expect(new PlanChoice(HOME, Uint8Array.of(4, 1), () => {}).current).toBe(HOME);
});
