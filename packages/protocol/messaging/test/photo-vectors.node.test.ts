import { readFileSync } from 'node:fs';
import { concat, fromHex, toUtf8 } from '@sotto/wire';
import { expect, test } from 'vitest';
import vectors from '../../../../spec/vectors/photos.json' with { type: 'json' };
import { PHOTOS_FILE, photoVectors } from '../../../../tools/gen-vectors-photos.ts';
import { decodePhotoPart, joinPhoto } from '../src/photo.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);

test('the vectors of photos are what their generator makes', () => {
  expect(JSON.parse(readFileSync(PHOTOS_FILE, 'utf8'))).toEqual(JSON.parse(photoVectors()));
});

test('parts are laid out as in Spec 09 §9.8, and nothing else is one', () => {
  for (const { words, picture, parts } of vectors.photos) {
    const bodies = parts.map((part, i) => {
      expect([...bytes(part).subarray(0, 2)]).toEqual([i, parts.length]);
      return bytes(part).subarray(2);
    });
    const utf8 = toUtf8(words);
    expect(concat(...bodies)).toEqual(concat(Uint8Array.of(utf8.length), utf8, bytes(picture)));
    const read = parts.map((part) => decodePhotoPart(bytes(part))?.bytes ?? new Uint8Array(0));
    expect(joinPhoto(read)).toEqual({ type: 'image/jpeg', bytes: bytes(picture), words });
  }
  for (const part of vectors.refusedParts) expect(decodePhotoPart(bytes(part))).toBeUndefined();
  for (const whole of vectors.refusedPhotos) expect(joinPhoto([bytes(whole)])).toBeUndefined();
});
