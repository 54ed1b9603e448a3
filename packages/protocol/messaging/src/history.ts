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
}

/** Messages of one conversation that are kept. */
export const MAX_HISTORY = 2000;

/** Where a message is stored. */
export const messageKey = (message: Pick<Message, 'contact' | 'direction' | 'id'>): string =>
  `person/message/${message.contact}/${message.direction}/${message.id.toString(16).padStart(8, '0')}`;

/** State u8 ‖ time u53 ‖ UTF-8. */
export function encodeMessage(message: Message): Uint8Array {
  const head = new ByteWriter(9).u8(STATES.indexOf(message.state)).u53(message.at);
  return concat(head.bytes, toUtf8(message.text));
}

/** Reads a stored message; undefined when key or value are not one. */
export function decodeMessage(key: string, value: Uint8Array): Message | undefined {
  const [, , contact, direction, hex] = key.split('/');
  const reader = new ByteReader(value);
  const state = STATES[reader.u8()];
  const at = reader.u53();
  const text = fromUtf8(reader.rest());
  if (contact === undefined || hex === undefined || !/^[0-9a-f]{8}$/u.test(hex)) return undefined;
  if (direction !== 'in' && direction !== 'out') return undefined;
  if (!reader.ok || state === undefined || text === undefined) return undefined;
  return { contact, direction, id: Number.parseInt(hex, 16), text, at: instant(at), state };
}

/** Whether nothing more will become of a message: only such a one may be let go of. */
const isSettled = ({ state }: Message): boolean =>
  state === 'delivered' || state === 'failed' || state === 'received';

/** The messages of every conversation, each bounded by {@link MAX_HISTORY}. */
export class History {
  readonly #byContact = new Map<string, Map<string, Message>>();

  /** @param stored - read from the store, in any order. */
  constructor(stored: Iterable<Message>) {
    for (const message of [...stored].toSorted((a, b) => a.at - b.at || a.id - b.id)) {
      this.put(message);
    }
  }

  /** One message, by contact, direction and number. */
  get(which: Pick<Message, 'contact' | 'direction' | 'id'>): Message | undefined {
    return this.#byContact.get(which.contact)?.get(messageKey(which));
  }

  /** A conversation, oldest first. */
  of(contact: string): readonly Message[] {
    return [...(this.#byContact.get(contact)?.values() ?? [])];
  }

  /** Adds or changes a message. @returns the one that was let go of for it: the oldest that is settled. */
  put(message: Message): Message | undefined {
    const messages = this.#byContact.get(message.contact) ?? new Map<string, Message>();
    this.#byContact.set(message.contact, messages);
    messages.set(messageKey(message), message);
    if (messages.size <= MAX_HISTORY) return undefined;
    for (const [key, old] of messages) {
      if (!isSettled(old)) continue;
      messages.delete(key);
      return old;
    }
    return undefined;
  }
}
