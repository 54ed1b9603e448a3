import { ByteReader, ByteWriter, concat, fromUtf8, toUtf8 } from '@sotto/wire';

/** Longest picture, bytes. */
export const MAX_PHOTO_BYTES = 60_000;
/** Longest description, bytes of UTF-8. */
export const MAX_PHOTO_WORDS_BYTES = 255;
/** Bytes of each part but the last: five packets, which carry reply blocks beside it. */
export const PHOTO_PART_BYTES = 4096;
/** Parts at most. */
export const MAX_PHOTO_PARTS: number = Math.ceil(
  (1 + MAX_PHOTO_WORDS_BYTES + MAX_PHOTO_BYTES) / PHOTO_PART_BYTES,
);

/** What kinds of picture are sent and shown. */
export type PhotoType = 'image/jpeg' | 'image/png' | 'image/webp';

/** One part of a photo (Spec 09 §9.8). */
export interface PhotoPart {
  /** Which part, from 0; its message's number less this is the photo's. */
  readonly index: number;
  /** How many there are, 1 to `MAX_PHOTO_PARTS`. */
  readonly count: number;
  /** `PHOTO_PART_BYTES`; of the last part 1 to as many. */
  readonly bytes: Uint8Array;
}

/** A photo that is whole. */
export interface Photo {
  readonly type: PhotoType;
  /** The picture, as its sender made it. */
  readonly bytes: Uint8Array;
  /** What it shows, in its sender's words; '' when nothing was said. */
  readonly words: string;
}

const startsWith = (bytes: Uint8Array, at: number, magic: readonly number[]): boolean =>
  magic.every((byte, i) => bytes[at + i] === byte);

/** The kind of picture by its first bytes; undefined when it is none that is shown. */
export function photoType(bytes: Uint8Array): PhotoType | undefined {
  if (startsWith(bytes, 0, [0xff, 0xd8, 0xff])) return 'image/jpeg';
  if (startsWith(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'image/png';
  const riff = startsWith(bytes, 0, [0x52, 0x49, 0x46, 0x46]);
  if (riff && startsWith(bytes, 8, [0x57, 0x45, 0x42, 0x50])) return 'image/webp';
  return undefined;
}

/** Cuts a photo into parts: length of the words u8 ‖ words ‖ picture. The caller has checked the lengths. */
export function cutPhoto(bytes: Uint8Array, words: string): readonly PhotoPart[] {
  const utf8 = toUtf8(words);
  const whole = concat(new ByteWriter(1).u8(utf8.length).bytes, utf8, bytes);
  const count = Math.ceil(whole.length / PHOTO_PART_BYTES);
  return Array.from({ length: count }, (_, index) => ({
    index,
    count,
    bytes: whole.slice(index * PHOTO_PART_BYTES, (index + 1) * PHOTO_PART_BYTES),
  }));
}

/** Puts the parts together, in their order; undefined when it is no picture that is shown. */
export function joinPhoto(parts: readonly Uint8Array[]): Photo | undefined {
  const reader = new ByteReader(concat(...parts));
  const words = fromUtf8(reader.take(reader.u8()));
  const bytes = reader.rest();
  const type = photoType(bytes);
  if (!reader.ok || words === undefined || type === undefined) return undefined;
  return bytes.length > MAX_PHOTO_BYTES ? undefined : { type, bytes, words };
}

/** Index u8 ‖ count u8 ‖ bytes. */
export const encodePhotoPart = ({ index, count, bytes }: PhotoPart): Uint8Array =>
  concat(new ByteWriter(2).u8(index).u8(count).bytes, bytes);

/** Reads what {@link encodePhotoPart} wrote, any bytes; undefined when it is not that. */
export function decodePhotoPart(value: Uint8Array): PhotoPart | undefined {
  const reader = new ByteReader(value);
  const index = reader.u8();
  const count = reader.u8();
  const bytes = reader.rest();
  if (!reader.ok || count > MAX_PHOTO_PARTS || index >= count) return undefined;
  const last = index === count - 1;
  const fits = last ? bytes.length > 0 : bytes.length === PHOTO_PART_BYTES;
  return fits && bytes.length <= PHOTO_PART_BYTES ? { index, count, bytes } : undefined;
}
