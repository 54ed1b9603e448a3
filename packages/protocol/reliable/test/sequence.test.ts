import { parityFor, Sequence } from '@sotto/reliable';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

test('values come out in the order of their places, whatever order they come in', () => {
  const places = fc
    .uniqueArray(fc.nat(40), { maxLength: 41 })
    .chain((list) => fc.shuffledSubarray(list, { minLength: list.length }));
  fc.assert(
    fc.property(places, (order) => {
      const sequence = new Sequence<string>(64);
      const read: string[] = [];
      for (const place of order) {
        const verdict = sequence.add(place, `at ${place}`);
        expect(verdict).toBe(place === sequence.next ? 'ready' : 'held');
        expect(sequence.add(place, 'another')).toBe('duplicate');
        for (let next = sequence.take(); next !== undefined; next = sequence.take()) {
          read.push(next);
        }
      }
      const gap = Array.from({ length: 42 }, (_, i) => i).find((place) => !order.includes(place));
      expect(read).toEqual(Array.from({ length: gap ?? 0 }, (_, i) => `at ${i}`));
      expect(sequence.size).toBe(order.length - read.length);
    }),
  );
});

test('no more is kept than the window, and what is beyond is refused', () => {
  const sequence = new Sequence<number>(3);
  expect(sequence.add(3, 3)).toBe('beyond');
  expect(sequence.add(2, 2)).toBe('held');
  expect(sequence.add(0xffff_ffff, 0)).toBe('beyond');
  expect(sequence.size).toBe(1);
  expect(sequence.add(0, 0)).toBe('ready');
  expect([sequence.take(), sequence.take()]).toEqual([0, undefined]);
  expect(sequence.add(0, 0)).toBe('duplicate');
  expect(sequence.add(3, 3)).toBe('held');
  sequence.clear();
  expect([sequence.size, sequence.next]).toEqual([0, 1]);
  for (const window of [0, 1.5, 65_536]) expect(() => new Sequence(window)).toThrow('"window"');
});

test('a message of several fragments gets one parity for four, while blocks can be spared', () => {
  expect([1, 2, 4, 5, 8, 29].map((count) => parityFor(count, 40))).toEqual([0, 1, 1, 2, 2, 8]);
  expect([parityFor(8, 1), parityFor(8, 0), parityFor(8, -3)]).toEqual([1, 0, 0]);
});
