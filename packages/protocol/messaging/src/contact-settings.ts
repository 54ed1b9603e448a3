import { ByteReader, ByteWriter, concat, fromUtf8, toUtf8 } from '@sotto/wire';

/** What a person decided about a contact, has not read of theirs, and must know of it. Nothing of it is ever sent. */
export interface ContactSettings {
  /** Nothing is shown of what comes. */
  readonly muted: boolean;
  /** What comes is dropped unread, and nothing goes out. */
  readonly blocked: boolean;
  /** Messages received since the conversation was read. */
  readonly unread: number;
  /** What comes from them does not open any more: one of the two uses an older copy of an account (Spec 09 §6.9). */
  readonly outOfStep: boolean;
  /** The safety number that the person compared; '' when none. It counts while it is theirs. */
  readonly compared: string;
}

/** Where a contact's settings are stored. */
export const SETTINGS_PREFIX = 'person/settings/';

const DEFAULT: ContactSettings = {
  muted: false,
  blocked: false,
  unread: 0,
  outOfStep: false,
  compared: '',
};
const FLAG = { muted: 1, blocked: 2, outOfStep: 4 } as const;
const ALL_FLAGS = FLAG.muted | FLAG.blocked | FLAG.outOfStep;
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
    const names = ['muted', 'blocked', 'unread', 'outOfStep', 'compared'] as const;
    if (names.every((name) => settings[name] === before[name])) return;
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
    const rest = reader.rest();
    const compared = fromUtf8(rest);
    const wellFormed = rest.length === 0 || rest.length === NUMBER_BYTES;
    if (!reader.ok || flags > ALL_FLAGS || compared === undefined || !wellFormed) return false;
    this.#byContact.set(key.slice(SETTINGS_PREFIX.length), {
      muted: (flags & FLAG.muted) !== 0,
      blocked: (flags & FLAG.blocked) !== 0,
      unread,
      outOfStep: (flags & FLAG.outOfStep) !== 0,
      compared,
    });
    return true;
  }
}

/** Flags u8 (1 muted, 2 blocked, 4 out of step) ‖ unread u32 ‖ the number that was compared, 71 bytes or none. */
function encode({ muted, blocked, unread, outOfStep, compared }: ContactSettings): Uint8Array {
  const flags =
    (muted ? FLAG.muted : 0) | (blocked ? FLAG.blocked : 0) | (outOfStep ? FLAG.outOfStep : 0);
  return concat(new ByteWriter(5).u8(flags).u32(unread).bytes, toUtf8(compared));
}
