import { ByteReader, ByteWriter, isZero } from '@sotto/wire';

/** Bytes of the length prefix inside the seal. */
export const LENGTH_PREFIX_BYTES = 2;

/** @throws RangeError when `paddedLength` is not an integer in 0..65535, or is below the plaintext's. */
export function expectFits(plaintext: Uint8Array, paddedLength: number): void {
  if (!Number.isInteger(paddedLength) || paddedLength < 0 || paddedLength > 0xffff) {
    throw new RangeError(`"paddedLength" expected an integer in 0..65535, got ${paddedLength}`);
  }
  if (plaintext.length > paddedLength) {
    throw new RangeError(
      `"plaintext" expected at most ${paddedLength} bytes, got ${plaintext.length}`,
    );
  }
}

/**
 * length u16 ‖ plaintext ‖ filling ‖ zeros (Spec 09 §4): the sealed length then tells only which
 * padded length was asked for.
 *
 * @param filling - what travels in the padding; no longer than the room that the plaintext leaves.
 * @throws RangeError when it does not fit.
 */
export function pad(
  plaintext: Uint8Array,
  paddedLength: number,
  filling: Uint8Array = new Uint8Array(0),
): Uint8Array {
  expectFits(plaintext, paddedLength);
  return new ByteWriter(LENGTH_PREFIX_BYTES + paddedLength)
    .u16(plaintext.length)
    .put(plaintext)
    .put(filling).bytes;
}

/** What {@link pad} joined; undefined when the length does not fit. */
export function split(
  padded: Uint8Array,
): { readonly plaintext: Uint8Array; readonly rest: Uint8Array } | undefined {
  const reader = new ByteReader(padded);
  const plaintext = reader.take(reader.u16());
  const rest = reader.rest();
  return reader.ok ? { plaintext, rest } : undefined;
}

/** The plaintext alone; undefined when the length does not fit or the padding is not zero. */
export function unpad(padded: Uint8Array): Uint8Array | undefined {
  const parts = split(padded);
  return parts !== undefined && isZero(parts.rest) ? parts.plaintext : undefined;
}
