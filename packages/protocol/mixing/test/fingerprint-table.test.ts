import { expect, test } from 'vitest';
import { FingerprintTable } from '../src/index.ts';

/** Xorshift32 (Marsaglia 2003), mixed: millions of words for little time. */
function words(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
  };
}

/** A table that holds `count` random entries, how many of `queries` others it takes for one of them, and how many found no place. */
function fill(count: number, queries: number, mask: number): { false: number; refused: number } {
  const word = words(5);
  const table = new FingerprintTable(count);
  let refused = 0;
  for (let i = 0; i < count; i++) {
    const [high, low] = [word(), word() & mask];
    if (!table.has(high, low) && !table.add(high, low)) refused++;
  }
  let found = 0;
  for (let i = 0; i < queries; i++) if (table.has(word(), word() & mask)) found++;
  return { false: found, refused };
}

test('at its load it is wrong about fewer than one new tag in 10⁵, and finds a place for every one; 16-bit fingerprints are caught', () => {
  // Expected 4.3·10⁻⁷ · 600,000 = 0.26; nine or more come with probability below 10⁻¹⁰, at 10⁻⁵ six are expected.
  const made = fill(200_000, 600_000, 0xffffffff);
  expect(made.false).toBeLessThan(6);
  expect(made.refused).toBe(0);
  expect(fill(200_000, 600_000, 0xffff).false).toBeGreaterThan(40);
});

test('what was added is there, however much was moved for later ones', () => {
  const word = words(6);
  const table = new FingerprintTable(30_000);
  const added: [number, number][] = [];
  for (let i = 0; i < 30_000; i++) {
    const entry: [number, number] = [word(), word()];
    if (table.has(...entry)) continue;
    expect(table.add(...entry)).toBe(true);
    added.push(entry);
  }
  expect(added.length).toBeGreaterThan(29_990);
  expect(added.every((entry) => table.has(...entry))).toBe(true);
  expect(table.bytes / 30_000).toBeLessThan(3.34);
});

test('an insertion that finds no place forgets nobody', () => {
  // Two buckets' worth of one fingerprint, so that no move helps.
  const table = new FingerprintTable(1000);
  const places: number[] = [];
  for (let i = 0; i < 1000; i++) {
    const high = Math.imul(i, 0x01000193) >>> 0;
    if (table.add(high, 7)) places.push(high);
    expect(places.every((place) => table.has(place, 7))).toBe(true);
  }
  expect(places.length).toBeLessThanOrEqual(1000);
  const one = new FingerprintTable(1000);
  let taken = 0;
  while (one.add(123, 7)) taken++;
  // Its two buckets are full of twins: the next is refused, closed and with nothing changed.
  expect(taken).toBeLessThanOrEqual(8);
  expect(one.size).toBe(taken);
  expect(one.has(123, 7)).toBe(true);
});

test('full, it refuses; erased, it holds nothing', () => {
  const table = new FingerprintTable(3);
  expect([1, 2, 3, 4].map((n) => table.add(n << 20, n))).toEqual([true, true, true, false]);
  table.erase();
  expect(table.size).toBe(0);
  expect(table.has(1 << 20, 1)).toBe(false);
});
