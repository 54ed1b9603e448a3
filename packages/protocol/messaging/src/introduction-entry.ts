import { NAME_BYTES } from '@sotto/sphinx';
import {
  ByteReader,
  ByteWriter,
  concat,
  fromUtf8,
  type Instant,
  instant,
  toUtf8,
} from '@sotto/wire';
import { type IntroductionRole, REFERENCE_BYTES } from './introduction.ts';

/**
 * Where an introduction stands. `offered`: somebody has still to say yes. `accepted`: this side has.
 * `connecting`: both have, and the two are about to meet. `met`: they know each other. Of the
 * introducer's own `connected`: both were told. The rest is over: `declined` by this side, `withdrawn`
 * by the introducer or because the other said no, `failed` to come about.
 */
export type IntroductionState =
  | 'offered'
  | 'accepted'
  | 'connecting'
  | 'met'
  | 'connected'
  | 'declined'
  | 'withdrawn'
  | 'failed';

const STATES: readonly IntroductionState[] = [
  'offered',
  'accepted',
  'connecting',
  'met',
  'connected',
  'declined',
  'withdrawn',
  'failed',
];
const ROLES: readonly IntroductionRole[] = ['inviter', 'invited'];
const OPEN: ReadonlySet<IntroductionState> = new Set(['offered', 'accepted', 'connecting']);

/** One of the two whom one introduces. */
export interface Party {
  readonly contact: string;
  readonly accepted: boolean;
}

interface Common {
  readonly id: string;
  readonly reference: Uint8Array;
  readonly state: IntroductionState;
  readonly at: Instant;
}

/** An introduction that one makes oneself: the inviter, then the invited. */
export interface GivenIntroduction extends Common {
  readonly side: 'introducer';
  readonly parties: readonly [Party, Party];
  /** The inviter's, once it has accepted; erased when it was passed on. */
  readonly invite: Uint8Array;
}

/** An introduction that a contact offers. */
export interface OfferedIntroduction extends Common {
  readonly side: 'introduced';
  readonly role: IntroductionRole;
  /** Who introduces. */
  readonly contact: string;
  readonly name: string;
  readonly note: string;
  /** One's own invite, or the contact that is being met or was; '' before. */
  readonly meeting: string;
}

/** What is kept of an introduction. */
export type IntroductionEntry = GivenIntroduction | OfferedIntroduction;

/** Whether something may still become of it. */
export const isOpen = ({ state }: IntroductionEntry): boolean => OPEN.has(state);

const VERSION = 1;
const SIDE = { introducer: 0, introduced: 1 } as const;

const sized = (bytes: Uint8Array): Uint8Array =>
  concat(new ByteWriter(2).u16(bytes.length).bytes, bytes);
const text = (words: string): Uint8Array => sized(toUtf8(words));

/** Version ‖ side u8 ‖ state u8 ‖ at u53 ‖ reference ‖ the side's own, each with its length u16. */
export function encodeEntry(entry: IntroductionEntry): Uint8Array {
  const head = new ByteWriter(3 + 8 + NAME_BYTES)
    .u8(VERSION)
    .u8(SIDE[entry.side])
    .u8(STATES.indexOf(entry.state))
    .u53(entry.at)
    .put(entry.reference).bytes;
  if (entry.side === 'introduced') {
    const { role, contact, name, note, meeting } = entry;
    const fields = [contact, name, note, meeting].map(text);
    return concat(head, Uint8Array.of(ROLES.indexOf(role)), ...fields);
  }
  const [first, second] = entry.parties;
  const said = (first.accepted ? 1 : 0) + (second.accepted ? 2 : 0);
  const fields = [text(first.contact), text(second.contact), sized(entry.invite)];
  return concat(head, Uint8Array.of(said), ...fields);
}

/** Reads what {@link encodeEntry} wrote; undefined of any other bytes. */
export function decodeEntry(id: string, bytes: Uint8Array): IntroductionEntry | undefined {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const side = reader.u8();
  const state = STATES[reader.u8()];
  const at = instant(reader.u53());
  const reference = reader.take(REFERENCE_BYTES);
  const flag = reader.u8();
  const next = (): Uint8Array => reader.take(reader.u16());
  if (version !== VERSION || state === undefined) return undefined;
  const common = { id, reference, state, at };
  if (side === SIDE.introduced) {
    const [contact, name, note, meeting] = [next(), next(), next(), next()].map(fromUtf8);
    const role = ROLES[flag];
    if (!reader.done || role === undefined || contact === undefined) return undefined;
    if (name === undefined || note === undefined || meeting === undefined) return undefined;
    return { ...common, side: 'introduced', role, contact, name, note, meeting };
  }
  const [first, second] = [fromUtf8(next()), fromUtf8(next())];
  const invite = next();
  if (!reader.done || side !== SIDE.introducer || flag > 3) return undefined;
  if (first === undefined || second === undefined) return undefined;
  const parties = [
    { contact: first, accepted: (flag & 1) !== 0 },
    { contact: second, accepted: (flag & 2) !== 0 },
  ] as const;
  return { ...common, side: 'introducer', parties, invite };
}
