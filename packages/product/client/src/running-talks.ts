import type { Person } from '@sotto/messaging';
import type { Instant, Result } from '@sotto/wire';
import type { SharedParts } from './acquaintances.ts';
import type { Abortable } from './client-io.ts';
import { PHOTO_CODES, SEND_CODES } from './codes.ts';
import type { Message, MessageHandle, Picture } from './message-io.ts';
import type { MessageStates } from './message-states.ts';
import type { PersonView } from './person-view.ts';
import { messageOf } from './shown.ts';
import { SottoError, type SottoErrorCode } from './sotto-error.ts';

/** The calls by which people talk: texts and photos. */
export class RunningTalks {
  readonly #p: SharedParts;
  readonly #view: PersonView;
  readonly #states: MessageStates;

  /** Shares its parts with the rest of the client. */
  constructor(parts: SharedParts, view: PersonView, states: MessageStates) {
    this.#p = parts;
    this.#view = view;
    this.#states = states;
  }

  async messages(contact: string): Promise<readonly Message[]> {
    this.#p.checkOpen();
    if (this.#view.contact(contact) === undefined) throw new SottoError('unknown-contact');
    return this.#p.engine
      .command((person) => person.messages(contact))
      .map((message) => {
        const photo = this.#p.engine.command((person) => person.photos.state(message));
        return messageOf(this.#p.options.parameters, message, photo);
      });
  }

  async send(
    contact: string,
    text: string,
    options: Abortable & { readonly token?: string } = {},
  ): Promise<MessageHandle> {
    return this.#sends(contact, options, SEND_CODES, (person, now) =>
      person.send(now, contact, text),
    );
  }

  async sendPhoto(
    contact: string,
    bytes: Uint8Array,
    {
      words = '',
      ...options
    }: Abortable & { readonly words?: string; readonly token?: string } = {},
  ): Promise<MessageHandle> {
    return this.#sends(contact, options, PHOTO_CODES, (person, now) =>
      person.sendPhoto(now, contact, bytes, words),
    );
  }

  async photo(which: Pick<Message, 'contact' | 'direction' | 'id'>): Promise<Picture> {
    this.#p.checkOpen();
    const photo = this.#p.engine.command((person) => person.photos.photo(which));
    if (photo === undefined) throw new SottoError('photo-gone');
    return { type: photo.type, bytes: photo.bytes };
  }

  /** Takes a message once, and follows it. */
  async #sends<C extends string>(
    contact: string,
    { signal, token }: Abortable & { readonly token?: string },
    codes: Readonly<Record<C, SottoErrorCode>>,
    order: (person: Person, now: Instant) => Result<number, { readonly code: C }>,
  ): Promise<MessageHandle> {
    this.#p.checkOpen(signal);
    const before = this.#p.asked.of(token);
    if (before !== undefined) {
      const which = { contact: before.name, direction: 'out', id: before.id } as const;
      const known = this.#p.engine.command((person) => person.message(which));
      const { state = 'delivered', unconfirmed } = known ?? {};
      return this.#states.track(before.name, before.id, state, unconfirmed);
    }
    const taken = this.#p.engine.command((person, now) => {
      const made = order(person, now);
      if (made.ok) person.keep(this.#p.asked.take(token, { name: contact, id: made.value }));
      return made;
    });
    if (!taken.ok) throw new SottoError(codes[taken.error.code]);
    const handle = this.#states.track(contact, taken.value);
    await this.#p.engine.stored();
    this.#view.tellMessage({ contact, direction: 'out', id: taken.value });
    return handle;
  }
}
