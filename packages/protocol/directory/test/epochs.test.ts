import {
  acceptedEpochs,
  DEFAULT_PARAMETERS,
  epochAt,
  epochStart,
  nextEpochChange,
} from '@sotto/directory';
import { instant } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const p = DEFAULT_PARAMETERS;
const anyNow = fc
  .integer({ min: 0, max: 400 * p.epochMicros })
  .map((micros) => instant(p.originMicros + micros));
// In epoch 0 there is none before it to fall out of grace.
const afterFirst = anyNow.filter((now) => epochAt(p, now) > 0);

test('edges of an epoch, its grace and the skew before the next', () => {
  const start = epochStart(p, 7);
  const accepted = (offset: number) => acceptedEpochs(p, instant(start + offset));
  expect(accepted(-p.skewMicros - 1)).toEqual([6]);
  expect(accepted(-p.skewMicros)).toEqual([6, 7]);
  expect(accepted(-1)).toEqual([6, 7]);
  expect(accepted(0)).toEqual([6, 7]);
  expect(accepted(p.graceMicros - 1)).toEqual([6, 7]);
  expect(accepted(p.graceMicros)).toEqual([7]);
  expect(epochAt(p, start)).toBe(7);
  expect(epochAt(p, instant(start - 1))).toBe(6);
});

test('a key works in its epoch, skew before and grace after, and at no other time', () => {
  fc.assert(
    fc.property(anyNow, fc.integer({ min: -3, max: 3 }), (now, offset) => {
      const epoch = epochAt(p, now) + offset;
      if (epoch < 0) return;
      const start = epochStart(p, epoch);
      const open = start - p.skewMicros <= now && now < start + p.epochMicros + p.graceMicros;
      expect(acceptedEpochs(p, now).includes(epoch)).toBe(open);
    }),
  );
});

test('the accepted epochs change at the next change and not before', () => {
  fc.assert(
    fc.property(afterFirst, fc.double({ min: 0, max: 1, noNaN: true }), (now, share) => {
      const next = nextEpochChange(p, now);
      expect(next).toBeGreaterThan(now);
      const between = instant(now + Math.floor((next - 1 - now) * share));
      const same = (at: number) =>
        JSON.stringify(acceptedEpochs(p, instant(at))) === JSON.stringify(acceptedEpochs(p, now));
      expect(same(between)).toBe(true);
      // The start of an epoch moves `epochAt` and leaves the accepted ones as they are, unless grace is nil.
      expect(same(next)).toBe(epochStart(p, epochAt(p, next)) === next);
    }),
  );
});

test('before the origin no epoch is accepted but the first within its skew', () => {
  expect(acceptedEpochs(p, instant(p.originMicros - p.skewMicros - 1))).toEqual([]);
  expect(acceptedEpochs(p, instant(p.originMicros - 1))).toEqual([0]);
  expect(acceptedEpochs(p, instant(p.originMicros))).toEqual([0]);
});

test('an epoch that is none throws', () => {
  expect(() => epochStart(p, -1)).toThrow('"epoch"');
  expect(() => epochStart(p, 0.5)).toThrow('"epoch"');
});
