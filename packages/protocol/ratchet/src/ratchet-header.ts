import { type CryptoSuite, LABELS, MAC_BYTES, NONCE_BYTES, POINT_BYTES } from '@sotto/suite';
import { ByteReader, ByteWriter, concat, equalBytes, wipe } from '@sotto/wire';

/** What a message says of the ratchet (Spec 09 §6.2). */
export interface RatchetHeader {
  /** The sender's ratchet key, 32 bytes. */
  readonly key: Uint8Array;
  /** KEM secrets in the root of this chain, modulo 256. */
  readonly kems: number;
  /** Messages in the sender's chain before this one. */
  readonly previous: number;
  /** Number of this message in its chain. */
  readonly counter: number;
}

/** Ratchet key ‖ KEM secrets u8 ‖ previous u16 ‖ counter u16: 37 bytes. */
const HEADER_BYTES: number = POINT_BYTES + 1 + 2 + 2;

/**
 * Bytes of the tag by which a header key is recognised. It decides nothing but which key to try: what
 * a header says counts only once the body's whole tag, which covers it, holds.
 */
const RECOGNITION_BYTES = 8;

/** Bytes of a header as sent: 45. */
export const SEALED_HEADER_BYTES: number = HEADER_BYTES + RECOGNITION_BYTES;

/** A header in the open; the body's tag covers it in this form. */
export const encodeHeader = (header: RatchetHeader): Uint8Array =>
  new ByteWriter(HEADER_BYTES)
    .put(header.key)
    .u8(header.kems)
    .u16(header.previous)
    .u16(header.counter).bytes;

/**
 * Closes a header. The body's tag, which is different for each message and looks random, is its nonce:
 * so a header key closes a whole chain and no nonce has to travel.
 *
 * @param bodyTag - 16 bytes.
 */
export function sealHeader(
  suite: CryptoSuite,
  headerKey: Uint8Array,
  header: Uint8Array,
  bodyTag: Uint8Array,
): Uint8Array {
  const masked = new Uint8Array(HEADER_BYTES);
  suite.chacha20Xor(masked, header, headerKey, bodyTag.subarray(0, NONCE_BYTES));
  return concat(masked, recognition(suite, headerKey, masked, bodyTag));
}

/** Opens a header with one key; undefined when it was closed with another. */
export function openHeader(
  suite: CryptoSuite,
  headerKey: Uint8Array,
  sealed: Uint8Array,
  bodyTag: Uint8Array,
): RatchetHeader | undefined {
  const masked = sealed.subarray(0, HEADER_BYTES);
  const tag = sealed.subarray(HEADER_BYTES);
  if (!equalBytes(recognition(suite, headerKey, masked, bodyTag), tag)) return undefined;
  const header = new Uint8Array(HEADER_BYTES);
  suite.chacha20Xor(header, masked, headerKey, bodyTag.subarray(0, NONCE_BYTES));
  const reader = new ByteReader(header);
  return {
    key: reader.take(POINT_BYTES),
    kems: reader.u8(),
    previous: reader.u16(),
    counter: reader.u16(),
  };
}

function recognition(
  suite: CryptoSuite,
  headerKey: Uint8Array,
  masked: Uint8Array,
  bodyTag: Uint8Array,
): Uint8Array {
  const message = concat(headerKey, bodyTag, masked);
  const tag = new Uint8Array(MAC_BYTES);
  suite.blake2b(tag, message, LABELS.headerTag);
  wipe(message);
  return tag.subarray(0, RECOGNITION_BYTES);
}
