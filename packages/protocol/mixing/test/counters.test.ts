import { expect, test } from 'vitest';
import { Counters, DROP_REASONS } from '../src/index.ts';

test('every reason is named once, and each has a counter that starts at zero', () => {
  expect(new Set(DROP_REASONS).size).toBe(DROP_REASONS.length);
  const counters = new Counters(DROP_REASONS);
  for (const reason of DROP_REASONS) expect(counters.get(reason)).toBe(0);
  for (const reason of ['mac', 'replay', 'replay-filter-full', 'pool-full'] as const)
    expect(DROP_REASONS).toContain(reason);
});

test('counts add up, and a snapshot does not change afterwards', () => {
  const counters = new Counters(['one', 'two']);
  counters.count('one');
  counters.count('two', 3);
  const before = counters.snapshot();
  counters.count('one');
  expect(before).toEqual({ one: 1, two: 3 });
  expect(counters.total).toBe(5);
});

test('there is no catch-all: an unknown name is the caller’s bug', () => {
  const counters = new Counters<string>(['one']);
  expect(() => counters.count('other')).toThrow('"name" expected one of the counters');
  expect(() => counters.get('other')).toThrow('"name" expected one of the counters');
  expect(counters.snapshot()).toEqual({ one: 0 });
});
