import { decodeAcknowledgements, encodeAcknowledgements, type MessageId } from '@sotto/reliable';
import { decodeSurb, encodeSurb, type Surb, SURB_BYTES } from '@sotto/sphinx';
import {
  ByteReader,
  ByteWriter,
  concat,
  err,
  fromUtf8,
  ok,
  type Result,
  toUtf8,
} from '@sotto/wire';
import { decodePhotoPart, encodePhotoPart, type PhotoPart } from './photo.ts';
import { decodeLifetime, encodeLifetime, type Lifetime, LIFETIME_BYTES } from './lifetime.ts';
import { decodeIntroduction, encodeIntroduction, type Introduction } from './introduction.ts';
import { decodeWay, encodeWay, type Way, WAY_BYTES } from './way.ts';

/** Most bytes of channel frames in one message. */
const MAX_STREAM_BYTES = 28_000;
/** Longest text of one message, bytes of UTF-8: what fits a message's fragments with room for reply blocks. */
export const MAX_TEXT_BYTES = 28_000;
/** Reply blocks that one message may bring; more are refused, or one peer could fill the store. */
export const MAX_SURBS_PER_MESSAGE = 16;

const TYPE = {
  text: 1,
  acks: 2,
  surbs: 3,
  level: 4,
  stream: 5,
  introduction: 6,
  photo: 8,
  lifetime: 7,
  way: 9,
} as const;
const HEAD_BYTES = 3;
/** Flags u8 ‖ reply block. Its epoch is known by its low byte: it works now or within the horizon. */
const SURB_ITEM_BYTES = 1 + SURB_BYTES;
const LEVEL_BYTES = 2 + 2 + 3;

/** Bytes that a number of reply blocks take in a message. */
export const surbsCost = (count: number): number =>
  count === 0 ? 0 : HEAD_BYTES + count * SURB_ITEM_BYTES;
/** Reply blocks that fit `room` bytes of a message. */
export const surbsThatFit = (room: number): number =>
  Math.max(0, Math.floor((room - HEAD_BYTES) / SURB_ITEM_BYTES));
/** Bytes that a level takes. */
export const LEVEL_COST: number = HEAD_BYTES + LEVEL_BYTES;

/** Bytes that a lifetime takes. */
export const LIFETIME_COST: number = HEAD_BYTES + LIFETIME_BYTES;

/** A reply block as it is handed to a contact. */
export interface HandedSurb {
  /** Whether it ends at the maker's guard: faster, to be used while the maker is there. */
  readonly direct: boolean;
  /** The epoch in which it works, full number. */
  readonly epoch: number;
  readonly surb: Surb;
  /** For the same content, to another mailbox of the maker's. */
  readonly twin?: Surb;
}

/** Reply blocks, as they are counted in a message, of one that was handed. */
export const unitsOf = ({ twin }: HandedSurb): number => (twin === undefined ? 1 : 2);

/** Flags of a reply block in a message. */
const SURB_FLAG = { mailbox: 0, direct: 1, twin: 2 } as const;

/** How many reply blocks of the peer the sender of this holds: the peer's supply follows it. */
export interface Level {
  readonly direct: number;
  /** For a mailbox, current epoch. */
  readonly mailbox: number;
  /** For a mailbox, epochs to come. */
  readonly later: number;
}

/** A level, with what tells which grants it knows of. */
export interface Report extends Level {
  /** Number of this message among those of its sender, modulo 2^16. */
  readonly serial: number;
  /** Highest number received from the peer, modulo 2^16. */
  readonly seen: number;
}

/** What one sealed message carries (Spec 09 §9). */
export interface Items {
  readonly text?: { readonly id: MessageId; readonly text: string };
  /** Frames of channels (Spec 14 §5), as they are. */
  readonly stream?: { readonly id: MessageId; readonly frames: Uint8Array };
  /** One message of an introduction (Spec 09 §9.6). */
  readonly introduction?: { readonly id: MessageId; readonly introduction: Introduction };
  /** One part of a photo (Spec 09 §9.8). */
  readonly photo?: { readonly id: MessageId; readonly part: PhotoPart };
  /** By which way its sender can be found when nothing else is left (Spec 09 §9.9). */
  readonly way?: { readonly id: MessageId; readonly way: Way };
  /** How long messages live: that of the text beside it, and of what follows (Spec 09 §9.7). */
  readonly lifetime?: Lifetime;
  readonly acks: readonly MessageId[];
  /** An empty list of acknowledgements: its sender makes none from now on, until it sends some (Spec 09 §7). */
  readonly declines?: boolean;
  readonly surbs: readonly HandedSurb[];
  readonly report?: Report;
}

/** Why a sealed message's content is refused. Only a contact can cause it. */
export interface ItemsError {
  readonly code: 'item-length' | 'item-type' | 'item-repeated' | 'item-value' | 'item-count';
}

const item = (type: number, value: Uint8Array): Uint8Array =>
  concat(new ByteWriter(HEAD_BYTES).u8(type).u16(value.length).bytes, value);

/** Bytes that a text takes. */
export const textCost = (utf8: Uint8Array): number => HEAD_BYTES + 4 + utf8.length;
/** Bytes that frames of channels take. */
export const streamCost = (length: number): number => HEAD_BYTES + 4 + length;
/** Bytes that a part of a photo takes, of its `length` as encoded. */
export const photoCost = (length: number): number => HEAD_BYTES + 4 + length;
/** Bytes that a message of an introduction takes. */
export const introductionCost = (length: number): number => HEAD_BYTES + 4 + length;
/** Bytes that telling of a way takes. */
export const WAY_COST: number = HEAD_BYTES + 4 + WAY_BYTES;
/** Bytes that a list of acknowledgements takes. */
export const acksCost = (count: number): number => (count === 0 ? 0 : HEAD_BYTES + 1 + 4 * count);

/** Bytes that declining takes. */
export const DECLINE_COST: number = HEAD_BYTES + 1;

/** Type u8 ‖ length u16 ‖ value, one after another. */
export function encodeItems(items: Items): Uint8Array {
  const parts: Uint8Array[] = [];
  if (items.text !== undefined) {
    const id = new ByteWriter(4).u32(items.text.id).bytes;
    parts.push(item(TYPE.text, concat(id, toUtf8(items.text.text))));
  }
  if (items.stream !== undefined) {
    const id = new ByteWriter(4).u32(items.stream.id).bytes;
    parts.push(item(TYPE.stream, concat(id, items.stream.frames)));
  }
  if (items.introduction !== undefined) {
    const id = new ByteWriter(4).u32(items.introduction.id).bytes;
    const value = concat(id, encodeIntroduction(items.introduction.introduction));
    parts.push(item(TYPE.introduction, value));
  }
  if (items.photo !== undefined) {
    const id = new ByteWriter(4).u32(items.photo.id).bytes;
    parts.push(item(TYPE.photo, concat(id, encodePhotoPart(items.photo.part))));
  }
  if (items.way !== undefined) {
    const id = new ByteWriter(4).u32(items.way.id).bytes;
    parts.push(item(TYPE.way, concat(id, encodeWay(items.way.way))));
  }
  if (items.lifetime !== undefined) {
    parts.push(item(TYPE.lifetime, encodeLifetime(items.lifetime)));
  }
  if (items.acks.length > 0 || items.declines === true)
    parts.push(item(TYPE.acks, encodeAcknowledgements(items.acks)));
  if (items.report !== undefined) {
    const { serial, seen, direct, mailbox, later } = items.report;
    const value = new ByteWriter(LEVEL_BYTES)
      .u16(serial)
      .u16(seen)
      .u8(direct)
      .u8(mailbox)
      .u8(later);
    parts.push(item(TYPE.level, value.bytes));
  }
  if (items.surbs.length > 0) {
    const units = items.surbs.reduce((sum, handed) => sum + unitsOf(handed), 0);
    const value = new ByteWriter(units * SURB_ITEM_BYTES);
    for (const { direct, surb, twin } of items.surbs) {
      value.u8(direct ? SURB_FLAG.direct : SURB_FLAG.mailbox).put(encodeSurb(surb));
      if (twin !== undefined) value.u8(SURB_FLAG.twin).put(encodeSurb(twin));
    }
    parts.push(item(TYPE.surbs, value.bytes));
  }
  return concat(...parts);
}

/**
 * Reads a content that a contact sealed: any bytes.
 *
 * @param epoch - the current one, from which a reply block's low byte is counted.
 */
export function decodeItems(bytes: Uint8Array, epoch: number): Result<Items, ItemsError> {
  const reader = new ByteReader(bytes);
  let text: Items['text'];
  let stream: Items['stream'];
  let introduction: Items['introduction'];
  let photo: Items['photo'];
  let way: Items['way'];
  let lifetime: Lifetime | undefined;
  let acks: readonly MessageId[] | undefined;
  let report: Report | undefined;
  const surbs: HandedSurb[] = [];
  while (reader.remaining > 0) {
    const type = reader.u8();
    const value = reader.take(reader.u16());
    if (!reader.ok) return err({ code: 'item-length' });
    switch (type) {
      case TYPE.text: {
        if (text !== undefined) return err({ code: 'item-repeated' });
        text = readText(value);
        if (text === undefined) return err({ code: 'item-value' });
        break;
      }
      case TYPE.stream: {
        if (stream !== undefined) return err({ code: 'item-repeated' });
        stream = readStream(value);
        if (stream === undefined) return err({ code: 'item-value' });
        break;
      }
      case TYPE.introduction: {
        if (introduction !== undefined) return err({ code: 'item-repeated' });
        introduction = readIntroduction(value);
        if (introduction === undefined) return err({ code: 'item-value' });
        break;
      }
      case TYPE.photo: {
        if (photo !== undefined) return err({ code: 'item-repeated' });
        photo = readPhoto(value);
        if (photo === undefined) return err({ code: 'item-value' });
        break;
      }
      case TYPE.way: {
        if (way !== undefined) return err({ code: 'item-repeated' });
        way = readWay(value);
        if (way === undefined) return err({ code: 'item-value' });
        break;
      }
      case TYPE.lifetime: {
        if (lifetime !== undefined) return err({ code: 'item-repeated' });
        lifetime = decodeLifetime(value);
        if (lifetime === undefined) return err({ code: 'item-value' });
        break;
      }
      case TYPE.acks: {
        if (acks !== undefined) return err({ code: 'item-repeated' });
        const list = decodeAcknowledgements(value);
        if (!list.ok) return err({ code: 'item-value' });
        acks = list.value;
        break;
      }
      case TYPE.level: {
        if (report !== undefined) return err({ code: 'item-repeated' });
        if (value.length !== LEVEL_BYTES) return err({ code: 'item-value' });
        const fields = new ByteReader(value);
        const serial = fields.u16();
        const seen = fields.u16();
        report = { serial, seen, direct: fields.u8(), mailbox: fields.u8(), later: fields.u8() };
        break;
      }
      case TYPE.surbs: {
        if (surbs.length > 0) return err({ code: 'item-repeated' });
        const count = value.length / SURB_ITEM_BYTES;
        if (!Number.isInteger(count) || count === 0) return err({ code: 'item-value' });
        if (count > MAX_SURBS_PER_MESSAGE) return err({ code: 'item-count' });
        const list = new ByteReader(value);
        for (let i = 0; i < count; i++) {
          if (!takeHanded(surbs, list.take(SURB_ITEM_BYTES), epoch)) {
            return err({ code: 'item-value' });
          }
        }
        break;
      }
      default:
        return err({ code: 'item-type' });
    }
  }
  return ok({
    acks: acks ?? [],
    ...(acks?.length === 0 ? { declines: true } : {}),
    surbs,
    ...(text === undefined ? {} : { text }),
    ...(stream === undefined ? {} : { stream }),
    ...(introduction === undefined ? {} : { introduction }),
    ...(photo === undefined ? {} : { photo }),
    ...(way === undefined ? {} : { way }),
    ...(lifetime === undefined ? {} : { lifetime }),
    ...(report === undefined ? {} : { report }),
  });
}

function readText(value: Uint8Array): Items['text'] {
  if (value.length > 4 + MAX_TEXT_BYTES) return undefined;
  const reader = new ByteReader(value);
  const id = reader.u32();
  const text = fromUtf8(reader.rest());
  return reader.ok && text !== undefined && id !== 0xffff_ffff ? { id, text } : undefined;
}

function readStream(value: Uint8Array): Items['stream'] {
  if (value.length > 4 + MAX_STREAM_BYTES) return undefined;
  const reader = new ByteReader(value);
  const id = reader.u32();
  const frames = reader.rest();
  return reader.ok && id !== 0xffff_ffff ? { id, frames } : undefined;
}

function readIntroduction(value: Uint8Array): Items['introduction'] {
  const reader = new ByteReader(value);
  const id = reader.u32();
  const introduction = decodeIntroduction(reader.rest());
  return introduction !== undefined && id !== 0xffff_ffff ? { id, introduction } : undefined;
}

function readPhoto(value: Uint8Array): Items['photo'] {
  const reader = new ByteReader(value);
  const id = reader.u32();
  const part = decodePhotoPart(reader.rest());
  return part !== undefined && id !== 0xffff_ffff ? { id, part } : undefined;
}

function readWay(value: Uint8Array): Items['way'] {
  const reader = new ByteReader(value);
  const id = reader.u32();
  const way = decodeWay(reader.rest());
  return reader.ok && way !== undefined && id !== 0xffff_ffff ? { id, way } : undefined;
}

/** Takes one block, or the twin of the one before it. @returns false when it is neither. */
function takeHanded(into: HandedSurb[], value: Uint8Array, epoch: number): boolean {
  const flags = value[0] ?? 0;
  const surb = decodeSurb(value.subarray(1));
  if (flags > SURB_FLAG.twin || !surb.ok) return false;
  // Counted from the epoch before: a block may arrive just after its epoch, and is told apart then.
  const ahead = (surb.value.epoch - ((epoch + 255) % 256) + 256) % 256;
  const of = epoch - 1 + ahead;
  if (flags !== SURB_FLAG.twin) {
    into.push({ direct: flags === SURB_FLAG.direct, epoch: of, surb: surb.value });
    return true;
  }
  const first = into.pop();
  if (first === undefined || first.direct || first.twin !== undefined || first.epoch !== of) {
    return false;
  }
  into.push({ ...first, twin: surb.value });
  return true;
}
