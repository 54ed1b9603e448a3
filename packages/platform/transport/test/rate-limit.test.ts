import { RateLimit, withLimits } from '@sotto/transport';
import { expect, test } from 'vitest';

test('a burst, then one a refill time', () => {
  const limit = new RateLimit(3, 100, 10);
  expect([0, 0, 0, 0].map((at) => limit.take('a', at))).toEqual([true, true, true, false]);
  expect(limit.take('b', 0)).toBe(true);
  expect(limit.take('a', 99)).toBe(false);
  expect(limit.take('a', 100)).toBe(true);
  expect(limit.take('a', 100)).toBe(false);
  expect([1e6, 1e6, 1e6, 1e6].map((at) => limit.take('a', at))).toEqual([true, true, true, false]);
});

test('a full table lets strangers wait, and forgets those who are quiet', () => {
  const limit = new RateLimit(1, 100, 2);
  expect(limit.take('a', 0)).toBe(true);
  expect(limit.take('b', 50)).toBe(true);
  expect(limit.take('c', 60)).toBe(false);
  expect(limit.take('c', 100)).toBe(true);
  expect(limit.take('b', 100)).toBe(false);
});

test('limits that are none are refused', () => {
  expect(() => withLimits({ maxHandshakes: 0 })).toThrow('"maxHandshakes"');
  expect(() => withLimits({ snapshotRequestBytes: 256 })).toThrow('"snapshotRequestBytes"');
  expect(withLimits({ maxHandshakes: 3 }).maxHandshakes).toBe(3);
});
