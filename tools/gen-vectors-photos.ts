/** Makes spec/vectors/photos.json: parts of a photo, and what is refused (Spec 09 §9.8). */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cutPhoto, encodePhotoPart } from '@sotto/messaging';
import { toHex } from '@sotto/wire';

/** Where the vectors stand. */
export const PHOTOS_FILE: string = fileURLToPath(
  new URL('../spec/vectors/photos.json', import.meta.url),
);

/** Bytes that begin as a JPEG does. */
const picture = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => [0xff, 0xd8, 0xff][i] ?? i & 255);

/** The text of the generated file. */
export function photoVectors(): string {
  const photos = [
    { words: '', length: 4 },
    { words: 'Zoë am Fluß', length: 4100 },
  ].map(({ words, length }) => ({
    words,
    picture: toHex(picture(length)),
    parts: cutPhoto(picture(length), words).map((part) => toHex(encodePhotoPart(part))),
  }));
  const vectors = {
    spec: '09 §9.8',
    what: 'byte strings in lower-case hexadecimal; a part as it stands behind its number',
    photos,
    refusedParts: ['', '00', '0000', '0001', '0000ff', '0101ff', '0010ff', '0002ff'],
    refusedPhotos: ['', '00', '00ffd8', '01ffffd8ff', '05ffd8ff', `00${'00'.repeat(12)}`],
  };
  return `${JSON.stringify(vectors, undefined, 2)}\n`;
}

if (import.meta.main) writeFileSync(PHOTOS_FILE, photoVectors());
