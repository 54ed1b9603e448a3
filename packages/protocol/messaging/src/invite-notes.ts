import {
  ByteReader,
  ByteWriter,
  concat,
  fromUtf8,
  type Instant,
  instant,
  toUtf8,
} from '@sotto/wire';

/** What a person noted of an invite of their own; it is in no link and never sent. */
export interface InviteNote {
  /** What the friend will be called who comes by it. */
  readonly label: string;
  readonly startedAt: Instant;
  /** When it was, or should be, ready. */
  readonly readyAt: Instant;
}

/** Where notes are stored. */
export const NOTE_PREFIX = 'person/note/';

/** The notes of all invites that are open. */
export class InviteNotes {
  readonly #byInvite = new Map<string, InviteNote>();
  readonly #save: (key: string, value: Uint8Array | undefined) => void;

  /** @param save - puts an entry into the store. */
  constructor(save: (key: string, value: Uint8Array | undefined) => void) {
    this.#save = save;
  }

  /** The note of an invite. */
  of(invite: string): InviteNote | undefined {
    return this.#byInvite.get(invite);
  }

  /** Writes one, or changes it. */
  put(invite: string, note: InviteNote): void {
    this.#byInvite.set(invite, note);
    this.#save(NOTE_PREFIX + invite, encode(note));
  }

  /** The invite is open no more. @returns its note. */
  take(invite: string): InviteNote | undefined {
    const note = this.#byInvite.get(invite);
    if (this.#byInvite.delete(invite)) this.#save(NOTE_PREFIX + invite, undefined);
    return note;
  }

  /** Takes back a stored entry. @returns false when it is none. */
  restore(key: string, value: Uint8Array): boolean {
    const reader = new ByteReader(value);
    const startedAt = reader.u53();
    const readyAt = reader.u53();
    const label = fromUtf8(reader.rest());
    if (!reader.ok || label === undefined) return false;
    this.#byInvite.set(key.slice(NOTE_PREFIX.length), {
      label,
      startedAt: instant(startedAt),
      readyAt: instant(readyAt),
    });
    return true;
  }
}

/** Started u53 ‖ ready u53 ‖ label in UTF-8. */
const encode = ({ label, startedAt, readyAt }: InviteNote): Uint8Array =>
  concat(new ByteWriter(16).u53(startedAt).u53(readyAt).bytes, toUtf8(label));
