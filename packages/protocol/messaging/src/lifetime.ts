import { after, ByteReader, ByteWriter, type Instant, MICROS_PER_SECOND } from '@sotto/wire';
import type { Contact } from './contact.ts';
import type { PersonParts } from './person-io.ts';

/** How long messages of a conversation may live, seconds: for good, an hour, a day, a week. Nothing else is taken from a peer. */
export const LIFETIMES: readonly number[] = [0, 3600, 86_400, 604_800];

/** What the two sides of a conversation have agreed on (Spec 09 §9.7). */
export interface Lifetime {
  /** Of {@link LIFETIMES}. */
  readonly seconds: number;
  /** How many times it was changed: the last change holds. 0: never, and nothing is told. */
  readonly change: number;
}

/** Nobody has set one. */
export const NO_LIFETIME: Lifetime = { seconds: 0, change: 0 };

/** Bytes of a lifetime. */
export const LIFETIME_BYTES = 8;
/** Changes that a peer may be ahead: one step to the highest number would end all changes. */
const MAX_AHEAD = 1024;
const MAX_CHANGE = 0xffff_ffff;
/** How long a side that is told an older lifetime waits for words to say its own with. */
const REPEAT_AFTER_MICROS = 20 * MICROS_PER_SECOND;

/** Change u32 ‖ seconds u32. */
export const encodeLifetime = ({ change, seconds }: Lifetime): Uint8Array =>
  new ByteWriter(LIFETIME_BYTES).u32(change).u32(seconds).bytes;

/** Reads any bytes; undefined when they are no lifetime. */
export function decodeLifetime(bytes: Uint8Array): Lifetime | undefined {
  const reader = new ByteReader(bytes);
  const change = reader.u32();
  const seconds = reader.u32();
  if (!reader.done || change === 0 || !LIFETIMES.includes(seconds)) return undefined;
  return { seconds, change };
}

/** When what begins its life now is erased; undefined when it lives for good. */
export const endOfLife = (now: Instant, seconds: number): Instant | undefined =>
  seconds === 0 ? undefined : after(now, seconds * MICROS_PER_SECOND);

/** Of two changes made at once the shorter life holds. */
const holdsOver = (one: Lifetime, other: Lifetime): boolean =>
  one.change > other.change ||
  (one.change === other.change && (one.seconds || Infinity) < (other.seconds || Infinity));

/** One side sets it. @returns false when there is no such contact. */
export function setLifetime(
  { contacts, settings }: PersonParts,
  now: Instant,
  id: string,
  seconds: number,
): boolean {
  const contact = contacts.get(id);
  if (contact === undefined) return false;
  const { lifetime } = settings.of(id);
  if (lifetime.seconds === seconds) return true;
  const change = Math.min(lifetime.change + 1, MAX_CHANGE);
  settings.change(id, { lifetime: { seconds, change } });
  contact.confirmAt = now;
  return true;
}

/** The other side says what it goes by. */
export function takeLifetime(
  { settings, count, emit }: PersonParts,
  now: Instant,
  contact: Contact,
  told: Lifetime,
): void {
  const { lifetime } = settings.of(contact.id);
  if (told.change > lifetime.change + MAX_AHEAD) {
    count('lifetime-refused');
  } else if (holdsOver(told, lifetime)) {
    settings.change(contact.id, { lifetime: told });
    emit({ kind: 'lifetime-changed', contact: contact.id });
  } else if (holdsOver(lifetime, told)) {
    contact.confirmAt ??= after(now, REPEAT_AFTER_MICROS);
  }
}
