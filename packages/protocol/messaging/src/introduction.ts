import { INVITE_BYTES } from '@sotto/ratchet';
import { ByteReader, ByteWriter, concat, fromUtf8, toUtf8 } from '@sotto/wire';

/** Bytes by which two sides of an introduction name it. */
export const REFERENCE_BYTES = 16;
/** Bytes of UTF-8 that somebody is introduced by, 1 to this. */
export const MAX_INTRODUCED_NAME_BYTES = 64;
/** Bytes of UTF-8 of what is said beside it. */
export const MAX_INTRODUCTION_NOTE_BYTES = 256;

/** Which of the two makes the invite, and which accepts it. */
export type IntroductionRole = 'inviter' | 'invited';

/** One message of an introduction (Spec 09 §9.6). */
export type Introduction = { readonly reference: Uint8Array } & (
  | {
      /** Of the introducer: there is somebody whom one could meet. */
      readonly kind: 'offer';
      readonly role: IntroductionRole;
      readonly name: string;
      readonly note: string;
    }
  /** Of one who is introduced; the inviter's brings an invite, 137 bytes. */
  | { readonly kind: 'accept'; readonly invite?: Uint8Array }
  | { readonly kind: 'decline' }
  /** Of the introducer: both have accepted; to the invited with the invite. */
  | { readonly kind: 'connect'; readonly invite?: Uint8Array }
  /** Of the introducer: it comes to nothing. */
  | { readonly kind: 'withdraw' }
);

const KIND = { offer: 1, accept: 2, decline: 3, connect: 4, withdraw: 5 } as const;
const ROLES: readonly (IntroductionRole | undefined)[] = [undefined, 'inviter', 'invited'];

/** Reference ‖ kind u8 ‖ what belongs to it. */
export function encodeIntroduction(introduction: Introduction): Uint8Array {
  const { reference, kind } = introduction;
  const head = new ByteWriter(REFERENCE_BYTES + 1).put(reference).u8(KIND[kind]).bytes;
  switch (kind) {
    case 'offer': {
      const name = toUtf8(introduction.name);
      const fields = Uint8Array.of(ROLES.indexOf(introduction.role), name.length);
      return concat(head, fields, name, toUtf8(introduction.note));
    }
    case 'accept':
    case 'connect':
      return concat(head, introduction.invite ?? new Uint8Array(0));
    case 'decline':
    case 'withdraw':
      return head;
  }
}

/** Reads any bytes; undefined when they are no introduction. */
export function decodeIntroduction(bytes: Uint8Array): Introduction | undefined {
  const reader = new ByteReader(bytes);
  const reference = reader.take(REFERENCE_BYTES);
  const kind = reader.u8();
  if (!reader.ok) return undefined;
  switch (kind) {
    case KIND.offer: {
      const role = ROLES[reader.u8()];
      const length = reader.u8();
      if (length < 1 || length > MAX_INTRODUCED_NAME_BYTES) return undefined;
      const name = fromUtf8(reader.take(length));
      if (reader.remaining > MAX_INTRODUCTION_NOTE_BYTES) return undefined;
      const note = fromUtf8(reader.rest());
      if (!reader.ok || role === undefined || name === undefined || note === undefined) {
        return undefined;
      }
      return { reference, kind: 'offer', role, name, note };
    }
    case KIND.accept:
    case KIND.connect: {
      const name = kind === KIND.accept ? 'accept' : 'connect';
      if (reader.remaining === 0) return { reference, kind: name };
      const invite = reader.rest();
      return invite.length === INVITE_BYTES ? { reference, kind: name, invite } : undefined;
    }
    case KIND.decline:
      return reader.done ? { reference, kind: 'decline' } : undefined;
    case KIND.withdraw:
      return reader.done ? { reference, kind: 'withdraw' } : undefined;
    default:
      return undefined;
  }
}
