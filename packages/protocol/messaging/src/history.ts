import type { StoredEntry } from '@sotto/endpoint';
import type { MessageId } from '@sotto/reliable';
import {
  ByteReader,
  ByteWriter,
  concat,
  fromUtf8,
  type Instant,
  instant,
  toUtf8,
} from '@sotto/wire';
import { LIFETIMES } from './lifetime.ts';
import { placeOf } from './message-order.ts';

/**
 * `queued`: waits for its slot. `waiting`: no reply block of the other is held; it goes out by itself
 * when one comes. `sent`: left, no acknowledgement yet. `failed`: given up.
 */
export type MessageState = 'queued' | 'waiting' | 'sent' | 'delivered' | 'failed' | 'received';

const STATES: readonly MessageState[] = [
  'queued',
  'waiting',
  'sent',
  'delivered',
  'failed',
  'received',
];

/**
 * Why a message failed. `no-acknowledgement`: given up after many repeats, or when no mailbox kept it
 * any longer. `contact-failed`: its contact never came about. `out-of-reach`: it never left, no reply
 * block is left on either side, and no way back is open; only a new invite leads to the contact.
 */
export type MessageFailure = 'no-acknowledgement' | 'contact-failed' | 'out-of-reach';

const FAILURES: readonly (MessageFailure | undefined)[] = [
  undefined,
  'no-acknowledgement',
  'contact-failed',
  'out-of-reach',
];

/** A message left, or came, by the other's guard or by a mailbox. */
export type MessageWay = 'direct' | 'mailbox';

const WAYS: readonly (MessageWay | undefined)[] = [undefined, 'direct', 'mailbox'];

/** One message of a conversation. */
export interface Message {
  readonly contact: string;
  readonly direction: 'in' | 'out';
  /** Its number in its direction. */
  readonly id: MessageId;
  readonly text: string;
  /** Written, or received. */
  readonly at: Instant;
  readonly state: MessageState;
  /** How it last left, or how it came; of several packets the slower way. */
  readonly via?: MessageWay;
  /** When it last left. */
  readonly leftAt?: Instant;
  /** When its acknowledgement was here. */
  readonly deliveredAt?: Instant;
  readonly failure?: MessageFailure;
  /** It left, and nobody will say whether it came: the contact acknowledges nothing. */
  readonly unconfirmed?: true;
  /** Of one that was not read yet: how long it lives from then on, seconds. */
  readonly life?: number;
  /** When it is erased; one that is still on its way when that is over. */
  readonly expiresAt?: Instant;
}

/** Messages of one conversation that are kept. */
export const MAX_HISTORY = 2000;

/** Where a message is stored. */
export const messageKey = (message: Pick<Message, 'contact' | 'direction' | 'id'>): string =>
  `person/message/${message.contact}/${message.direction}/${message.id.toString(16).padStart(8, '0')}`;

/** Set in the byte of the state. */
const UNCONFIRMED = 0x80;
const TIMED = 0x40;

/**
 * State u8 (128 added where unconfirmed, 64 where it does not live for good) ‖ way u8 ‖ failure u8 ‖
 * written u53 ‖ left u53 ‖ delivered u53 (0: not) ‖ where 64 was added, life u32 ‖ erased u53 (0: not) ‖
 * UTF-8.
 */
export function encodeMessage(message: Message): Uint8Array {
  const { state, via, failure, at, leftAt, deliveredAt, text, unconfirmed } = message;
  const { life, expiresAt } = message;
  const timed = life !== undefined || expiresAt !== undefined;
  const head = new ByteWriter(3 + 3 * 8)
    .u8(STATES.indexOf(state) | (unconfirmed === true ? UNCONFIRMED : 0) | (timed ? TIMED : 0))
    .u8(WAYS.indexOf(via))
    .u8(FAILURES.indexOf(failure))
    .u53(at)
    .u53(leftAt ?? 0)
    .u53(deliveredAt ?? 0);
  const times = timed ? new ByteWriter(12).u32(life ?? 0).u53(expiresAt ?? 0).bytes : EMPTY;
  return concat(head.bytes, times, toUtf8(text));
}

/** Reads a stored message; undefined when key or value are not one. */
export function decodeMessage(key: string, value: Uint8Array): Message | undefined {
  const [, , contact, direction, hex] = key.split('/');
  const reader = new ByteReader(value);
  const flagged = reader.u8();
  const state = STATES[flagged & ~(UNCONFIRMED | TIMED)];
  const timed = (flagged & TIMED) !== 0;
  const unconfirmed = (flagged & UNCONFIRMED) !== 0;
  const way = reader.u8();
  const reason = reader.u8();
  const at = reader.u53();
  const left = reader.u53();
  const delivered = reader.u53();
  const life = timed ? reader.u32() : 0;
  const expires = timed ? reader.u53() : 0;
  const text = fromUtf8(reader.rest());
  if (!LIFETIMES.includes(life)) return undefined;
  if (contact === undefined || hex === undefined || !/^[0-9a-f]{8}$/u.test(hex)) return undefined;
  if (direction !== 'in' && direction !== 'out') return undefined;
  if (!reader.ok || state === undefined || text === undefined) return undefined;
  if (unconfirmed && state !== 'sent') return undefined;
  if (way >= WAYS.length || reason >= FAILURES.length) return undefined;
  const via = WAYS[way];
  const failure = FAILURES[reason];
  return {
    contact,
    direction,
    id: Number.parseInt(hex, 16),
    text,
    at: instant(at),
    state,
    ...(via === undefined ? {} : { via }),
    ...(left === 0 ? {} : { leftAt: instant(left) }),
    ...(delivered === 0 ? {} : { deliveredAt: instant(delivered) }),
    ...(failure === undefined ? {} : { failure }),
    ...(unconfirmed ? { unconfirmed } : {}),
    ...(life === 0 ? {} : { life }),
    ...(expires === 0 ? {} : { expiresAt: instant(expires) }),
  };
}

const EMPTY = new Uint8Array(0);

/** Where messages are stored. */
export const MESSAGE_PREFIX = 'person/message/';

/** The messages among stored entries; `refused` is called for each that cannot be read. */
export function readMessages(stored: Iterable<StoredEntry>, refused: () => void): Message[] {
  const messages: Message[] = [];
  for (const { key, value } of stored) {
    if (value === undefined || !key.startsWith(MESSAGE_PREFIX)) continue;
    const message = decodeMessage(key, value);
    if (message === undefined) refused();
    else messages.push(message);
  }
  return messages;
}

/** Whether nothing more will become of a message: only such a one may be let go of. */
export const isSettled = ({ state, unconfirmed }: Message): boolean =>
  state === 'delivered' || state === 'failed' || state === 'received' || unconfirmed === true;

/** The messages of every conversation, each bounded by {@link MAX_HISTORY}. */
export class History {
  readonly #byKey = new Map<string, Message>();
  /** Each conversation in the order in which it is shown. */
  readonly #byContact = new Map<string, Message[]>();

  /** @param stored - read from the store, in any order. */
  constructor(stored: Iterable<Message>) {
    for (const message of [...stored].toSorted((a, b) => a.at - b.at || a.id - b.id)) {
      this.put(message);
    }
  }

  /** One message, by contact, direction and number. */
  get(which: Pick<Message, 'contact' | 'direction' | 'id'>): Message | undefined {
    return this.#byKey.get(messageKey(which));
  }

  /** A conversation, oldest first; what the mix let overtake each other, as it was written. */
  of(contact: string): readonly Message[] {
    return [...(this.#byContact.get(contact) ?? [])];
  }

  /** Whose conversations there are. */
  contacts(): readonly string[] {
    return [...this.#byContact.keys()];
  }

  /** The newest message of a conversation. */
  last(contact: string): Message | undefined {
    return this.#byContact.get(contact)?.at(-1);
  }

  /** Lets go of the messages of a conversation that `test` names. @returns them. */
  remove(contact: string, test: (message: Message) => boolean): readonly Message[] {
    const messages = this.#byContact.get(contact) ?? [];
    const gone = messages.filter(test);
    for (const message of gone) this.#byKey.delete(messageKey(message));
    this.#byContact.set(
      contact,
      messages.filter((message) => !test(message)),
    );
    if (gone.length === messages.length) this.#byContact.delete(contact);
    return gone;
  }

  /** Adds or changes a message. @returns the one that was let go of for it: the oldest that is settled. */
  put(message: Message): Message | undefined {
    const messages = this.#byContact.get(message.contact) ?? [];
    this.#byContact.set(message.contact, messages);
    const key = messageKey(message);
    const before = this.#byKey.get(key);
    this.#byKey.set(key, message);
    if (before !== undefined) {
      messages[messages.lastIndexOf(before)] = message;
      return undefined;
    }
    messages.splice(placeOf(messages, message, timeOf), 0, message);
    if (messages.length <= MAX_HISTORY) return undefined;
    const oldest = messages.findIndex(isSettled);
    const [old] = oldest < 0 ? [] : messages.splice(oldest, 1);
    if (old !== undefined) this.#byKey.delete(messageKey(old));
    return old;
  }
}

const timeOf = ({ at }: Message): number => at;
