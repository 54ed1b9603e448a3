import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_PIECES, PIECE_BYTES, PieceCollector, Pieces, piecesOf } from '../src/erasure.ts';

const values = fc
  .integer({ min: 1, max: 80 })
  .chain((count) =>
    fc.uint8Array({ minLength: count * PIECE_BYTES, maxLength: count * PIECE_BYTES }),
  );

test('any pieces that are enough give the value back, in any order', () => {
  fc.assert(
    fc.property(values, fc.infiniteStream(fc.nat(MAX_PIECES - 1)), (value, indices) => {
      const pieces = new Pieces(value);
      const collector = new PieceCollector(value.length);
      const taken = new Set<number>();
      for (const index of indices) {
        if (collector.complete) break;
        taken.add(index);
        collector.add(index, pieces.at(index));
      }
      expect(taken.size).toBe(piecesOf(value.length));
      expect(collector.value()).toEqual(value);
    }),
    { numRuns: 40 },
  );
});

test('the first pieces are the value itself; one less than enough tells nothing of the last', () => {
  const value = Uint8Array.from({ length: 4 * PIECE_BYTES }, (_, i) => i);
  const pieces = new Pieces(value);
  expect(pieces.at(2)).toEqual(value.subarray(2 * PIECE_BYTES, 3 * PIECE_BYTES));
  const collector = new PieceCollector(value.length);
  for (const index of [0, 200, 254]) collector.add(index, pieces.at(index));
  collector.add(200, new Uint8Array(PIECE_BYTES));
  expect(collector.complete).toBe(false);
  collector.add(77, pieces.at(77));
  collector.add(78, new Uint8Array(PIECE_BYTES));
  expect(collector.held.size).toBe(4);
  expect(collector.value()).toEqual(value);
});

test('a wrong piece gives another value: what guards is the seal around it', () => {
  const value = new Uint8Array(3 * PIECE_BYTES).fill(5);
  const pieces = new Pieces(value);
  const collector = new PieceCollector(value.length);
  for (const index of [3, 4]) collector.add(index, pieces.at(index));
  collector.add(5, new Uint8Array(PIECE_BYTES).fill(1));
  expect(collector.value()).not.toEqual(value);
});
