import {
  ByteReader,
  ByteWriter,
  concat,
  err,
  fromHex,
  fromUtf8,
  ok,
  type Result,
  toHex,
  toUtf8,
} from '@sotto/wire';
import { MAX_FRAMES, MAX_NAME_BYTES } from './limits.ts';

/** Name of a channel between two people: 8 random bytes in hexadecimal, drawn by who opens it. */
export type ChannelId = string;

/** Bytes of a channel's name. */
export const CHANNEL_ID_BYTES = 8;

/**
 * Why a channel was cut off (Spec 14 §5). `refused`: nobody takes what has this name. `cancelled`: one
 * side had enough. `unknown`: the peer knows of no such channel. `busy`: too many are open. `violation`:
 * more came than was allowed. `given-up`: something was never acknowledged. `restarted`: the peer's
 * program is another one than before.
 */
export type ResetReason =
  | 'refused'
  | 'cancelled'
  | 'unknown'
  | 'busy'
  | 'violation'
  | 'given-up'
  | 'restarted';

const REASONS: readonly ResetReason[] = [
  'refused',
  'cancelled',
  'unknown',
  'busy',
  'violation',
  'given-up',
  'restarted',
];

/** Bytes of a channel at one place of its order. */
export interface DataFrame {
  readonly kind: 'data';
  readonly id: ChannelId;
  readonly place: number;
  /** The channel's name, while its opener does not know that it was heard. */
  readonly opens?: string;
  /** Nothing follows in this direction. */
  readonly ends: boolean;
  readonly bytes: Uint8Array;
}

/** What one message carries (Spec 14 §5). */
export type Frame =
  | DataFrame
  /** How many bytes may be sent from the channel's start on. */
  | { readonly kind: 'credit'; readonly id: ChannelId; readonly limit: number }
  | { readonly kind: 'reset'; readonly id: ChannelId; readonly reason: ResetReason }
  /** The sender's program is another one: it knows of no channel. */
  | { readonly kind: 'restart' };

/** Why bytes are not frames; only a contact can cause it. */
export interface FramesError {
  readonly code: 'frame-length' | 'frame-kind' | 'frame-value' | 'frame-count';
}

const KIND = { data: 1, credit: 2, reset: 3, restart: 4 } as const;
const OPENS = 1;
const ENDS = 2;
const DATA_HEAD = 1 + CHANNEL_ID_BYTES + 1 + 4 + 2;

/** Bytes of a data frame beside what it carries. */
export const dataCost = (opens: string | undefined): number =>
  DATA_HEAD + (opens === undefined ? 0 : 1 + toUtf8(opens).length);
/** Bytes of a credit. */
export const CREDIT_COST: number = 1 + CHANNEL_ID_BYTES + 8;
/** Bytes of a reset. */
export const RESET_COST: number = 1 + CHANNEL_ID_BYTES + 1;
/** Bytes of a restart. */
export const RESTART_COST = 1;

const idBytes = (id: ChannelId): Uint8Array => {
  const bytes = fromHex(id);
  if (bytes?.length !== CHANNEL_ID_BYTES) {
    throw new RangeError(`"id" expected ${CHANNEL_ID_BYTES} bytes in hexadecimal, got ${id}`);
  }
  return bytes;
};

/** Frames one after another. */
export const encodeFrames = (frames: readonly Frame[]): Uint8Array =>
  concat(...frames.map(encodeFrame));

function encodeFrame(frame: Frame): Uint8Array {
  switch (frame.kind) {
    case 'data': {
      const { opens, ends, place, bytes } = frame;
      const flags = (opens === undefined ? 0 : OPENS) | (ends ? ENDS : 0);
      const writer = new ByteWriter(dataCost(opens) + bytes.length)
        .u8(KIND.data)
        .put(idBytes(frame.id))
        .u8(flags)
        .u32(place);
      if (opens !== undefined) {
        const name = toUtf8(opens);
        writer.u8(name.length).put(name);
      }
      return writer.u16(bytes.length).put(bytes).bytes;
    }
    case 'credit':
      return new ByteWriter(CREDIT_COST).u8(KIND.credit).put(idBytes(frame.id)).u53(frame.limit)
        .bytes;
    case 'reset': {
      const reason = REASONS.indexOf(frame.reason) + 1;
      return new ByteWriter(RESET_COST).u8(KIND.reset).put(idBytes(frame.id)).u8(reason).bytes;
    }
    case 'restart':
      return new ByteWriter(RESTART_COST).u8(KIND.restart).bytes;
  }
}

/** Reads the frames of a message: any bytes, nothing left over. */
export function decodeFrames(bytes: Uint8Array): Result<readonly Frame[], FramesError> {
  const reader = new ByteReader(bytes);
  const frames: Frame[] = [];
  while (reader.remaining > 0) {
    if (frames.length === MAX_FRAMES) return err({ code: 'frame-count' });
    const kind = reader.u8();
    const frame = READ.get(kind)?.(reader);
    if (!reader.ok) return err({ code: 'frame-length' });
    if (frame === undefined) return err({ code: READ.has(kind) ? 'frame-value' : 'frame-kind' });
    frames.push(frame);
  }
  return ok(frames);
}

const READ: ReadonlyMap<number, (reader: ByteReader) => Frame | undefined> = new Map([
  [KIND.data, readData],
  [KIND.credit, readCredit],
  [KIND.reset, readReset],
  [KIND.restart, (): Frame => ({ kind: 'restart' })],
]);

function readData(reader: ByteReader): Frame | undefined {
  const id = toHex(reader.take(CHANNEL_ID_BYTES));
  const flags = reader.u8();
  const place = reader.u32();
  let opens: string | undefined;
  if ((flags & OPENS) !== 0) {
    const length = reader.u8();
    if (length < 1 || length > MAX_NAME_BYTES) return undefined;
    opens = fromUtf8(reader.take(length));
    if (opens === undefined) return undefined;
  }
  const bytes = reader.take(reader.u16());
  const ends = (flags & ENDS) !== 0;
  if (flags > (OPENS | ENDS)) return undefined;
  // Nothing to open, nothing to end, nothing to say.
  if (opens === undefined && !ends && bytes.length === 0) return undefined;
  return { kind: 'data', id, place, ends, bytes, ...(opens === undefined ? {} : { opens }) };
}

function readCredit(reader: ByteReader): Frame {
  return {
    kind: 'credit',
    id: toHex(reader.take(CHANNEL_ID_BYTES)),
    limit: reader.u53(),
  };
}

function readReset(reader: ByteReader): Frame | undefined {
  const id = toHex(reader.take(CHANNEL_ID_BYTES));
  const reason = REASONS[reader.u8() - 1];
  return reason === undefined ? undefined : { kind: 'reset', id, reason };
}
