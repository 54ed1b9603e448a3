import { ByteReader, ByteWriter } from '@sotto/wire';

/** What a person decided about a contact, and has not read of theirs. Nothing of it is ever sent. */
export interface ContactSettings {
  /** Nothing is shown of what comes. */
  readonly muted: boolean;
  /** What comes is dropped unread, and nothing goes out. */
  readonly blocked: boolean;
  /** Messages received since the conversation was read. */
  readonly unread: number;
}

/** Where a contact's settings are stored. */
export const SETTINGS_PREFIX = 'person/settings/';

const DEFAULT: ContactSettings = { muted: false, blocked: false, unread: 0 };
const MUTED = 1;
const BLOCKED = 2;
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
    const { muted, blocked, unread } = settings;
    if (muted === before.muted && blocked === before.blocked && unread === before.unread) return;
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
    if (!reader.done || flags > (MUTED | BLOCKED)) return false;
    this.#byContact.set(key.slice(SETTINGS_PREFIX.length), {
      muted: (flags & MUTED) !== 0,
      blocked: (flags & BLOCKED) !== 0,
      unread,
    });
    return true;
  }
}

/** Flags u8 (1 muted, 2 blocked) ‖ unread u32. */
const encode = ({ muted, blocked, unread }: ContactSettings): Uint8Array =>
  new ByteWriter(5).u8((muted ? MUTED : 0) | (blocked ? BLOCKED : 0)).u32(unread).bytes;
