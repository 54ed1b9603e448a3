import {
  checkSnapshot,
  SnapshotDecoder,
  SnapshotEncoder,
  type SnapshotLimits,
} from '@sotto/transport';
import { concat } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const limits: SnapshotLimits = {
  maxSnapshotItems: 20,
  maxSnapshotItemBytes: 50,
  maxSnapshotBytes: 400,
};

/** All pieces of a snapshot. */
function pieces(items: readonly Uint8Array[], pieceBytes: number): Uint8Array[] {
  const encoder = new SnapshotEncoder(items, pieceBytes);
  const all: Uint8Array[] = [];
  while (!encoder.done) all.push(encoder.next());
  expect(encoder.next()).toEqual(new Uint8Array(0));
  return all;
}

const feed = (decoder: SnapshotDecoder, bytes: Uint8Array, step: number): boolean => {
  for (let at = 0; at < bytes.length; at += step) {
    if (!decoder.push(bytes.subarray(at, at + step)).ok) return false;
  }
  return true;
};

test('a snapshot within the limits comes back, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 25 }),
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 200 }),
      (items, step, pieceBytes) => {
        const total = items.reduce((sum, item) => sum + item.length, 0);
        const fits = items.length <= 20 && total <= 400 && items.every((one) => one.length <= 50);
        expect(checkSnapshot(items, limits).ok).toBe(fits);
        if (!fits) return;
        const cut = pieces(items, pieceBytes);
        expect(cut.slice(0, -1).every((piece) => piece.length === pieceBytes)).toBe(true);
        const encoded = concat(...cut);
        expect(encoded.length).toBe(total + 4 * items.length + 4);
        const decoder = new SnapshotDecoder(limits);
        expect(feed(decoder, encoded.subarray(0, -1), step)).toBe(true);
        expect(decoder.items).toBeUndefined();
        expect(feed(decoder, encoded.subarray(-1), step)).toBe(true);
        expect(decoder.items).toEqual(items);
      },
    ),
  );
});

test('any bytes give items, a fault or a wait, never a throw or more than the limits', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 1000 }),
      fc.integer({ min: 1, max: 99 }),
      (bytes, step) => {
        const decoder = new SnapshotDecoder(limits);
        feed(decoder, bytes, step);
        const items = decoder.items ?? [];
        expect(items.length).toBeLessThanOrEqual(limits.maxSnapshotItems);
      },
    ),
  );
});

test('a length beyond the limit is refused before its bytes come, and nothing after a fault or the end', () => {
  const huge = new SnapshotDecoder(limits);
  expect(huge.push(Uint8Array.of(255, 255, 255)).ok).toBe(true);
  expect(huge.push(Uint8Array.of(255)).ok).toBe(false);
  expect(huge.push(Uint8Array.of(0, 0, 0, 0)).ok).toBe(false);
  expect(huge.items).toBeUndefined();
  const ended = new SnapshotDecoder(limits);
  expect(ended.push(Uint8Array.of(0, 0, 0, 0)).ok).toBe(true);
  expect(ended.items).toEqual([]);
  expect(ended.push(Uint8Array.of(0)).ok).toBe(false);
});

test('an empty item is the caller’s bug', () => {
  expect(() => checkSnapshot([new Uint8Array(0)], limits)).toThrow(RangeError);
});
