import { epochAt, networkId, type NetworkParameters } from '@sotto/directory';
import {
  Endpoint,
  type Plan,
  type PathRules,
  type SlotSource,
  STATE_PREFIX,
  type StoredEntry,
} from '@sotto/endpoint';
import { createIdentity, type Identity, identityFromSecret } from '@sotto/ratchet';
import type { MessageId } from '@sotto/reliable';
import type { CryptoSuite } from '@sotto/suite';
import { type Core, type Instant, type Result, type Rng } from '@sotto/wire';
import { ACCEPT_PREFIX, Acceptances, GREETING_PREFIX } from './acceptances.ts';
import { checkLabel, Contact } from './contact.ts';
import { Conversations } from './conversation.ts';
import { decodeMessage, encodeMessage, History, type Message, messageKey } from './history.ts';
import { INVITE_PREFIX, OwnInvites, STRANGER_PREFIX } from './own-invites.ts';
import type {
  AcceptError,
  ContactSummary,
  PersonCounter,
  PersonEvent,
  PersonInput,
  PersonOutput,
  PersonParts,
  PersonStatus,
  SendTextError,
} from './person-io.ts';

/** What a person is made of. */
export interface PersonOptions {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly parameters: NetworkParameters;
  readonly plan: Plan;
  /** Everything that was stored by `persist` outputs of an earlier life. */
  readonly stored?: Iterable<StoredEntry>;
  /** Other path rules: for tests of the rules. */
  readonly rules?: PathRules;
  /** Another clock: for tests of the clock. */
  readonly clock?: SlotSource;
}

const IDENTITY_KEY = 'person/identity';
const IDENTITY_BYTES = 32;
const CONTACT_PREFIX = 'person/contact/';
const MESSAGE_PREFIX = 'person/message/';

/** Whether an entry is one packet of a first message; restored after what it belongs to. */
const isFragment = (key: string): boolean =>
  key.startsWith(GREETING_PREFIX) || key.startsWith(STRANGER_PREFIX);

/**
 * A person, sans-IO: invites, contacts, messages and their states, above an {@link Endpoint}.
 *
 * Contract of every core. All state goes out by `persist`; what depends on it, packets and events
 * alike, waits until `stored` has answered: nothing is shown that a crash could take back, and no
 * key seals twice.
 */
export class Person implements Core<PersonInput, PersonOutput> {
  readonly #parts: PersonParts;
  readonly #endpoint: Endpoint;
  readonly #contacts = new Map<string, Contact>();
  readonly #conversations: Conversations;
  readonly #invites: OwnInvites;
  readonly #acceptances: Acceptances;
  readonly #counters = new Map<PersonCounter, number>();
  readonly #waiting: { readonly sequence: number; readonly event: PersonEvent }[] = [];
  readonly #ready: PersonEvent[] = [];
  #durable = 0;
  #sequence = 0;

  /** Starts offline; draws an identity the first time. */
  constructor(options: PersonOptions) {
    const { suite, rng, parameters } = options;
    const stored = [...(options.stored ?? [])];
    const { rules, clock } = options;
    const state = stored.filter(({ key }) => key.startsWith(STATE_PREFIX));
    this.#endpoint = new Endpoint({
      suite,
      rng,
      parameters,
      plan: options.plan,
      state,
      ...(rules === undefined ? {} : { rules }),
      ...(clock === undefined ? {} : { clock }),
    });
    this.#parts = {
      suite,
      rng,
      parameters,
      networkId: networkId(suite, parameters),
      identity: this.#identity(options, stored),
      endpoint: this.#endpoint,
      contacts: this.#contacts,
      emit: (event) => {
        // An empty change takes the number of the newest one.
        this.#sequence = this.#endpoint.persist([]);
        this.#waiting.push({ sequence: this.#sequence, event });
      },
      count: (counter) => this.#count(counter),
      save: (contact) => this.#save(CONTACT_PREFIX + contact.id, contact.export()),
      record: (message) => this.#save(messageKey(message), encodeMessage(message)),
      erase: (message) => this.#save(messageKey(message), undefined),
      epoch: (now) => epochAt(parameters, now),
    };
    const messages: Message[] = [];
    for (const { key, value } of stored) {
      if (value === undefined || !key.startsWith(MESSAGE_PREFIX)) continue;
      const message = decodeMessage(key, value);
      if (message === undefined) this.#count('state-entry');
      else messages.push(message);
    }
    this.#conversations = new Conversations(this.#parts, new History(messages));
    this.#invites = new OwnInvites(this.#parts, this.#conversations);
    this.#acceptances = new Acceptances(this.#parts, this.#conversations, (box) =>
      this.#invites.has(box),
    );
    this.#restore(stored);
  }

  /** Starts an invite; `invite-ready` brings its link. Undefined while no contact point is known, or 64 are open. */
  createInvite(
    now: Instant,
  ): { readonly invite: string; readonly readyInMicros: number } | undefined {
    return this.#invites.create(now);
  }

  /** Invites that nobody has accepted yet; `link` once it may be given away. */
  invites(): readonly { readonly invite: string; readonly link: string | undefined }[] {
    return this.#invites.list();
  }

  /** Accepts an invite; `contact-added` or `contact-failed` says how it went. `label` is a local name, at most 512 bytes. */
  acceptInvite(now: Instant, link: string, label = ''): Result<string, AcceptError> {
    return this.#acceptances.accept(now, link, label);
  }

  /** Writes to a contact; its states come as `message-state` events. */
  send(now: Instant, contact: string, text: string): Result<MessageId, SendTextError> {
    return this.#conversations.write(now, contact, text);
  }

  /** Gives a contact a local name, at most 512 bytes. @returns false when there is no such contact. */
  rename(contact: string, label: string): boolean {
    const held = this.#contacts.get(contact);
    if (held === undefined) return false;
    checkLabel(label);
    held.label = label;
    this.#parts.save(held);
    return true;
  }

  /** Everybody one knows. */
  contacts(now: Instant): readonly ContactSummary[] {
    const epoch = this.#parts.epoch(now);
    return [...this.#contacts.values()].map(({ id, label, stage, bank }) => ({
      id,
      label,
      stage,
      replyBlocks: bank.usable(epoch),
    }));
  }

  /** A conversation, oldest first. */
  messages(contact: string): readonly Message[] {
    return this.#conversations.history(contact);
  }

  /** Figures of one's own. */
  status(): PersonStatus {
    const { counters } = this.#endpoint;
    const slot = (kind: string): number => counters[`slot-${kind}`] ?? 0;
    return {
      ...this.#endpoint.status,
      contacts: this.#contacts.size,
      invites: this.#invites.size,
      accepting: this.#acceptances.size,
      slots: { real: slot('payload'), loop: slot('loop'), drop: slot('drop') },
      counters: { ...counters, ...Object.fromEntries(this.#counters) },
    };
  }

  handle(now: Instant, input: PersonInput): void {
    this.#endpoint.handle(now, input);
    if (input.kind === 'stored') this.#durable = Math.max(this.#durable, input.sequence);
    this.#pump(now);
  }

  wake(now: Instant): void {
    this.#endpoint.wake(now);
    this.#pump(now);
  }

  poll(now: Instant): PersonOutput | undefined {
    for (;;) {
      const output = this.#endpoint.poll(now);
      if (output === undefined) break;
      if (output.kind !== 'event') return output;
      this.#take(now, output.event);
    }
    for (;;) {
      const first = this.#waiting[0];
      if (first === undefined || first.sequence > this.#durable) break;
      this.#waiting.shift();
      this.#ready.push(first.event);
    }
    const event = this.#ready.shift();
    return event === undefined ? undefined : { kind: 'event', event };
  }

  nextAt(): Instant | undefined {
    const times = [
      this.#endpoint.nextAt(),
      this.#invites.nextAt(),
      this.#acceptances.nextAt(),
      this.#timer,
    ];
    let next: Instant | undefined;
    for (const at of times) if (at !== undefined && (next === undefined || at < next)) next = at;
    return next;
  }

  #timer: Instant | undefined;

  #pump(now: Instant): void {
    this.#invites.pump(now);
    this.#acceptances.pump(now);
    this.#conversations.pump(now);
    this.#timer = this.#conversations.nextAt(now);
  }

  #take(
    now: Instant,
    event: Extract<ReturnType<Endpoint['poll']>, { kind: 'event' }>['event'],
  ): void {
    switch (event.kind) {
      case 'mail': {
        const { contact, content, viaMailbox } = event;
        const before = this.#contacts.get(contact)?.stage;
        this.#conversations.arrived(now, contact, content, viaMailbox);
        if (before === 'pending' && this.#contacts.get(contact)?.stage === 'active') {
          this.#acceptances.finish(contact);
        }
        break;
      }
      case 'contact-mail':
        this.#invites.strangerWrote(now, event.invite, event.content);
        break;
      case 'answer':
        this.#acceptances.answered(now, event.request, event.answer);
        break;
      case 'sent':
        if (this.#conversations.sent(now, event.id) || this.#acceptances.sent(now, event.id)) break;
        this.#invites.sent(now, event.id);
        break;
      case 'unsent':
        if (this.#conversations.unsent(now, event.id) || this.#acceptances.unsent(event.id)) break;
        this.#invites.unsent(event.id);
        break;
      case 'directory-needed':
        this.#ready.push({ kind: 'directory-needed' });
        break;
      case 'state-refused':
        this.#count('state-entry');
        break;
      case 'alias-ready':
        break;
    }
    this.#pump(now);
  }

  #identity(options: PersonOptions, stored: readonly StoredEntry[]): Identity {
    const { suite, rng } = options;
    const secret = stored.find(({ key }) => key === IDENTITY_KEY)?.value;
    if (secret !== undefined) {
      // Drawing another would part one from all contacts without a word.
      if (secret.length !== IDENTITY_BYTES) {
        throw new RangeError(
          `"stored identity" expected ${IDENTITY_BYTES} bytes, got ${secret.length}`,
        );
      }
      return identityFromSecret(suite, secret);
    }
    const identity = createIdentity(suite, rng);
    this.#save(IDENTITY_KEY, identity.secret.slice());
    return identity;
  }

  #restore(stored: readonly StoredEntry[]): void {
    for (const { key, value } of stored) {
      if (value === undefined || key === IDENTITY_KEY || !key.startsWith('person/')) continue;
      if (key.startsWith(MESSAGE_PREFIX) || isFragment(key)) continue;
      if (!this.#restoreEntry(key, value)) this.#count('state-entry');
    }
    for (const { key, value } of stored) {
      if (value === undefined || !isFragment(key)) continue;
      const wanted = key.startsWith(GREETING_PREFIX)
        ? this.#acceptances.restoreGreeting(key, value)
        : this.#invites.restoreFragment(key, value);
      if (!wanted) this.#save(key, undefined);
    }
  }

  #restoreEntry(key: string, value: Uint8Array): boolean {
    if (key.startsWith(INVITE_PREFIX)) return this.#invites.restore(value);
    if (key.startsWith(ACCEPT_PREFIX)) return this.#acceptances.restore(key, value);
    if (!key.startsWith(CONTACT_PREFIX)) return false;
    const id = key.slice(CONTACT_PREFIX.length);
    const contact = Contact.import(this.#parts.suite, id, value);
    if (contact === undefined) return false;
    this.#contacts.set(id, contact);
    return true;
  }

  #save(key: string, value: Uint8Array | undefined): void {
    this.#endpoint.persist([{ key, value }]);
  }

  #count(counter: PersonCounter): void {
    this.#counters.set(counter, (this.#counters.get(counter) ?? 0) + 1);
  }
}
