import { HASH_BYTES } from '@sotto/suite';
import { PACKET_NAME_BYTES, type SurbRecord } from '@sotto/sphinx';
import {
  ByteReader,
  ByteWriter,
  DeadlineQueue,
  fromUtf8,
  type Instant,
  instant,
  toHex,
  toUtf8,
  wipe,
} from '@sotto/wire';

/** What a reply block was made for, and so where alone its answer may turn up (Spec 08 §7.2). */
export type RecordPurpose =
  /** One's own cover; back at the guard, with the check under the body seed. */
  | { readonly kind: 'loop'; readonly loop: number; readonly check: Uint8Array }
  /**
   * Given to a contact. `alias` is the mailbox alias it ends in, hexadecimal; without one it ends at
   * the guard. `twin` is the packet name of the block that brings the same to another mailbox.
   */
  | {
      readonly kind: 'contact';
      readonly contact: string;
      readonly alias?: string;
      readonly twin?: Uint8Array;
    }
  /** Waits in a contact point's stash for whoever shows a credential; ends in an alias. */
  | { readonly kind: 'stash'; readonly contactBox: string; readonly alias: string }
  /** Carried in a fetch: an answer, or the alias's mail inside. */
  | {
      readonly kind: 'fetch';
      readonly alias: string;
      readonly answerKey: Uint8Array;
      readonly madeAt: Instant;
    }
  /** Carried in a request for a bundle. */
  | { readonly kind: 'bundle'; readonly request: number; readonly answerKey: Uint8Array };

/** One reply block that its maker waits for. */
export interface ReplyRecord {
  readonly surb: SurbRecord;
  readonly purpose: RecordPurpose;
  /** Full number of its epoch. */
  readonly epoch: number;
  /** When it is given up. */
  readonly expiresAt: Instant;
}

/** Whether a record outlives a restart: blocks that others hold do; cover and requests do not. */
export const isDurable = ({ purpose }: ReplyRecord): boolean =>
  purpose.kind === 'contact' || purpose.kind === 'stash';

/**
 * Records by packet name. Bounded; a record leaves by {@link Records.remove}, which only a body
 * check that passed may cause, or by its time (Spec 08 §7.1).
 */
export class Records {
  readonly #byName = new Map<string, ReplyRecord>();
  readonly #max: number;
  /** Blocks of a contact that are out, by {@link outKey}. */
  readonly #out = new Map<string, number>();
  #deadlines = new DeadlineQueue<string>();

  /** Holds up to `max` records. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Records held. */
  get size(): number {
    return this.#byName.size;
  }

  /** Records that may still be added. */
  get room(): number {
    return this.#max - this.#byName.size;
  }

  /** When the next may expire. */
  get nextAt(): Instant | undefined {
    return this.#deadlines.nextAt;
  }

  /** Files a record by its name. @returns false when there is no room or the name is taken. */
  add(record: ReplyRecord): boolean {
    const key = toHex(record.surb.name);
    if (this.#byName.size >= this.#max || this.#byName.has(key)) return false;
    this.#byName.set(key, record);
    this.#count(record, 1);
    this.#deadlines.push(record.expiresAt, 0, key);
    // Names of records that are gone stay in the heap; rebuilding it now and then bounds it.
    if (this.#deadlines.size > 2 * this.#byName.size + 1024) this.#rebuild();
    return true;
  }

  /**
   * Blocks of one kind and epoch that a contact got and that nothing has come back by: what is
   * really out, whatever the contact says it has. Two twins are one, until either has come.
   */
  outstanding(contact: string, epoch: number, ending: 'direct' | 'mailbox'): number {
    return this.#out.get(outKey(contact, epoch, ending)) ?? 0;
  }

  /** Blocks of all kinds, of this epoch and later ones, that a contact got and that nothing has come back by. */
  outstandingSince(contact: string, epoch: number): number {
    let blocks = 0;
    for (const [key, count] of this.#out) {
      if (key.endsWith(` ${contact}`) && Number.parseInt(key, 10) >= epoch) blocks += count;
    }
    return blocks;
  }

  /** Sets another expiry: an answer's time starts when its request leaves. */
  renew(name: Uint8Array, expiresAt: Instant): void {
    const key = toHex(name);
    const record = this.#byName.get(key);
    if (record === undefined) return;
    this.#byName.set(key, { ...record, expiresAt });
    this.#deadlines.push(expiresAt, 0, key);
  }

  /** The record of a packet name, 16 bytes. */
  get(name: Uint8Array): ReplyRecord | undefined {
    return this.#byName.get(toHex(name));
  }

  /** Takes a record out and wipes its keys. */
  remove(record: ReplyRecord): void {
    const key = toHex(record.surb.name);
    const held = this.#byName.get(key);
    if (held === undefined) return;
    this.#byName.delete(key);
    this.#count(held, -1);
    for (const hopKey of record.surb.hopKeys) wipe(hopKey);
    wipe(record.surb.bodySeed);
  }

  /** Takes out every record whose time has come; returns them. */
  expire(now: Instant): ReplyRecord[] {
    const expired: ReplyRecord[] = [];
    for (let key = this.#deadlines.popDue(now); key !== undefined;) {
      const record = this.#byName.get(key);
      if (record !== undefined && record.expiresAt <= now) {
        expired.push(record);
        this.remove(record);
      }
      key = this.#deadlines.popDue(now);
    }
    return expired;
  }

  /** Every record, in order of filing. */
  values(): IterableIterator<ReplyRecord> {
    return this.#byName.values();
  }

  #count({ purpose, epoch }: ReplyRecord, by: 1 | -1): void {
    if (purpose.kind !== 'contact') return;
    if (purpose.twin !== undefined && !this.#byName.has(toHex(purpose.twin))) return;
    const ending = purpose.alias === undefined ? 'direct' : 'mailbox';
    const key = outKey(purpose.contact, epoch, ending);
    const count = (this.#out.get(key) ?? 0) + by;
    if (count === 0) this.#out.delete(key);
    else this.#out.set(key, count);
  }

  #rebuild(): void {
    this.#deadlines = new DeadlineQueue();
    for (const [key, record] of this.#byName) this.#deadlines.push(record.expiresAt, 0, key);
  }
}

const outKey = (contact: string, epoch: number, ending: 'direct' | 'mailbox'): string =>
  `${epoch} ${ending} ${contact}`;

const VERSION = 1;
const KIND = { contact: 1, contactByMailbox: 2, stash: 3, twin: 4 } as const;

/** A durable record for the store; undefined for one that does not outlive a restart. */
export function encodeRecord(record: ReplyRecord): Uint8Array | undefined {
  const { purpose, surb } = record;
  if (purpose.kind !== 'contact' && purpose.kind !== 'stash') return undefined;
  const owner = toUtf8(purpose.kind === 'contact' ? purpose.contact : purpose.contactBox);
  const alias = toUtf8(purpose.alias ?? '');
  const twin = purpose.kind === 'contact' ? purpose.twin : undefined;
  let kind: number = KIND.contact;
  if (purpose.kind === 'stash') kind = KIND.stash;
  else if (twin !== undefined) kind = KIND.twin;
  else if (purpose.alias !== undefined) kind = KIND.contactByMailbox;
  const keys = surb.hopKeys.length;
  const fixed = 2 + 1 + 4 + 8 + PACKET_NAME_BYTES + HASH_BYTES + 1 + 1;
  const rest = keys * HASH_BYTES + owner.length + alias.length + (twin?.length ?? 0);
  const out = new ByteWriter(fixed + rest)
    .u8(VERSION)
    .u8(kind)
    .u8(keys)
    .u32(record.epoch)
    .u53(record.expiresAt)
    .put(surb.name)
    .put(surb.bodySeed)
    .u8(owner.length)
    .u8(alias.length);
  for (const key of surb.hopKeys) out.put(key);
  return out
    .put(owner)
    .put(alias)
    .put(twin ?? new Uint8Array(0)).bytes;
}

/** Reads what {@link encodeRecord} wrote; undefined of any other bytes. */
export function decodeRecord(bytes: Uint8Array): ReplyRecord | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) return undefined;
  const kind = reader.u8();
  const keys = reader.u8();
  const epoch = reader.u32();
  const expiresAt = reader.u53();
  const name = reader.take(PACKET_NAME_BYTES);
  const bodySeed = reader.take(HASH_BYTES);
  const ownerLength = reader.u8();
  const aliasLength = reader.u8();
  const twinLength = kind === KIND.twin ? PACKET_NAME_BYTES : 0;
  const rest = keys * HASH_BYTES + ownerLength + aliasLength + twinLength;
  if (reader.remaining !== rest) return undefined;
  const hopKeys = Array.from({ length: keys }, () => reader.take(HASH_BYTES));
  const owner = fromUtf8(reader.take(ownerLength));
  const alias = fromUtf8(reader.take(aliasLength));
  const twin = reader.take(twinLength);
  if (!reader.done || owner === undefined || alias === undefined) return undefined;
  const purpose = purposeOf(kind, owner, alias, twin);
  if (purpose === undefined) return undefined;
  const surb = { name, hopKeys, bodySeed };
  return { surb, purpose, epoch, expiresAt: instant(expiresAt) };
}

function purposeOf(
  kind: number,
  owner: string,
  alias: string,
  twin: Uint8Array,
): RecordPurpose | undefined {
  if (kind === KIND.contact) return alias === '' ? { kind: 'contact', contact: owner } : undefined;
  if (alias === '') return undefined;
  if (kind === KIND.contactByMailbox) return { kind: 'contact', contact: owner, alias };
  if (kind === KIND.twin) return { kind: 'contact', contact: owner, alias, twin };
  return kind === KIND.stash ? { kind: 'stash', contactBox: owner, alias } : undefined;
}
