import type { StoredEntry } from '@sotto/endpoint';
import type { MessageId } from '@sotto/reliable';
import type { Instant, Result } from '@sotto/wire';
import type { Contact } from './contact.ts';
import { encodeIntroduction, type Introduction } from './introduction.ts';
import type { PersonParts } from './person-io.ts';

/** Where messages of introductions are stored until they were acknowledged. */
export const INTRODUCTION_MAIL_PREFIX = 'person/introduction-mail/';

/** Messages of introductions on their way out: numbered, sealed and repeated as texts are (Spec 09 §9.6). */
export class IntroductionMail {
  readonly #parts: PersonParts;
  readonly #byContact = new Map<string, Map<MessageId, Uint8Array>>();
  #listener: ((now: Instant, contact: Contact, introduction: Introduction) => void) | undefined;

  /** Empty. */
  constructor(parts: PersonParts) {
    this.#parts = parts;
  }

  /** Tells `listener` of each that comes in. */
  listen(listener: (now: Instant, contact: Contact, introduction: Introduction) => void): void {
    this.#listener = listener;
  }

  /** One came from a contact. */
  receive(now: Instant, contact: Contact, introduction: Introduction): void {
    this.#listener?.(now, contact, introduction);
  }

  /** Takes one for a contact; it leaves with the next pump. @returns an error when no more messages are taken. */
  send(now: Instant, contact: Contact, introduction: Introduction): Result<MessageId, unknown> {
    const number = contact.outbox.enqueue(now);
    if (!number.ok) return number;
    const value = encodeIntroduction(introduction);
    this.#of(contact.id).set(number.value, value);
    this.#put(contact.id, number.value, value);
    this.#parts.save(contact);
    return number;
  }

  /** What message `id` to a contact brings, if it is one of an introduction. */
  payloadOf(contact: string, id: MessageId): Uint8Array | undefined {
    return this.#byContact.get(contact)?.get(id);
  }

  /** Nothing more is waited for. */
  settled(contact: string, id: MessageId): void {
    if (this.#byContact.get(contact)?.delete(id) === true) this.#put(contact, id, undefined);
  }

  /** A contact is gone. */
  forget(contact: string): void {
    for (const id of this.#byContact.get(contact)?.keys() ?? []) this.#put(contact, id, undefined);
    this.#byContact.delete(contact);
  }

  /** Takes back a stored entry. @returns false when it is none. */
  restore(key: string, value: Uint8Array): boolean {
    const [contact = '', id = ''] = key.slice(INTRODUCTION_MAIL_PREFIX.length).split('/');
    if (!/^[0-9a-f]{8}$/u.test(id)) return false;
    this.#of(contact).set(Number.parseInt(id, 16), value);
    return true;
  }

  #of(contact: string): Map<MessageId, Uint8Array> {
    const held = this.#byContact.get(contact) ?? new Map<MessageId, Uint8Array>();
    this.#byContact.set(contact, held);
    return held;
  }

  #put(contact: string, id: MessageId, value: Uint8Array | undefined): void {
    const key = `${INTRODUCTION_MAIL_PREFIX}${contact}/${id.toString(16).padStart(8, '0')}`;
    this.#parts.endpoint.persist([{ key, value } satisfies StoredEntry]);
  }
}
