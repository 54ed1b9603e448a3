import { ByteReader, ByteWriter, err, MICROS_PER_SECOND, ok, type Result } from '@sotto/wire';
import { FRAME_BYTES } from './frame.ts';

/**
 * How long after the first packet without a receipt the next receipt of a link leaves. By the
 * clock, so that its time says nothing of what became of the packets.
 */
export const RECEIPT_INTERVAL_MICROS: number = MICROS_PER_SECOND;
/** Packets without a receipt for which one leaves earlier: what the other side holds meanwhile stays small. */
export const RECEIPT_PACKETS = 256;

/** Told from the first byte of a packet, which is a version. */
const RECEIPT_KIND = 2;
const COUNT_BYTES = 8;

/** Why a frame is no receipt. */
export interface ReceiptError {
  readonly code: 'receipt-invalid';
}

/**
 * A receipt (Spec 10 §3.5): kind ‖ count u53 ‖ zeros, as long as every frame.
 *
 * @param count - packets of this link, from its beginning, that are done with.
 */
export function encodeReceipt(count: number): Uint8Array {
  return new ByteWriter(FRAME_BYTES).u8(RECEIPT_KIND).u53(count).bytes;
}

/** Reads the count of a receipt; a node may send anything on a link that was opened to it. */
export function decodeReceipt(bytes: Uint8Array): Result<number, ReceiptError> {
  if (bytes.length !== FRAME_BYTES) return err({ code: 'receipt-invalid' });
  const reader = new ByteReader(bytes.subarray(0, 1 + COUNT_BYTES));
  const kind = reader.u8();
  const count = reader.u53();
  return kind === RECEIPT_KIND && reader.done ? ok(count) : err({ code: 'receipt-invalid' });
}
