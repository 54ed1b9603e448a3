import { fromUtf8, toUtf8 } from '@sotto/wire';
import { expect, test } from 'vitest';
import { decodeItems, encodeItems } from '../src/items.ts';
import {
  cutPhoto,
  decodePhotoPart,
  encodePhotoPart,
  joinPhoto,
  MAX_PHOTO_BYTES,
  MAX_PHOTO_PARTS,
  PHOTO_PART_BYTES,
  photoType,
} from '../src/photo.ts';

const jpeg = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => [0xff, 0xd8, 0xff][i] ?? i & 255);

test('the longest photo with the longest words is cut into 15 parts and put together again', () => {
  const words = 'ü'.repeat(127);
  const parts = cutPhoto(jpeg(MAX_PHOTO_BYTES), words);
  expect(parts).toHaveLength(15);
  expect(MAX_PHOTO_PARTS).toBe(15);
  const read = parts.map((part) => decodePhotoPart(encodePhotoPart(part)));
  expect(read).toEqual(parts);
  const photo = joinPhoto(parts.map(({ bytes }) => bytes));
  expect(photo).toEqual({ type: 'image/jpeg', bytes: jpeg(MAX_PHOTO_BYTES), words });
  // Each is an item of a message of its own.
  const [part] = parts;
  if (part === undefined) throw new Error('no part');
  const items = { acks: [], surbs: [], photo: { id: 7, part } };
  expect(decodeItems(encodeItems(items), 1)).toEqual({ ok: true, value: items });
});

test('the kind of picture is told by its bytes alone', () => {
  expect(photoType(jpeg(3))).toBe('image/jpeg');
  expect(photoType(jpeg(2))).toBeUndefined();
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  expect(photoType(png)).toBe('image/png');
  expect(photoType(png.with(7, 0))).toBeUndefined();
  expect(photoType(toUtf8('RIFFxxxxWEBP'))).toBe('image/webp');
  expect(photoType(toUtf8('RIFFxxxxWAVE'))).toBeUndefined();
  expect(photoType(toUtf8('<svg onload="alert(1)">'))).toBeUndefined();
  expect(photoType(toUtf8('GIF89a'))).toBeUndefined();
});

test.each([
  ['nothing', []],
  ['a head alone', [0, 1]],
  ['no parts at all', [0, 0, 1]],
  ['a part beyond the last', [1, 1, 1]],
  ['more parts than there may be', [0, 16, ...new Uint8Array(PHOTO_PART_BYTES)]],
  ['a part that is not full and not the last', [0, 2, 1]],
  ['a part that is too long', [0, 1, ...new Uint8Array(PHOTO_PART_BYTES + 1)]],
])('%s is no part of a photo', (_, bytes) => {
  expect(decodePhotoPart(Uint8Array.from(bytes))).toBeUndefined();
  const value = [0, 0, 0, 1, ...bytes];
  const item = [8, value.length >> 8, value.length & 255, ...value];
  expect(decodeItems(Uint8Array.from(item), 1)).toEqual({
    ok: false,
    error: { code: 'item-value' },
  });
});

test('whatever parts bring, it is a picture with words or nothing', () => {
  expect(joinPhoto([])).toBeUndefined();
  expect(joinPhoto([Uint8Array.of(0)])).toBeUndefined();
  expect(joinPhoto([Uint8Array.of(9, 1)])).toBeUndefined();
  expect(joinPhoto([Uint8Array.of(1, 0xff, ...jpeg(9))])).toBeUndefined();
  expect(joinPhoto([Uint8Array.of(0), jpeg(MAX_PHOTO_BYTES + 1)])).toBeUndefined();
  const [part] = cutPhoto(toUtf8('<script>'), '');
  expect(joinPhoto([part?.bytes ?? new Uint8Array(0)])).toBeUndefined();
  expect(fromUtf8(joinPhoto([Uint8Array.of(1, 0x61, ...jpeg(9))])?.bytes ?? jpeg(0))).toBe(
    undefined,
  );
});
