import {
  decodeLifetime,
  encodeLifetime,
  type Lifetime,
  LIFETIME_BYTES,
  NO_LIFETIME,
} from './lifetime.ts';
import { ByteReader, ByteWriter, concat, fromUtf8, toUtf8 } from '@sotto/wire';

/** What a person decided about a contact, has not read of theirs, and must know of it. Nothing of it is ever sent, but that nothing is acknowledged, and how long messages live. */
export interface ContactSettings {
  /** Nothing is shown of what comes. */
  readonly muted: boolean;
  /** What comes is dropped unread, and nothing goes out. */
  readonly blocked: boolean;
  /** The contact is told that its messages came (Spec 09 §7). */
  readonly acknowledges: boolean;
  /** The contact tells so likewise, as far as it has said. */
  readonly peerAcknowledges: boolean;
  /** Messages received since the conversation was read. */
  readonly unread: number;
  /** What comes from them does not open any more: one of the two uses an older copy of an account (Spec 09 §6.9). */
  readonly outOfStep: boolean;
  /** The safety number that the person compared; '' when none. It counts while it is theirs. */
  readonly compared: string;
  /** How long messages of the conversation live: the one setting that both sides share (Spec 09 §9.7). */
  readonly lifetime: Lifetime;
}

/** Where a contact's settings are stored. */
export const SETTINGS_PREFIX = 'person/settings/';

const DEFAULT: ContactSettings = {
  muted: false,
  blocked: false,
  acknowledges: true,
  peerAcknowledges: true,
  unread: 0,
  outOfStep: false,
  compared: '',
  lifetime: NO_LIFETIME,
};
const FLAG = {
  muted: 1,
  blocked: 2,
  outOfStep: 4,
  declines: 8,
  peerDeclines: 16,
  timed: 32,
} as const;
const ALL_FLAGS = Object.values(FLAG).reduce((all, flag) => all | flag, 0);
/** Twelve groups of five digits and what stands between them. */
const NUMBER_BYTES = 71;
const MAX_UNREAD = 0xffff_ffff;

/** The settings of all contacts. */
export class SettingsBook {
  readonly #byContact = new Map<string, ContactSettings>();
  readonly #save: (key: string, value: Uint8Array | undefined) => void;

  /** @param save - puts an entry into the store. */
  constructor(save: (key: string, value: Uint8Array | undefined) => void) {
    this.#save = save;
  }

  /** Settings of a contact; the default ones when nothing was changed. */
  of(contact: string): ContactSettings {
    return this.#byContact.get(contact) ?? DEFAULT;
  }

  /** Changes some of them. */
  change(contact: string, changes: Partial<ContactSettings>): void {
    const before = this.of(contact);
    const settings = { ...before, ...changes };
    settings.unread = Math.min(settings.unread, MAX_UNREAD);
    if (flagsOf(settings) === flagsOf(before)) {
      const { unread, compared, lifetime } = settings;
      const same = unread === before.unread && lifetime === before.lifetime;
      if (same && compared === before.compared) return;
    }
    this.#byContact.set(contact, settings);
    this.#save(SETTINGS_PREFIX + contact, encode(settings));
  }

  /** A contact is gone. */
  forget(contact: string): void {
    if (this.#byContact.delete(contact)) this.#save(SETTINGS_PREFIX + contact, undefined);
  }

  /** Takes back a stored entry. @returns false when it is none. */
  restore(key: string, value: Uint8Array): boolean {
    const reader = new ByteReader(value);
    const flags = reader.u8();
    const unread = reader.u32();
    const timed = (flags & FLAG.timed) !== 0;
    const lifetime = timed ? decodeLifetime(reader.take(LIFETIME_BYTES)) : NO_LIFETIME;
    const rest = reader.rest();
    const compared = fromUtf8(rest);
    const wellFormed = rest.length === 0 || rest.length === NUMBER_BYTES;
    if (!reader.ok || flags > ALL_FLAGS || compared === undefined || !wellFormed) return false;
    if (lifetime === undefined) return false;
    this.#byContact.set(key.slice(SETTINGS_PREFIX.length), {
      muted: (flags & FLAG.muted) !== 0,
      blocked: (flags & FLAG.blocked) !== 0,
      acknowledges: (flags & FLAG.declines) === 0,
      peerAcknowledges: (flags & FLAG.peerDeclines) === 0,
      unread,
      outOfStep: (flags & FLAG.outOfStep) !== 0,
      compared,
      lifetime,
    });
    return true;
  }
}

const flagsOf = (settings: ContactSettings): number =>
  (settings.muted ? FLAG.muted : 0) |
  (settings.blocked ? FLAG.blocked : 0) |
  (settings.outOfStep ? FLAG.outOfStep : 0) |
  (settings.lifetime.change > 0 ? FLAG.timed : 0) |
  (settings.acknowledges ? 0 : FLAG.declines) |
  (settings.peerAcknowledges ? 0 : FLAG.peerDeclines);

/**
 * Flags u8 (1 muted, 2 blocked, 4 out of step, 8 not acknowledged, 16 acknowledges not, 32 a lifetime was set) ‖ unread u32 ‖
 * the lifetime, 8 bytes or none ‖ the number that was compared, 71 bytes or none.
 */
const encode = (settings: ContactSettings): Uint8Array =>
  concat(
    new ByteWriter(5).u8(flagsOf(settings)).u32(settings.unread).bytes,
    settings.lifetime.change > 0 ? encodeLifetime(settings.lifetime) : new Uint8Array(0),
    toUtf8(settings.compared),
  );
