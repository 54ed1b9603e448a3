import { exponentialMicros, fromHex, type Rng } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import vectors from '../../../../spec/vectors/exponential.json' with { type: 'json' };
import { listedRng, seededRng } from './seeded-rng.ts';

const MEAN = 250_000;
const N = 50_000;
/**
 * Threshold for √n·D, where D is Kolmogorov and Smirnov's distance: P(√n·D > 2.226) = 10⁻⁴ in the
 * limit (2·e^(−2x²)). The seed is fixed, so the test either holds always or never.
 */
const KS_THRESHOLD = 2.226;

/** √n times the greatest distance between the sample and Exp(mean). */
function ksDistance(values: readonly number[], mean: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  let distance = 0;
  for (const [i, value] of sorted.entries()) {
    const cumulative = 1 - Math.exp(-value / mean);
    distance = Math.max(
      distance,
      Math.abs(cumulative - i / sorted.length),
      Math.abs(cumulative - (i + 1) / sorted.length),
    );
  }
  return distance * Math.sqrt(sorted.length);
}

function sample(draw: (rng: Rng) => number): number[] {
  const rng = seededRng(20_260);
  return Array.from({ length: N }, () => draw(rng));
}

test('vectors: the same micros in every engine', () => {
  expect(vectors.cases.length).toBeGreaterThan(40);
  for (const { random, meanMicros, micros } of vectors.cases) {
    const bytes = fromHex(random);
    expect(bytes).toHaveLength(12);
    expect(exponentialMicros(listedRng(bytes ?? new Uint8Array(12)), meanMicros)).toBe(micros);
  }
});

test('is exponential: Kolmogorov–Smirnov, n = 50,000', () => {
  expect(
    ksDistance(
      sample((rng) => exponentialMicros(rng, MEAN)),
      MEAN,
    ),
  ).toBeLessThan(KS_THRESHOLD);
});

test('mean and standard deviation are the mean', () => {
  const drawn = sample((rng) => exponentialMicros(rng, MEAN));
  const mean = drawn.reduce((sum, value) => sum + value, 0) / N;
  const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / N;
  // Five standard errors: σ/√n of the mean, and σ·√(8/4n) of the deviation of an exponential law.
  expect(Math.abs(mean - MEAN)).toBeLessThan((5 * MEAN) / Math.sqrt(N));
  expect(Math.abs(Math.sqrt(variance) - MEAN)).toBeLessThan(5 * MEAN * Math.sqrt(2 / N));
});

test('is memoryless: what is left after a wait is exponential again', () => {
  const left = sample((rng) => exponentialMicros(rng, MEAN))
    .filter((value) => value >= MEAN)
    .map((value) => value - MEAN);
  expect(left.length).toBeGreaterThan(N / 4);
  expect(ksDistance(left, MEAN)).toBeLessThan(KS_THRESHOLD);
});

// Faults that a mix, or a slot clock, could really have. Each must be seen.
const faults: Readonly<Record<string, (drawn: number) => number>> = {
  'a clamp at three means': (drawn) => Math.min(drawn, 3 * MEAN),
  'a floor of 10 ms': (drawn) => Math.max(drawn, 10_000),
  'a mean 2 % short': (drawn) => drawn * 0.98,
  'a timer that rounds up to 15 ms': (drawn) => Math.ceil(drawn / 15_000) * 15_000,
};
for (const [name, fault] of Object.entries(faults)) {
  test(`the test above catches ${name}`, () => {
    const drawn = sample((rng) => fault(exponentialMicros(rng, MEAN)));
    expect(ksDistance(drawn, MEAN)).toBeGreaterThan(KS_THRESHOLD);
  });
}

/** The same law by floating point: −ln of the 64 + 32 bits as the specification splits them. */
function reference(bytes: Uint8Array, mean: number): number {
  let halvings = 0;
  while (halvings < 64 && ((bytes[halvings >>> 3] ?? 0) & (0x80 >>> (halvings & 7))) === 0)
    halvings++;
  const place = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8) / 2 ** 32;
  return mean * (halvings * Math.LN2 - Math.log(0.5 + place / 2));
}

test('agrees with the logarithm, any 12 bytes, any mean', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 12, maxLength: 12 }),
    fc
      .nat(12)
      .chain((zeros) =>
        fc
          .uint8Array({ minLength: 12 - zeros, maxLength: 12 - zeros })
          .map((rest) => new Uint8Array([...new Uint8Array(zeros), ...rest])),
      ),
  );
  const mean = fc.oneof(fc.integer({ min: 0, max: 2 ** 30 }), fc.constantFrom(0, 1, 2 ** 40));
  fc.assert(
    fc.property(bytes, mean, (random, meanMicros) => {
      const drawn = exponentialMicros(listedRng(random), meanMicros);
      expect(Number.isSafeInteger(drawn)).toBe(true);
      expect(drawn).toBeGreaterThanOrEqual(0);
      // Interpolating within 1/256 of a halving is off by less than 1/(8·256²) of a mean.
      const bound = meanMicros / (8 * 256 ** 2) + 1;
      expect(Math.abs(drawn - reference(random, meanMicros))).toBeLessThanOrEqual(bound);
    }),
    { numRuns: 2000 },
  );
});

test('more zeros in front never mean a shorter time', () => {
  fc.assert(
    fc.property(fc.nat(62), fc.nat(2 ** 31), (halvings, place) => {
      const draw = (zeros: number): number => {
        const bytes = new Uint8Array(12);
        bytes[zeros >>> 3] = 0x80 >>> (zeros & 7);
        new DataView(bytes.buffer).setUint32(8, place);
        return exponentialMicros(listedRng(bytes), 2 ** 40);
      };
      const step = draw(halvings + 1) - draw(halvings);
      expect(Math.abs(step - Math.LN2 * 2 ** 40)).toBeLessThan(2 ** 9);
    }),
  );
});

test('takes 12 bytes a draw, the mean zero included', () => {
  let taken = 0;
  const counting: Rng = { fill: (out) => void (taken += out.length) };
  for (const mean of [0, 1, MEAN]) exponentialMicros(counting, mean);
  expect(taken).toBe(36);
  expect(exponentialMicros(seededRng(1), 0)).toBe(0);
});

test('the longest is 64 halvings and stays exact', () => {
  const longest = exponentialMicros(listedRng(new Uint8Array(12)), 2 ** 40);
  expect(Number.isSafeInteger(longest)).toBe(true);
  expect(longest).toBe(Math.floor((65 * 2_977_044_472 * 2 ** 40) / 2 ** 32));
});

test('refuses a mean outside 0 to 2^40', () => {
  for (const mean of [-1, 2 ** 40 + 1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => exponentialMicros(seededRng(1), mean)).toThrow(RangeError);
});
