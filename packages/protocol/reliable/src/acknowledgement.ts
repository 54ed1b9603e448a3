import { ByteReader, ByteWriter, err, ok, type Result } from '@sotto/wire';

/**
 * Number of a message in one direction of one contact, from 0, in the order of `enqueue`. An integer
 * below 2^32 − 1. It is inside the seal, so that only the peer can name one.
 */
export type MessageId = number;

/** No message has this number: the next one always fits a u32. */
export const MESSAGE_ID_END = 0xffff_ffff;

/**
 * How far the newest number may run ahead of the oldest one that is not settled (Spec 09 §7).
 * Both sides rely on it: the sender keeps within it, so the receiver remembers no more.
 */
export const WINDOW = 256;

/** Acknowledgements in one message at most; the list then takes at most 257 bytes. */
export const MAX_ACKNOWLEDGEMENTS = 64;

/** Why bytes are not a list of acknowledgements. */
export type AcknowledgementError = { readonly code: 'malformed' };

/**
 * Count u8 ‖ count × number u32 (Spec 09 §7).
 *
 * @throws RangeError when there are more than {@link MAX_ACKNOWLEDGEMENTS}, or one is no message number.
 */
export function encodeAcknowledgements(ids: readonly MessageId[]): Uint8Array {
  if (ids.length > MAX_ACKNOWLEDGEMENTS) {
    throw new RangeError(`"ids" expected at most ${MAX_ACKNOWLEDGEMENTS}, got ${ids.length}`);
  }
  const writer = new ByteWriter(1 + 4 * ids.length).u8(ids.length);
  for (const id of ids) {
    checkMessageId(id);
    writer.u32(id);
  }
  return writer.bytes;
}

/** Reads what {@link encodeAcknowledgements} wrote; any bytes, nothing left over. */
export function decodeAcknowledgements(
  bytes: Uint8Array,
): Result<readonly MessageId[], AcknowledgementError> {
  const reader = new ByteReader(bytes);
  const count = reader.u8();
  if (count > MAX_ACKNOWLEDGEMENTS || reader.remaining !== 4 * count) {
    return err({ code: 'malformed' });
  }
  const ids: MessageId[] = [];
  for (let i = 0; i < count; i++) {
    const id = reader.u32();
    if (id === MESSAGE_ID_END) reader.refuse();
    ids.push(id);
  }
  return reader.done ? ok(ids) : err({ code: 'malformed' });
}

/** @throws RangeError when `id` is not a message number. */
export function checkMessageId(id: MessageId): void {
  if (!Number.isInteger(id) || id < 0 || id >= MESSAGE_ID_END) {
    throw new RangeError(`"id" expected an integer in 0..2^32-2, got ${id}`);
  }
}
