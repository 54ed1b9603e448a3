import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lateness } from '../src/index.ts';

test('a quantile is never below the true one and at most 1/16 above', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(100), fc.nat(100_000), fc.nat(2 ** 31 - 1)), { minLength: 1 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, share) => {
        const lateness = new Lateness();
        for (const value of values) lateness.record(value);
        const sorted = values.toSorted((a, b) => a - b);
        const truth = sorted[Math.max(1, Math.ceil(share * values.length)) - 1] ?? 0;
        const got = lateness.quantile(share);
        expect(got).toBeGreaterThanOrEqual(truth);
        expect(got).toBeLessThanOrEqual(truth * (1 + 1 / 16));
        expect(lateness.maxMicros).toBe(sorted.at(-1));
        expect(lateness.count).toBe(values.length);
      },
    ),
  );
});

test('an empty histogram says 0, and no share outside 0 to 1 is taken', () => {
  const lateness = new Lateness();
  expect([lateness.quantile(0.5), lateness.maxMicros, lateness.count]).toEqual([0, 0, 0]);
  for (const share of [-0.1, 1.1, Number.NaN])
    expect(() => lateness.quantile(share)).toThrow(RangeError);
  lateness.record(2 ** 52);
  expect(lateness.quantile(1)).toBe(2 ** 52);
});
