import { BOX_BYTES, type Delivered, GEOMETRY, PACKET_NAME_BYTES } from '@sotto/sphinx';
import { ByteReader, ByteWriter, fromHex, instant, type Instant, toHex } from '@sotto/wire';
import { ACQUAINTANCE_STEPS } from './acquaintance.ts';

/** First byte of every stored value: its layout. */
export const RECORD_VERSION = 1;
const HOUR_MICROS = 3_600_000_000;

/** What an expiry is rounded to, µs: an hour, or 1/64 of a shorter life. */
export const expiryGrain = (lifeMicros: number): number =>
  Math.min(HOUR_MICROS, Math.max(1, Math.floor(lifeMicros / 64)));

/**
 * When something that lives `lifeMicros` from `now` expires, rounded up to a whole grain (an hour,
 * or 1/64 of a shorter life): a disk that is seized shows no finer time of arrival, and an alias
 * that is asked often is rarely written.
 */
export function coarseExpiry(now: Instant, lifeMicros: number): Instant {
  const grain = expiryGrain(lifeMicros);
  return instant(Math.ceil((now + lifeMicros) / grain) * grain);
}

/** The parts of a key under `prefix` that are hex of `lengths` bytes; undefined of any other key. */
export function keyParts(
  key: string,
  prefix: string,
  lengths: readonly number[],
): readonly Uint8Array[] | undefined {
  const [head, ...texts] = key.split('/');
  if (head !== prefix || texts.length !== lengths.length) return undefined;
  const parts: Uint8Array[] = [];
  for (const [i, text] of texts.entries()) {
    const part = fromHex(text);
    if (part === undefined || part.length !== lengths[i]) return undefined;
    parts.push(part);
  }
  return parts;
}

const MAIL_RECORD_BYTES = 1 + 8 + PACKET_NAME_BYTES + GEOMETRY.logBytes + GEOMETRY.bodyBytes;

/** Stored mail: version ‖ expiry ‖ η ‖ ζ ‖ δ. */
export const encodeMail = (mail: Delivered, expiresAt: Instant): Uint8Array =>
  new ByteWriter(MAIL_RECORD_BYTES)
    .u8(RECORD_VERSION)
    .u53(expiresAt)
    .put(mail.name)
    .put(mail.log)
    .put(mail.body).bytes;

/** Reads {@link encodeMail}; undefined of any other bytes. */
export function decodeMail(
  bytes: Uint8Array,
): { readonly mail: Delivered; readonly expiresAt: Instant } | undefined {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const expiresAt = instant(reader.u53());
  const name = reader.take(PACKET_NAME_BYTES);
  const log = reader.take(GEOMETRY.logBytes);
  const body = reader.take(GEOMETRY.bodyBytes);
  return reader.done && version === RECORD_VERSION
    ? { mail: { name, log, body }, expiresAt }
    : undefined;
}

/** Where the name stands in {@link encodeMail}. */
const NAME_AT = 1 + 8;

/** Stored expiry of an alias: version ‖ expiry. */
export const encodeExpiry = (expiresAt: Instant): Uint8Array =>
  new ByteWriter(9).u8(RECORD_VERSION).u53(expiresAt).bytes;

/** Reads {@link encodeExpiry}; undefined of any other bytes. */
function decodeExpiry(bytes: Uint8Array): Instant | undefined {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const expiresAt = instant(reader.u53());
  return reader.done && version === RECORD_VERSION ? expiresAt : undefined;
}

/** First byte of a stored client's box that says how well its client is known. */
const KNOWN_VERSION = 2;

/** A stored client's box. */
export interface ClientRecord {
  readonly expiresAt: Instant;
  /** Acquaintance with the client, 0 to {@link ACQUAINTANCE_STEPS}. */
  readonly steps: number;
}

/** Stored box of a guard's client: 2 ‖ expiry ‖ steps. */
export const encodeClient = ({ expiresAt, steps }: ClientRecord): Uint8Array =>
  new ByteWriter(10).u8(KNOWN_VERSION).u53(expiresAt).u8(steps).bytes;

/**
 * Reads {@link encodeClient}, and the expiry alone, which is what stood there before: of such a
 * client nothing else is known, and it keeps its box as if it had long been attached. Nobody's mail
 * is lost by a newer program; whoever filled a guard before has it for one mail life more at most.
 */
export function decodeClient(bytes: Uint8Array): ClientRecord | undefined {
  const before = decodeExpiry(bytes);
  if (before !== undefined) return { expiresAt: before, steps: ACQUAINTANCE_STEPS };
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const expiresAt = instant(reader.u53());
  const steps = reader.u8();
  return reader.done && version === KNOWN_VERSION && steps <= ACQUAINTANCE_STEPS
    ? { expiresAt, steps }
    : undefined;
}

/** A stored alias that accepts mail. */
export interface AliasRecord {
  readonly kind: 'alias';
  readonly boxKey: string;
  readonly expiresAt: Instant;
}

/** Stored mail of an alias. */
export interface MailRecord {
  readonly kind: 'mail';
  readonly boxKey: string;
  readonly expiresAt: Instant;
  /** η, hex. */
  readonly name: string;
  /** As {@link decodeMail} reads it; the caller's own bytes. */
  readonly record: Uint8Array;
}

const ALIAS_KEY = /^alias\/([0-9a-f]+)$/;
const MAIL_KEY = /^mail\/([0-9a-f]+)\/([0-9a-f]+)$/;

/** Whether a key of the store is an aggregation point's. */
export const isMailboxKey = (key: string): boolean =>
  key.startsWith('alias/') || key.startsWith('mail/');

/** Reads a stored entry; undefined when key or value is not one of an aggregation point's. */
export function decodeMailboxRecord(
  key: string,
  value: Uint8Array,
): AliasRecord | MailRecord | undefined {
  return key.startsWith('alias/') ? decodeStoredAlias(key, value) : decodeStoredMail(key, value);
}

/** By the letters of its key, without bytes and back: a node reads all its aliases before it takes packets. */
function decodeStoredAlias(key: string, value: Uint8Array): AliasRecord | undefined {
  const [, boxKey = ''] = ALIAS_KEY.exec(key) ?? [];
  if (boxKey.length !== 2 * BOX_BYTES) return undefined;
  const expiresAt = decodeExpiry(value);
  return expiresAt === undefined ? undefined : { kind: 'alias', boxKey, expiresAt };
}

/** Without a copy of the mail: a node may find a million of them when it starts. */
function decodeStoredMail(key: string, value: Uint8Array): MailRecord | undefined {
  const [, boxKey = '', name = ''] = MAIL_KEY.exec(key) ?? [];
  if (boxKey.length !== 2 * BOX_BYTES || name.length !== 2 * PACKET_NAME_BYTES) return undefined;
  if (value.length !== MAIL_RECORD_BYTES || value[0] !== RECORD_VERSION) return undefined;
  const reader = new ByteReader(value.subarray(1, NAME_AT));
  const expiresAt = instant(reader.u53());
  if (!reader.done) return undefined;
  return toHex(value.subarray(NAME_AT, NAME_AT + PACKET_NAME_BYTES)) === name
    ? { kind: 'mail', boxKey, name, expiresAt, record: value }
    : undefined;
}
