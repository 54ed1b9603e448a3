import { crc32 } from 'node:zlib';
import { ByteReader, ByteWriter } from '@sotto/wire';

/** First byte of a value with a checksum; the core's own begin with a version, a small number. */
const CHECKED = 0xc5;
const HEAD_BYTES = 5;

const sumOf = (key: string, value: Uint8Array): number => crc32(value, crc32(key));

/**
 * A value for the store with a checksum over it and its key, 5 bytes longer: LevelDB does not look
 * at its own when it reads, and mail with a flipped bit would be sent to its owner again and again.
 */
export function checkedValue(key: string, value: Uint8Array): Uint8Array {
  const out = new ByteWriter(HEAD_BYTES + value.length).u8(CHECKED).u32(sumOf(key, value));
  return out.put(value).bytes;
}

/** What {@link checkedValue} was made of; undefined when it was damaged. Values of older programs have no checksum. */
export function valueOf(key: string, stored: Uint8Array): Uint8Array | undefined {
  if (stored[0] !== CHECKED) return stored;
  const reader = new ByteReader(stored.subarray(1));
  const sum = reader.u32();
  const value = stored.subarray(HEAD_BYTES);
  return reader.ok && sum === sumOf(key, value) ? value : undefined;
}
