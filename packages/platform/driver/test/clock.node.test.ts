import { expect, test } from 'vitest';
import { SystemClock } from '../src/index.ts';

test('counts on from the wall clock at start and never runs backwards', () => {
  let wall = 1_700_000_000_000.25;
  let monotonic = 1234.5678;
  const clock = new SystemClock({ wallMillis: () => wall, monotonicMillis: () => monotonic });
  const first = clock.now();
  expect(first).toBe(1_700_000_000_000_250);
  monotonic += 0.0019;
  expect(clock.now() - first).toBe(1);
  wall -= 3_600_000;
  monotonic += 1000;
  expect(clock.now() - first).toBe(1_000_001);
  monotonic -= 500;
  expect(clock.now() - first).toBe(1_000_001);
  wall += 86_400_000;
  monotonic += 501;
  expect(clock.now() - first).toBe(1_001_001);
  expect(Number.isSafeInteger(clock.now())).toBe(true);
});
