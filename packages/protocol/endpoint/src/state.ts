import { ByteReader, ByteWriter, fromHex, type Instant, instant, toHex } from '@sotto/wire';
import { decodeAlias } from './alias-codec.ts';
import type { Alias } from './aliases.ts';
import type { StoredEntry } from './durable-log.ts';
import { STATE_PREFIX } from './interface.ts';
import { decodeRecord, type ReplyRecord } from './records.ts';
import { decodeStickySets, type StickySets } from './sticky.ts';

/** Key of the sticky sets (Spec 08 §10.1). */
export const STICKY_KEY: string = `${STATE_PREFIX}sticky`;
const ALIAS_PREFIX = `${STATE_PREFIX}alias/`;
const RECORD_PREFIX = `${STATE_PREFIX}record/`;
const CONTACT_POINT_PREFIX = `${STATE_PREFIX}contact-point/`;

/** Key of an alias. @param box - hexadecimal. */
export const aliasKey = (box: string): string => ALIAS_PREFIX + box;
/** Key of a durable record, by its packet name. */
export const recordKey = (name: Uint8Array): string => RECORD_PREFIX + toHex(name);
/** Key of a node that is one's contact point. */
export const contactPointKey = (node: string): string => CONTACT_POINT_PREFIX + node;

const UNTIL_BYTES = 8;

/** Value of a contact point's entry. */
export const encodeUntil = (until: Instant): Uint8Array =>
  new ByteWriter(UNTIL_BYTES).u53(until).bytes;

/** What the store held. */
export interface RestoredState {
  readonly sticky: StickySets | undefined;
  readonly aliases: readonly Alias[];
  readonly records: readonly ReplyRecord[];
  /** Until when each is one. */
  readonly contactPoints: ReadonlyMap<string, Instant>;
  /** Keys of entries that could not be read: a disk that changed them, or another version. */
  readonly refused: readonly string[];
}

/** Reads what an earlier run stored. */
export function restoreState(entries: Iterable<StoredEntry>): RestoredState {
  let sticky: StickySets | undefined;
  const aliases: Alias[] = [];
  const records: ReplyRecord[] = [];
  const contactPoints = new Map<string, Instant>();
  const refused: string[] = [];
  for (const { key, value } of entries) {
    if (value === undefined) continue;
    const alias = key.startsWith(ALIAS_PREFIX)
      ? decodeAlias(key.slice(ALIAS_PREFIX.length), value)
      : undefined;
    const record = key.startsWith(RECORD_PREFIX) ? decodeRecord(value) : undefined;
    const sets = key === STICKY_KEY ? decodeStickySets(value) : undefined;
    const node = key.startsWith(CONTACT_POINT_PREFIX)
      ? key.slice(CONTACT_POINT_PREFIX.length)
      : undefined;
    if (alias !== undefined) aliases.push(alias);
    else if (record !== undefined) records.push(record);
    else if (sets !== undefined) sticky = sets;
    else if (node !== undefined && fromHex(node) !== undefined && value.length === UNTIL_BYTES) {
      contactPoints.set(node, instant(new ByteReader(value).u53()));
    } else refused.push(key);
  }
  return { sticky, aliases, records, contactPoints, refused };
}
