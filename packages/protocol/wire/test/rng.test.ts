import { below, chance, choose, randomBytes, type Rng, shuffle, uint32, uint53 } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { listedRng, seededRng } from './seeded-rng.ts';

/**
 * Pearson's statistic of counts against equal shares. The threshold used below, dof + 5·√(2·dof) + 10,
 * is beyond the 1 − 10⁻⁶ quantile of χ² for each number of cells here (dof 1: 18; dof 5: 31;
 * dof 23: 67; dof 255: 378); the seeds are fixed, so the tests cannot flicker.
 */
function chiSquare(counts: readonly number[]): { statistic: number; threshold: number } {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const share = total / counts.length;
  const dof = counts.length - 1;
  return {
    statistic: counts.reduce((sum, count) => sum + (count - share) ** 2 / share, 0),
    threshold: dof + 5 * Math.sqrt(2 * dof) + 10,
  };
}

function expectEven(counts: readonly number[]): void {
  const { statistic, threshold } = chiSquare(counts);
  expect(statistic).toBeLessThan(threshold);
}

test('randomBytes asks for exactly its length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(randomBytes(listedRng(bytes), bytes.length)).toEqual(bytes);
    }),
  );
});

test('uint32 and uint53 are big-endian', () => {
  expect(uint32(listedRng(new Uint8Array([1, 2, 3, 4])))).toBe(0x01020304);
  expect(uint32(listedRng(new Uint8Array(4).fill(255)))).toBe(2 ** 32 - 1);
  expect(uint53(listedRng(new Uint8Array(8).fill(255)))).toBe(Number.MAX_SAFE_INTEGER);
  expect(uint53(listedRng(new Uint8Array(8)))).toBe(0);
  expect(uint53(listedRng(new Uint8Array([0, 0, 8, 0, 0, 0, 0, 5])))).toBe(2 ** 32 + 5);
});

test('below refuses what is no bound', () => {
  for (const bound of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => below(seededRng(1), bound)).toThrow(RangeError);
});

test('below draws again where a remainder would be biased', () => {
  // 2^32 mod 3 = 1: the last value, 2^32 − 1, must not be used.
  const twice = listedRng(new Uint8Array([255, 255, 255, 255, 0, 0, 0, 2]));
  expect(below(twice, 3)).toBe(2);
  // 3·2^30: a quarter of all draws is thrown away; a plain remainder would be biased 2 : 1.
  const counts = [0, 0, 0];
  const rng = seededRng(2);
  for (let i = 0; i < 30_000; i++) {
    const third = Math.floor(below(rng, 3 * 2 ** 30) / 2 ** 30);
    counts[third] = (counts[third] ?? 0) + 1;
  }
  expectEven(counts);
});

test('the χ² test above catches a plain remainder', () => {
  const biased = [0, 0, 0];
  const rng = seededRng(2);
  for (let i = 0; i < 30_000; i++) {
    const third = Math.floor((uint32(rng) % (3 * 2 ** 30)) / 2 ** 30);
    biased[third] = (biased[third] ?? 0) + 1;
  }
  const { statistic, threshold } = chiSquare(biased);
  expect(statistic).toBeGreaterThan(threshold);
});

test('below is even for 1, 2, 6 and 256, and stays below', () => {
  const rng = seededRng(3);
  expect(below(rng, 1)).toBe(0);
  for (const bound of [2, 6, 256]) {
    const counts: number[] = Array.from({ length: bound }, () => 0);
    for (let i = 0; i < 50_000; i++) {
      const drawn = below(rng, bound);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    expect(counts).toHaveLength(bound);
    expectEven(counts);
  }
  expect(below(listedRng(new Uint8Array(4).fill(255)), 2 ** 32)).toBe(2 ** 32 - 1);
});

test('chance is in units of 1/65536', () => {
  const rng = seededRng(4);
  const n = 50_000;
  for (const numerator of [0, 13_107, 16_384, 65_536]) {
    let hits = 0;
    for (let i = 0; i < n; i++) if (chance(rng, numerator)) hits++;
    const p = numerator / 65_536;
    // Five standard errors: 6·10⁻⁷ of a false alarm; exact at 0 and 1.
    expect(Math.abs(hits - n * p)).toBeLessThanOrEqual(5 * Math.sqrt(n * p * (1 - p)));
  }
});

test('choose takes each element evenly, and nothing of nothing', () => {
  const rng = seededRng(5);
  expect(choose(rng, [])).toBeUndefined();
  const counts = new Map<string, number>();
  for (let i = 0; i < 30_000; i++) {
    const letter = choose(rng, ['a', 'b', 'c', 'd']) ?? 'none';
    counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual(['a', 'b', 'c', 'd']);
  expectEven([...counts.values()]);
});

const orders = (draw: (rng: Rng) => readonly number[]): number[] => {
  const counts = new Map<string, number>();
  const rng = seededRng(6);
  for (let i = 0; i < 48_000; i++) {
    const order = draw(rng).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  return [...counts.values()];
};

test('shuffle makes each of the 24 orders of four evenly, in place', () => {
  const list = [0, 1, 2, 3];
  expect(shuffle(seededRng(7), list)).toBe(list);
  expect(list.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
  const counts = orders((rng) => shuffle(rng, [0, 1, 2, 3]));
  expect(counts).toHaveLength(24);
  expectEven(counts);
});

test('the naive exchange shuffle is caught by the same test', () => {
  const counts = orders((rng) => {
    const list = [0, 1, 2, 3];
    for (let i = 0; i < 4; i++) {
      const j = below(rng, 4);
      const held = list[i] ?? 0;
      list[i] = list[j] ?? 0;
      list[j] = held;
    }
    return list;
  });
  const { statistic, threshold } = chiSquare(counts);
  expect(statistic).toBeGreaterThan(threshold);
});
