import type { MessageId } from '@sotto/reliable';
import type { Instant } from '@sotto/wire';
import { type History, isSettled, type Message } from './history.ts';
import { endOfLife } from './lifetime.ts';
import type { PersonParts } from './person-io.ts';

/** What becomes of a message that went out. */
export type MessageChange = Pick<Message, 'state'> &
  Partial<
    Pick<Message, 'via' | 'leftAt' | 'deliveredAt' | 'failure' | 'unconfirmed' | 'expiresAt'>
  >;

/** Says in terms of which message a change is told; undefined when it is not. */
type Route = (
  contact: string,
  id: MessageId,
  change: MessageChange,
) => { readonly id: MessageId; readonly change: MessageChange } | undefined;

/** The words of all conversations, in memory and in the store, and who is told of what changes. */
export class MessageLog {
  readonly #parts: PersonParts;
  readonly #history: History;
  #route: Route = (_, id, change) => ({ id, change });
  #next: Instant | undefined;

  /** @param history - with what was stored. */
  constructor(parts: PersonParts, history: History) {
    this.#parts = parts;
    this.#history = history;
    for (const contact of history.contacts())
      history.of(contact).forEach((each) => this.#note(each));
  }

  /** Lets one message of several numbers be told of as one. */
  route(route: Route): void {
    this.#route = route;
  }

  /** A conversation, oldest first. */
  of(contact: string): readonly Message[] {
    return this.#history.of(contact);
  }

  /** The newest message of a conversation. */
  last(contact: string): Message | undefined {
    return this.#history.last(contact);
  }

  /** One message. */
  get(which: Pick<Message, 'contact' | 'direction' | 'id'>): Message | undefined {
    return this.#history.get(which);
  }

  /** The words of a message that goes out. */
  textOf(contact: string, id: MessageId): string | undefined {
    return this.#history.get({ contact, direction: 'out', id })?.text;
  }

  /** Adds a message, or puts it in the place of its earlier form. */
  put(message: Message): void {
    const gone = this.#history.put(message);
    this.#parts.record(message);
    if (gone !== undefined) this.#parts.erase(gone);
    this.#note(message);
  }

  /** When `sweep` has something to do. */
  get nextAt(): Instant | undefined {
    return this.#next;
  }

  /** All that came from a contact was read: what does not live for good begins to live. */
  read(now: Instant, contact: string): void {
    for (const { life, ...message } of this.#history.of(contact)) {
      if (life === undefined || message.direction === 'out') continue;
      const expiresAt = endOfLife(now, life);
      this.put({ ...message, ...(expiresAt === undefined ? {} : { expiresAt }) });
    }
  }

  /** Erases what has lived long enough, but for what is still on its way: its words are needed for a repeat. */
  sweep(now: Instant): void {
    if (this.#next === undefined || this.#next > now) return;
    this.#next = undefined;
    for (const contact of this.#history.contacts()) {
      const isOver = (message: Message): boolean =>
        isSettled(message) && message.expiresAt !== undefined && message.expiresAt <= now;
      const gone = this.#history.remove(contact, isOver);
      for (const message of gone) this.#parts.erase(message);
      for (const message of this.#history.of(contact)) this.#note(message);
      if (gone.length > 0) this.#parts.emit({ kind: 'messages-erased', contact });
    }
  }

  #note(message: Message): void {
    const { expiresAt } = message;
    if (expiresAt === undefined || !isSettled(message)) return;
    if (this.#next === undefined || expiresAt < this.#next) this.#next = expiresAt;
  }

  /** A message that went out has another state, or left anew. Told when that changes something. */
  change(contact: string, number: MessageId, change: MessageChange): void {
    const routed = this.#route(contact, number, change);
    if (routed === undefined) return;
    const { id, change: changes } = routed;
    const message = this.#history.get({ contact, direction: 'out', id });
    if (message === undefined) return;
    const { state, leftAt = message.leftAt, unconfirmed = message.unconfirmed } = changes;
    const same = message.leftAt === leftAt && message.unconfirmed === unconfirmed;
    if (message.state === state && same) return;
    // A repeat begins no second life.
    const { expiresAt } = message;
    this.put({ ...message, ...changes, ...(expiresAt === undefined ? {} : { expiresAt }) });
    const { emit } = this.#parts;
    const told = { contact, id, ...(unconfirmed === true ? { unconfirmed } : {}) };
    if (message.state === state && message.unconfirmed === unconfirmed) {
      emit({ kind: 'message-changed', contact, id });
    } else emit({ kind: 'message-state', ...told, state });
  }

  /** Erases what was said, but for what is still on its way: its words are needed for a repeat. */
  clear(contact: string): void {
    for (const gone of this.#history.remove(contact, isSettled)) this.#parts.erase(gone);
  }

  /** Erases a whole conversation. */
  remove(contact: string): void {
    for (const gone of this.#history.remove(contact, () => true)) this.#parts.erase(gone);
  }
}
