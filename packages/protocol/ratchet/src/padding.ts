import { ByteReader, ByteWriter, isZero } from '@sotto/wire';

/** Bytes of the length prefix inside the seal. */
export const LENGTH_PREFIX_BYTES = 2;

/**
 * length u16 ‖ plaintext ‖ zeros (Spec 09 §4): the sealed length then tells only which padded
 * length was asked for.
 *
 * @throws RangeError when `paddedLength` is not an integer in 0..65535, or is below the plaintext's.
 */
export function pad(plaintext: Uint8Array, paddedLength: number): Uint8Array {
  if (!Number.isInteger(paddedLength) || paddedLength < 0 || paddedLength > 0xffff) {
    throw new RangeError(`"paddedLength" expected an integer in 0..65535, got ${paddedLength}`);
  }
  if (plaintext.length > paddedLength) {
    throw new RangeError(
      `"plaintext" expected at most ${paddedLength} bytes, got ${plaintext.length}`,
    );
  }
  return new ByteWriter(LENGTH_PREFIX_BYTES + paddedLength).u16(plaintext.length).put(plaintext)
    .bytes;
}

/** The plaintext inside; undefined when the length does not fit or the padding is not zero. */
export function unpad(padded: Uint8Array): Uint8Array | undefined {
  const reader = new ByteReader(padded);
  const plaintext = reader.take(reader.u16());
  return reader.ok && isZero(reader.rest()) ? plaintext : undefined;
}
