import type { Message as StoredMessage, PersonEvent, PhotoState } from '@sotto/messaging';
import type { ClientOptions } from './client-io.ts';
import type { ClientEvent } from './event-io.ts';
import type { PlanInfo } from './figures-io.ts';
import type { Contact } from './people-io.ts';
import { FAILURE_CODES } from './codes.ts';
import type { Engine } from './engine.ts';
import type { EventFeed } from './event-feed.ts';
import { invitationOf } from './invitation.ts';
import type { MessageStates } from './message-states.ts';
import { alarmOf, contactOf, introductionOf, messageOf, planInfoOf } from './shown.ts';

type Which = Pick<StoredMessage, 'contact' | 'direction' | 'id'>;

/** A person as the readers of a client's events see it. */
export class PersonView {
  readonly #options: Pick<ClientOptions, 'suite' | 'parameters'>;
  readonly #engine: Engine;
  readonly #feed: EventFeed<ClientEvent>;
  readonly #states: MessageStates;

  /** @param states - of messages that are on their way. */
  constructor(
    options: Pick<ClientOptions, 'suite' | 'parameters'>,
    engine: Engine,
    feed: EventFeed<ClientEvent>,
    states: MessageStates,
  ) {
    this.#options = options;
    this.#engine = engine;
    this.#feed = feed;
    this.#states = states;
  }

  /** Tells of what happened to the person. */
  tell(event: Exclude<PersonEvent, { kind: 'channel' }>): void {
    const { suite, parameters } = this.#options;
    switch (event.kind) {
      case 'directory-needed':
        break;
      case 'loop-alarm': {
        const code = event.raised ? 'loops-lost' : 'loops-back';
        const standing = this.#engine.command((person) => person.status().alarms.length);
        this.#feed.publish({ kind: 'alarm', code, alarm: alarmOf(event.alarm), standing });
        break;
      }
      case 'invite-ready': {
        const invitation = invitationOf(suite, parameters, event.invite, event.link);
        this.#feed.publish({ kind: 'invite-ready', invitation });
        break;
      }
      case 'invite-closed':
      case 'address-closed':
        this.#feed.publish(event);
        break;
      case 'address-ready':
        this.#feed.publish({
          kind: 'address-ready',
          address: { id: event.address, link: event.link },
        });
        break;
      case 'introduction-changed': {
        const introduction = introductionOf(event.introduction);
        this.#feed.publish({ kind: 'introduction', introduction });
        break;
      }
      case 'contact-added': {
        const contact = this.contact(event.contact);
        if (contact === undefined) break;
        const { invite } = event;
        const by = invite === undefined ? {} : { invite };
        this.#feed.publish({ kind: 'contact-added', contact, ...by });
        break;
      }
      case 'contact-failed': {
        const code = FAILURE_CODES[event.code];
        this.#feed.publish({ kind: 'contact-failed', contact: event.contact, code });
        this.tellContact(event.contact);
        break;
      }
      case 'message-received':
        this.#feed.publish(event);
        this.tellMessage({ contact: event.contact, direction: 'in', id: event.id });
        break;
      case 'message-state':
        this.#states.update(event.contact, event.id, event.state, event.unconfirmed);
        this.#feed.publish(event);
        this.tellMessage({ contact: event.contact, direction: 'out', id: event.id });
        break;
      case 'message-changed':
        this.tellMessage({ contact: event.contact, direction: 'out', id: event.id });
        break;
      case 'lifetime-changed':
        this.tellContact(event.contact);
        break;
      case 'messages-erased':
        this.#feed.publish(event);
        this.tellContact(event.contact);
        break;
      case 'out-of-step':
        this.#feed.publish(event);
        this.tellContact(event.contact);
        break;
      case 'plan':
        this.#feed.publish({ kind: 'plan', plan: this.planInfo() });
        break;
    }
  }

  /** Tells of a message as it is now, and of its contact. */
  tellMessage(which: Which): void {
    if (this.#engine.stopped) return;
    const message = this.#engine.command((person) => person.message(which));
    if (message !== undefined) {
      const shown = messageOf(this.#options.parameters, message, this.#photo(which));
      this.#feed.publish({ kind: 'message-changed', message: shown });
    }
    this.tellContact(which.contact);
  }

  /** Tells of a contact as it is now. */
  tellContact(id: string): void {
    if (this.#engine.stopped) return;
    const contact = this.contact(id);
    if (contact !== undefined) this.#feed.publish({ kind: 'contact-changed', contact });
  }

  /** Everybody. */
  contacts(): readonly Contact[] {
    return this.#engine
      .command((person, now) => person.contacts(now))
      .map((summary) => contactOf(this.#options.parameters, summary, this.#photo(summary.last)));
  }

  /** One of them. */
  contact(id: string): Contact | undefined {
    const summary = this.#engine.command((person, now) => person.contact(now, id));
    if (summary === undefined) return undefined;
    return contactOf(this.#options.parameters, summary, this.#photo(summary.last));
  }

  #photo(which: Which | undefined): PhotoState | undefined {
    if (which === undefined) return undefined;
    return this.#engine.command((person) => person.photos.state(which));
  }

  /** The plan in use, and what follows it. */
  planInfo(): PlanInfo {
    const { current, next } = this.#engine.command((person) => person.plan);
    return planInfoOf(current, next);
  }
}
