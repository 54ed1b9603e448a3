import { type Delivered, GEOMETRY, PACKET_NAME_BYTES } from '@sotto/sphinx';
import { ByteReader, ByteWriter, err, ok, type Result } from '@sotto/wire';

/**
 * Every frame on every link, both ways, is as long as a packet (Spec 10 §3): up a link it is a
 * packet, down a client's link it is mail or filler at a constant interval, and its length says
 * nothing to whoever watches the line.
 */
export const FRAME_BYTES: number = GEOMETRY.packetBytes;

const KIND = { filler: 0, mail: 1 } as const;

/** A frame from a guard to its client. */
export type DownlinkFrame =
  | { readonly kind: 'filler' }
  | { readonly kind: 'mail'; readonly delivered: Delivered };

/** Why a frame is refused. */
export interface FrameError {
  readonly code: 'frame-length' | 'frame-kind';
}

/** 1,600 bytes: kind ‖ η ‖ ζ ‖ δ ‖ zeros (the link encrypts them). */
export function encodeDownlink(frame: DownlinkFrame): Uint8Array {
  const out = new ByteWriter(FRAME_BYTES).u8(KIND[frame.kind]);
  if (frame.kind === 'mail') {
    out.put(frame.delivered.name).put(frame.delivered.log).put(frame.delivered.body);
  }
  return out.bytes;
}

/** Reads what a guard sent; a guard may send anything. */
export function decodeDownlink(bytes: Uint8Array): Result<DownlinkFrame, FrameError> {
  if (bytes.length !== FRAME_BYTES) return err({ code: 'frame-length' });
  const reader = new ByteReader(bytes);
  const kind = reader.u8();
  if (kind === KIND.filler) return ok({ kind: 'filler' });
  if (kind !== KIND.mail) return err({ code: 'frame-kind' });
  const name = reader.take(PACKET_NAME_BYTES);
  const log = reader.take(GEOMETRY.logBytes);
  return ok({ kind: 'mail', delivered: { name, log, body: reader.take(GEOMETRY.bodyBytes) } });
}
