import { toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReplayFilter, TagSequence } from '../src/index.ts';
import { seededRng } from './seeded-rng.ts';

const filter = (maxTags = 1 << 16, sequence?: TagSequence): ReplayFilter =>
  new ReplayFilter({ rng: seededRng(1), maxTags, ...(sequence === undefined ? {} : { sequence }) });

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
  );
});

test('it grows to its bound and loses no tag on the way, whichever word differs', () => {
  const made = filter(40_000);
  const tag = (n: number): Uint8Array => numbered(n << 8, 4 * (n % 4));
  for (let n = 1; n <= 40_000; n++) expect(made.add(tag(n))).toBe('new');
  expect(made.full).toBe(true);
  for (let n = 1; n <= 40_000; n++) expect(made.add(tag(n))).toBe('replay');
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

test('new tags are handed out once, with the sequence that they make durable', () => {
  const sequence = new TagSequence();
  const [one, two] = [filter(1000, sequence), filter(1000, sequence)];
  one.addIfNew(numbered(1));
  two.addIfNew(numbered(1));
  one.addIfNew(numbered(2));
  one.addIfNew(numbered(2));
  expect(one.lastSequence).toBe(3);
  expect(one.takeNewTags()).toEqual({
    sequence: 3,
    bytes: Uint8Array.of(...numbered(1), ...numbered(2)),
  });
  expect(two.takeNewTags()?.sequence).toBe(2);
  expect(one.takeNewTags()).toBeUndefined();
  expect(sequence.last).toBe(3);
});

test('what was stored is a replay after a restart, a torn record is not', () => {
  const before = filter();
  for (let n = 1; n <= 600; n++) before.addIfNew(numbered(n));
  const stored = before.takeNewTags();
  if (stored === undefined) throw new Error('nothing to store');
  const later = filter();
  expect(later.load(stored.bytes.subarray(0, stored.bytes.length - 5))).toBe(true);
  expect(later.size).toBe(599);
  expect(later.add(numbered(599))).toBe('replay');
  expect(later.add(numbered(600))).toBe('new');
  expect(later.takeNewTags()).toEqual({ sequence: 1, bytes: numbered(600) });
  expect(filter(10).load(stored.bytes)).toBe(false);
});

test('erased, it takes nothing, and says so to its caller', () => {
  const made = filter();
  made.addIfNew(numbered(1));
  made.erase();
  expect(() => made.addIfNew(numbered(2))).toThrow(TypeError);
  expect(made.takeNewTags()).toBeUndefined();
  expect(made.size).toBe(0);
});

test('a tag of another length, or a bound that no table has, is the caller’s bug', () => {
  expect(() => filter().addIfNew(new Uint8Array(15))).toThrow('"tag" expected 16 bytes, got 15');
  for (const bound of [0, 1.5, 2 ** 28]) expect(() => filter(bound)).toThrow('"maxTags" expected');
});
