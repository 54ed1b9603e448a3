import { toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  LEAST_TAGS,
  MAX_TABLES,
  MOST_TAGS,
  PLACE_BYTES,
  ReplayFilter,
  TagSequence,
} from '../src/index.ts';
import { suite } from './seeded-rng.ts';

const secret = new Uint8Array(32).fill(9);

const filter = (maxTags = 1 << 16, sequence?: TagSequence): ReplayFilter =>
  new ReplayFilter({ suite, secret, maxTags, ...(sequence === undefined ? {} : { sequence }) });

/** Tags of few distinct values, the zero tag and near twins among them. */
const tags = fc.oneof(
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc.nat({ max: 20 }).map((n) => new Uint8Array(16).fill(n, 12)),
  fc.nat({ max: 20 }).map((n) => new Uint8Array(16).fill(n, 0, 1)),
);

const numbered = (n: number, place = 0): Uint8Array => {
  const tag = new Uint8Array(16);
  new DataView(tag.buffer).setUint32(place, n);
  return tag;
};

test('it is a set: exactly the tags that were there are replays', () => {
  fc.assert(
    fc.property(
      fc.array(tags, { maxLength: 200 }),
      fc.integer({ min: 1, max: 100 }),
      (list, max) => {
        const made = filter(max);
        const model = new Set<string>();
        for (const tag of list) {
          const key = toHex(tag);
          const expected = model.has(key)
            ? 'replay'
            : model.size < max
              ? 'new'
              : 'replay-filter-full';
          expect(made.add(tag)).toBe(expected);
          if (expected === 'new') model.add(key);
          expect(made.size).toBe(model.size);
          expect(made.full).toBe(model.size >= max);
        }
      },
    ),
    // Two tags of one run share place and fingerprint with probability below 10⁻⁵; the seed is fixed.
    { seed: 4, numRuns: 50 },
  );
});

test('it grows table by table to its bound, loses no tag on the way, and its memory follows', () => {
  const most = 3 * LEAST_TAGS;
  const made = filter(most);
  // By stored places, which need no hash: three tables' worth.
  const places = new Uint8Array(PLACE_BYTES * most);
  const view = new DataView(places.buffer);
  for (let n = 0; n < most; n++) {
    view.setUint32(8 * n, Math.imul(n + 1, 0x9e3779b1));
    view.setUint32(8 * n + 4, Math.imul(n + 1, 0x85ebca6b));
  }
  expect(made.bytes).toBe(0);
  expect(made.load(places.subarray(0, PLACE_BYTES))).toBe(true);
  expect(made.bytes).toBeLessThan(3.34 * LEAST_TAGS);
  expect(made.load(places)).toBe(true);
  const { size } = made;
  expect(most - size).toBeLessThan(5);
  expect(made.bytes).toBeLessThan(3.34 * 3 * LEAST_TAGS);
  expect(made.load(places)).toBe(true);
  expect(made.size).toBe(size);
});

test('sixteen tables hold the largest filter', () => {
  let held = LEAST_TAGS;
  for (let tables = 1; tables < MAX_TABLES; tables++) held += Math.max(LEAST_TAGS, held / 2);
  expect(held).toBeGreaterThan(MOST_TAGS);
});

test('what is expected sets the size of the first table', () => {
  const made = filter(2 ** 22);
  made.expect(3_000_000);
  made.add(numbered(1));
  expect(made.bytes / 3_000_000).toBeGreaterThan(3.3);
  expect(made.bytes / 3_000_000).toBeLessThan(3.4);
  const small = filter(1000);
  small.expect(3_000_000);
  small.add(numbered(1));
  expect(small.bytes).toBeLessThan(3400);
});

test('full, it fails closed, and says full apart from replay', () => {
  const made = filter(2);
  expect([made.addIfNew(numbered(1)), made.addIfNew(numbered(2))]).toEqual([true, true]);
  expect(made.lastRefusal).toBeUndefined();
  expect(made.addIfNew(numbered(3))).toBe(false);
  expect(made.lastRefusal).toBe('replay-filter-full');
  expect(made.addIfNew(numbered(2))).toBe(false);
  expect(made.lastRefusal).toBe('replay');
});

test('new places are handed out once, with the sequence that they make durable', () => {
  const sequence = new TagSequence();
  const [one, two] = [filter(1000, sequence), filter(1000, sequence)];
  one.addIfNew(numbered(1));
  two.addIfNew(numbered(1));
  one.addIfNew(numbered(2));
  one.addIfNew(numbered(2));
  expect(one.lastSequence).toBe(3);
  const taken = one.takeNewPlaces();
  expect(taken?.sequence).toBe(3);
  expect(taken?.bytes.length).toBe(2 * PLACE_BYTES);
  expect(two.takeNewPlaces()?.sequence).toBe(2);
  expect(one.takeNewPlaces()).toBeUndefined();
  expect(sequence.last).toBe(3);
});

test('what was stored is a replay after a restart, a torn record is not', () => {
  const before = filter();
  for (let n = 1; n <= 600; n++) before.addIfNew(numbered(n));
  const stored = before.takeNewPlaces();
  if (stored === undefined) throw new Error('nothing to store');
  const later = filter();
  expect(later.load(stored.bytes.subarray(0, stored.bytes.length - 5))).toBe(true);
  expect(later.size).toBe(599);
  expect(later.add(numbered(599))).toBe('replay');
  expect(later.add(numbered(600))).toBe('new');
  expect(later.takeNewPlaces()).toEqual({ sequence: 1, bytes: stored.bytes.slice(-PLACE_BYTES) });
  expect(filter(10).load(stored.bytes)).toBe(false);
});

test('places of one tag under two keys have nothing in common', () => {
  const other = new ReplayFilter({ suite, secret: new Uint8Array(32).fill(8), maxTags: 10 });
  const made = filter();
  made.add(numbered(1));
  other.add(numbered(1));
  expect(other.takeNewPlaces()?.bytes).not.toEqual(made.takeNewPlaces()?.bytes);
});

test('erased, it takes nothing, and says so to its caller', () => {
  const made = filter();
  made.addIfNew(numbered(1));
  made.erase();
  expect(() => made.addIfNew(numbered(2))).toThrow(TypeError);
  expect(made.takeNewPlaces()).toBeUndefined();
  expect([made.size, made.bytes]).toEqual([0, 0]);
});

test('a tag of another length, or a bound that no filter has, is the caller’s bug', () => {
  expect(() => filter().addIfNew(new Uint8Array(15))).toThrow('"tag" expected 16 bytes, got 15');
  for (const bound of [0, 1.5, 2 ** 29]) expect(() => filter(bound)).toThrow('"maxTags" expected');
});
