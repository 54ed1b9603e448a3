import { safetyNumber } from '@sotto/ratchet';
import type { Instant } from '@sotto/wire';
import type { Acceptances } from './acceptances.ts';
import { checkLabel } from './contact.ts';
import type { ContactSettings } from './contact-settings.ts';
import type { Conversations } from './conversation.ts';
import type { MessageLog } from './message-log.ts';
import type { ContactSummary, PersonParts } from './person-io.ts';
import { CONTACT_PREFIX } from './restore.ts';

/** What a person can decide about a contact. */
export type ContactDecision = Partial<Pick<ContactSettings, 'muted' | 'blocked' | 'acknowledges'>>;

/** Everybody a person knows: how they are called, what was decided about them, and how they go. */
export class AddressBook {
  readonly #parts: PersonParts;
  readonly #log: MessageLog;
  readonly #conversations: Conversations;
  readonly #acceptances: Acceptances;

  /** Changes what the other parts hold of a contact. */
  constructor(
    parts: PersonParts,
    log: MessageLog,
    conversations: Conversations,
    acceptances: Acceptances,
  ) {
    this.#parts = parts;
    this.#log = log;
    this.#conversations = conversations;
    this.#acceptances = acceptances;
  }

  /** Gives a contact a local name, at most 512 bytes. @returns false when there is no such contact. */
  rename(contact: string, label: string): boolean {
    const held = this.#parts.contacts.get(contact);
    if (held === undefined) return false;
    checkLabel(label);
    held.label = label;
    this.#parts.save(held);
    return true;
  }

  /** Decides what is shown of a contact, whether it is heard at all, and whether it is told that its messages came. @returns false when there is no such contact. */
  decide(contact: string, decision: ContactDecision): boolean {
    const held = this.#parts.contacts.get(contact);
    if (held === undefined) return false;
    this.#parts.settings.change(contact, decision);
    if (decision.blocked === true) this.#conversations.block(held);
    if (decision.acknowledges !== undefined) {
      // Nothing of what came before is told, whichever way it was decided.
      held.inbox.decline();
      held.declined = false;
      this.#parts.save(held);
    }
    return true;
  }

  /** All that came from a contact was read. @returns false when there is no such contact. */
  markRead(now: Instant, contact: string): boolean {
    if (!this.#parts.contacts.has(contact)) return false;
    this.#log.read(now, contact);
    this.#parts.settings.change(contact, { unread: 0 });
    return true;
  }

  /** Erases what was said, but for what is on its way out. @returns false when there is no such contact. */
  clear(contact: string): boolean {
    if (!this.#parts.contacts.has(contact)) return false;
    this.#log.clear(contact);
    this.#parts.settings.change(contact, { unread: 0 });
    return true;
  }

  /**
   * Erases a contact, or an acceptance under way: keys, reply blocks, words. What comes from them is
   * unknown from now on, and counts so. @returns false when there is no such contact.
   */
  remove(id: string): boolean {
    const contact = this.#parts.contacts.get(id);
    const accepting = this.#acceptances.finish(id);
    if (contact === undefined) return accepting;
    this.#conversations.remove(contact);
    this.#parts.contacts.delete(id);
    this.#log.remove(id);
    this.#parts.settings.forget(id);
    this.#parts.endpoint.forget(id);
    this.#parts.endpoint.persist([{ key: CONTACT_PREFIX + id, value: undefined }]);
    return true;
  }

  /** Everybody one knows. */
  list(now: Instant): readonly ContactSummary[] {
    return [...this.#parts.contacts.keys()].flatMap((id) => this.get(now, id) ?? []);
  }

  /** One of them. */
  get(now: Instant, id: string): ContactSummary | undefined {
    const contact = this.#parts.contacts.get(id);
    if (contact === undefined) return undefined;
    const { label, stage, bank } = contact;
    const replyBlocks = bank.usable(this.#parts.epoch(now));
    const { compared, ...settings } = this.#parts.settings.of(id);
    return {
      id,
      label,
      stage,
      replyBlocks,
      settings,
      verified: compared !== '' && compared === this.safetyNumber(id),
      last: this.#log.last(id),
    };
  }

  /**
   * What to compare with a contact, by voice say, to know that nobody stands between (Spec 09 §10).
   * Undefined when there is no such contact, or its session is closed.
   */
  safetyNumber(contact: string): string | undefined {
    const theirs = this.#parts.contacts.get(contact)?.session.peerIdentity;
    if (theirs === undefined || theirs.length === 0) return undefined;
    return safetyNumber(this.#parts.suite, this.#parts.identity.public, theirs);
  }

  /**
   * The person has compared this safety number with the contact's own, or, with '', has not.
   *
   * @returns false when it is not the number that this contact has now.
   */
  setCompared(contact: string, number: string): boolean {
    if (!this.#parts.contacts.has(contact)) return false;
    if (number !== '' && number !== this.safetyNumber(contact)) return false;
    this.#parts.settings.change(contact, { compared: number });
    return true;
  }
}
