import { epochAt, networkId, type NetworkParameters } from '@sotto/directory';
import {
  Endpoint,
  type Plan,
  type PathRules,
  type SlotSource,
  STATE_PREFIX,
  type StoredEntry,
} from '@sotto/endpoint';
import type { MessageId } from '@sotto/reliable';
import type { CryptoSuite } from '@sotto/suite';
import { type Core, type Instant, instant, type Result, type Rng } from '@sotto/wire';
import { AddressBook, type ContactDecision } from './address-book.ts';
import { SettingsBook } from './contact-settings.ts';
import { Acceptances } from './acceptances.ts';
import { ClosingBoxes } from './closing-boxes.ts';
import type { Contact } from './contact.ts';
import { Conversations } from './conversation.ts';
import { encodeMessage, History, type Message, messageKey, readMessages } from './history.ts';
import { Introductions } from './introductions.ts';
import { InviteNotes } from './invite-notes.ts';
import { LIFETIMES, setLifetime } from './lifetime.ts';
import { MessageLog } from './message-log.ts';
import { OwnAddresses } from './own-addresses.ts';
import { OwnInvites } from './own-invites.ts';
import { OwnWays } from './own-ways.ts';
import type {
  AcceptError,
  AddressOptions,
  AddressSummary,
  ContactSummary,
  IntroduceError,
  IntroduceOptions,
  IntroductionSummary,
  InviteSummary,
  PersonCounter,
  PersonEvent,
  PersonInput,
  PersonOutput,
  PersonParts,
  PersonStatus,
  SendPhotoError,
  SendTextError,
} from './person-io.ts';
import type { PersonChannels } from './person-channels.ts';
import type { Photos } from './photos.ts';
import { PLAN_KEY, PlanChoice } from './plan-choice.ts';
import { CONTACT_PREFIX, restoreIdentity, restorePerson } from './restore.ts';

/** What a person is made of. */
export interface PersonOptions {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly parameters: NetworkParameters;
  /** Of an account that has not chosen another one. */
  readonly plan: Plan;
  /** Whether mail comes to two mailboxes each, so that the loss of one loses none (Spec 08 §8.5). */
  readonly secondMailbox?: boolean;
  /** Everything that was stored by `persist` outputs of an earlier life. */
  readonly stored?: Iterable<StoredEntry>;
  /** Other path rules: for tests of the rules. */
  readonly rules?: PathRules;
  /** Another clock: for tests of the clock. */
  readonly clock?: SlotSource;
}

/**
 * A person, sans-IO: invites, contacts, messages and their states, above an `Endpoint`.
 *
 * Contract of every core. All state goes out by `persist`; what depends on it, packets and events
 * alike, waits until `stored` has answered: nothing is shown that a crash could take back, and no
 * key seals twice.
 */
export class Person implements Core<PersonInput, PersonOutput> {
  readonly #parts: PersonParts;
  readonly #endpoint: Endpoint;
  readonly #contacts = new Map<string, Contact>();
  readonly #plan: PlanChoice;
  readonly #log: MessageLog;
  readonly #conversations: Conversations;
  readonly #invites: OwnInvites;
  readonly #addresses: OwnAddresses;
  readonly #ways: OwnWays;
  readonly #introductions: Introductions;
  readonly #closing: ClosingBoxes;
  readonly #acceptances: Acceptances;
  readonly #book: AddressBook;
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
    const save = (key: string, value: Uint8Array | undefined): void => this.#save(key, value);
    const chosen = stored.find(({ key }) => key === PLAN_KEY)?.value;
    this.#plan = new PlanChoice(options.plan, chosen, save);
    this.#endpoint = new Endpoint({
      suite,
      rng,
      parameters,
      plan: this.#plan.current,
      state,
      ...(rules === undefined ? {} : { rules }),
      ...(clock === undefined ? {} : { clock }),
    });
    if (chosen === undefined) this.#plan.keep();
    const choice = this.#plan;
    this.#parts = {
      suite,
      rng,
      parameters,
      get plan() {
        return choice.current;
      },
      secondMailbox: options.secondMailbox === true,
      networkId: networkId(suite, parameters),
      identity: restoreIdentity({ suite, rng }, stored, save),
      endpoint: this.#endpoint,
      contacts: this.#contacts,
      settings: new SettingsBook(save),
      notes: new InviteNotes(save),
      emit: (event) => {
        if (this.#introductions.observe(this.#now, event)) return;
        // An empty change takes the number of the newest one.
        this.#sequence = this.#endpoint.persist([]);
        this.#waiting.push({ sequence: this.#sequence, event });
      },
      count: (counter) => this.#count(counter),
      save: (contact) => this.#save(CONTACT_PREFIX + contact.id, contact.export()),
      record: (message) => this.#save(messageKey(message), encodeMessage(message)),
      erase: (message) => {
        this.#save(messageKey(message), undefined);
        this.#conversations.photos.erase(message);
      },
      epoch: (now) => epochAt(parameters, now),
    };
    const messages = readMessages(stored, () => this.#count('state-entry'));
    this.#log = new MessageLog(this.#parts, new History(messages));
    this.#conversations = new Conversations(this.#parts, this.#log, save);
    this.#closing = new ClosingBoxes(this.#parts);
    this.#invites = new OwnInvites(this.#parts, this.#conversations, this.#closing);
    this.#addresses = new OwnAddresses(this.#parts, this.#conversations, this.#closing);
    this.#ways = new OwnWays(this.#parts, this.#conversations, this.#closing);
    this.#acceptances = new Acceptances(
      this.#parts,
      this.#conversations,
      (box) => this.#invites.has(box) || this.#addresses.hasBox(box),
    );
    this.#introductions = new Introductions(
      this.#parts,
      this.#conversations,
      this.#invites,
      this.#acceptances,
    );
    this.#book = new AddressBook(this.#parts, this.#log, this.#conversations, this.#acceptances);
    const { channels, introductions: mail, photos } = this.#conversations;
    const person = {
      parts: this.#parts,
      invites: this.#invites,
      addresses: this.#addresses,
      introductions: this.#introductions,
      acceptances: this.#acceptances,
      closing: this.#closing,
      ownWays: this.#ways,
      ways: this.#conversations.ways,
    };
    restorePerson({ ...person, channels, mail, photos }, stored);
  }

  /** Starts an invite; `invite-ready` brings its link. `label`: what who comes by it will be called. Undefined while no contact point is known, or 64 are open. */
  createInvite(
    now: Instant,
    label = '',
  ): { readonly invite: string; readonly readyInMicros: number } | undefined {
    return this.#invites.create(now, label);
  }

  /** Invites that nobody has accepted yet. */
  invites(): readonly InviteSummary[] {
    return this.#invites.list().filter(({ invite }) => !this.#introductions.ownsInvite(invite));
  }

  /** Takes an invite back. @returns false when there is no such invite. */
  revokeInvite(now: Instant, invite: string): boolean {
    return this.#invites.revoke(now, invite);
  }

  /**
   * Begins an address by which strangers may write; `address-ready` brings its link. Undefined while no
   * contact point is known, or four are open. @throws RangeError when an option is out of its range.
   */
  createAddress(
    now: Instant,
    options: AddressOptions = {},
  ): { readonly address: string; readonly readyInMicros: number } | undefined {
    return this.#addresses.create(now, options);
  }

  /** Addresses of one's own that are open. */
  addresses(now: Instant): readonly AddressSummary[] {
    return this.#addresses.list(now);
  }

  /** Gives an address up. @returns false when there is no such address. */
  revokeAddress(now: Instant, address: string): boolean {
    return this.#addresses.revoke(now, address);
  }

  /**
   * Offers two contacts to each other (Spec 09 §9.6); `introduction-changed` says how it goes.
   *
   * @returns the introduction's id.
   */
  introduce(
    now: Instant,
    first: string,
    second: string,
    options: IntroduceOptions = {},
  ): Result<string, IntroduceError> {
    this.#now = now;
    return this.#introductions.introduce(now, first, second, options);
  }

  /** Introductions, of one's own and offered, until a day after they are over. */
  introductions(): readonly IntroductionSummary[] {
    return this.#introductions.list();
  }

  /** Says yes to one. @returns false when there is no such open offer, or no contact point is known. */
  acceptIntroduction(now: Instant, introduction: string): boolean {
    this.#now = now;
    return this.#introductions.accept(now, introduction);
  }

  /** Says no to one, or takes one's own back. @returns false when there is none, or it is too late. */
  declineIntroduction(now: Instant, introduction: string): boolean {
    this.#now = now;
    return this.#introductions.decline(now, introduction);
  }

  /** Accepts an invite; `contact-added` or `contact-failed` says how it went. `label` is a local name, at most 512 bytes. */
  acceptInvite(now: Instant, link: string, label = ''): Result<string, AcceptError> {
    return this.#acceptances.accept(now, link, label);
  }

  /** Whether an acceptance is under way under this id, or its contact has not answered yet. */
  isAccepting(contact: string): boolean {
    return this.#acceptances.has(contact) || this.#contacts.get(contact)?.stage === 'pending';
  }

  /** Puts entries of whoever runs this person into the batch of the change before. Their keys start with neither `person/` nor `endpoint/`. */
  keep(entries: readonly StoredEntry[]): void {
    this.#endpoint.persist(entries);
  }

  /** Writes to a contact; its states come as `message-state` events. */
  send(now: Instant, contact: string, text: string): Result<MessageId, SendTextError> {
    return this.#conversations.write(now, contact, text);
  }

  /** Byte streams with contacts; what happens to them comes as `channel` events. */
  get channels(): PersonChannels {
    return this.#conversations.channels;
  }

  /** Gives a contact a local name, at most 512 bytes. @returns false when there is no such contact. */
  rename(contact: string, label: string): boolean {
    return this.#book.rename(contact, label);
  }

  /** Decides what is shown of a contact, whether it is heard at all, and whether it is told that its messages came. @returns false when there is no such contact. */
  decide(now: Instant, contact: string, decision: ContactDecision): boolean {
    const known = this.#book.decide(contact, decision);
    if (known) this.#pump(now);
    return known;
  }

  /** All that came from a contact was read. @returns false when there is no such contact. */
  markRead(now: Instant, contact: string): boolean {
    const known = this.#book.markRead(now, contact);
    if (known) this.#pump(now);
    return known;
  }

  /**
   * Says after how many seconds messages of a conversation are erased on both sides, 0 for never; the
   * contact is told (Spec 09 §9.7). @returns false when there is no such contact. @throws RangeError when
   * it is none of {@link LIFETIMES}.
   */
  setLifetime(now: Instant, contact: string, seconds: number): boolean {
    if (!LIFETIMES.includes(seconds)) {
      throw new RangeError(`"seconds" expected one of ${LIFETIMES.join(', ')}, got ${seconds}`);
    }
    const known = setLifetime(this.#parts, now, contact, seconds);
    if (known) this.#pump(now);
    return known;
  }

  /** Erases what was said, but for what is on its way out. @returns false when there is no such contact. */
  clearConversation(contact: string): boolean {
    return this.#book.clear(contact);
  }

  /**
   * Erases a contact, or an acceptance under way: keys, reply blocks, words. What comes from them is
   * unknown from now on, and counts so. @returns false when there is no such contact.
   */
  removeContact(id: string): boolean {
    this.#introductions.forget(this.#now, id);
    return this.#book.remove(id);
  }

  /** Everybody one knows. */
  contacts(now: Instant): readonly ContactSummary[] {
    return this.#book.list(now);
  }

  /** One of them. */
  contact(now: Instant, id: string): ContactSummary | undefined {
    return this.#book.get(now, id);
  }

  /**
   * What to compare with a contact, by voice say, to know that nobody stands between (Spec 09 §10).
   * Undefined when there is no such contact, or its session is closed.
   */
  safetyNumber(contact: string): string | undefined {
    return this.#book.safetyNumber(contact);
  }

  /**
   * The person has compared this safety number with the contact's own, or, with '', has not.
   *
   * @returns false when it is not the number that this contact has now.
   */
  setCompared(contact: string, number: string): boolean {
    return this.#book.setCompared(contact, number);
  }

  /** A conversation, oldest first. */
  messages(contact: string): readonly Message[] {
    return this.#log.of(contact);
  }

  /** Sends a photo: a JPEG, PNG or WebP of at most {@link MAX_PHOTO_BYTES}; `words` say what it shows. */
  sendPhoto(
    now: Instant,
    contact: string,
    bytes: Uint8Array,
    words: string,
  ): Result<MessageId, SendPhotoError> {
    const sent = this.#conversations.writePhoto(now, contact, bytes, words);
    this.#pump(now);
    return sent;
  }

  /** Photos of all conversations. */
  get photos(): Pick<Photos, 'state' | 'photo'> {
    return this.#conversations.photos;
  }

  /** One message. */
  message(which: Pick<Message, 'contact' | 'direction' | 'id'>): Message | undefined {
    return this.#log.get(which);
  }

  /** The plan in use and the one that was chosen for later. */
  get plan(): Pick<PlanChoice, 'current' | 'next'> {
    return this.#plan;
  }

  /** Chooses a plan, in use when others may change as well (Spec 08 §2). @returns from when. */
  choosePlan(now: Instant, plan: Plan): Instant {
    return this.#plan.choose(this.#parts.parameters, now, plan);
  }

  /** Figures of one's own. */
  status(): PersonStatus {
    const { counters } = this.#endpoint;
    const slot = (kind: string): number => counters[`slot-${kind}`] ?? 0;
    const { total, waiting, alarms } = this.#endpoint.loops;
    const lost = total.lost + total.garbled;
    return {
      ...this.#endpoint.status,
      contacts: this.#contacts.size,
      invites: this.#invites.size,
      accepting: this.#acceptances.size,
      slots: { real: slot('payload'), loop: slot('loop'), drop: slot('drop') },
      loops: { sent: total.returned + lost + waiting, returned: total.returned, lost },
      alarms,
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
    let output = this.#pollOnce(now);
    // Work that nobody waits for comes when all else is done.
    while (output === undefined && this.#acceptances.search(now)) output = this.#pollOnce(now);
    return output;
  }

  #pollOnce(now: Instant): PersonOutput | undefined {
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
      this.#closing.nextAt(),
      this.#acceptances.nextAt(),
      this.#plan.next?.from,
      this.#timer,
    ];
    return earliest(times);
  }

  #timer: Instant | undefined;
  /** The time of the call under way: some of what happens makes other things happen. */
  #now: Instant = instant(0);

  #pump(now: Instant): void {
    this.#now = now;
    const plan = this.#plan.due(now);
    if (plan !== undefined) {
      this.#endpoint.usePlan(plan);
      this.#parts.emit({ kind: 'plan', plan });
    }
    // Before one's own invites: a first message waits for the aliases that they would take.
    this.#acceptances.pump(now);
    this.#invites.pump(now);
    this.#addresses.pump(now);
    this.#ways.pump(now);
    this.#closing.pump(now);
    this.#introductions.pump(now);
    this.#conversations.pump(now);
    this.#log.sweep(now);
    this.#timer = earliest([
      this.#conversations.nextAt(now),
      this.#addresses.nextAt(now),
      this.#log.nextAt,
    ]);
  }

  #take(
    now: Instant,
    event: Extract<ReturnType<Endpoint['poll']>, { kind: 'event' }>['event'],
  ): void {
    this.#now = now;
    switch (event.kind) {
      case 'mail': {
        const { contact } = event;
        const before = this.#contacts.get(contact)?.stage;
        this.#conversations.arrived(now, event);
        if (before === 'pending' && this.#contacts.get(contact)?.stage === 'active') {
          this.#acceptances.finish(contact);
        }
        break;
      }
      case 'contact-mail':
        if (this.#addresses.has(event.invite)) {
          this.#addresses.strangerWrote(now, event.invite, event.content);
        } else if (this.#ways.has(event.invite)) {
          this.#ways.wrote(now, event.invite, event.content);
        } else this.#invites.strangerWrote(now, event.invite, event.content);
        break;
      case 'answer':
        this.#acceptances.answered(now, event.request, event.answer);
        break;
      case 'sent':
        if (this.#conversations.sent(now, event.id) || this.#acceptances.sent(now, event.id)) break;
        if (this.#invites.sent(now, event.id) || this.#addresses.sent(now, event.id)) break;
        if (!this.#ways.sent(event.id)) this.#closing.sent(now, event.id);
        break;
      case 'unsent':
        if (this.#conversations.unsent(now, event.id) || this.#acceptances.unsent(event.id)) break;
        if (this.#invites.unsent(event.id) || this.#addresses.unsent(event.id)) break;
        if (!this.#ways.unsent(event.id)) this.#closing.unsent(now, event.id);
        break;
      case 'directory-needed':
      case 'loop-alarm':
        this.#ready.push(event);
        break;
      case 'state-refused':
        this.#count('state-entry');
        break;
      case 'alias-ready':
        break;
    }
    this.#pump(now);
  }

  #save(key: string, value: Uint8Array | undefined): void {
    this.#endpoint.persist([{ key, value }]);
  }

  #count(counter: PersonCounter): void {
    this.#counters.set(counter, (this.#counters.get(counter) ?? 0) + 1);
  }
}

function earliest(times: readonly (Instant | undefined)[]): Instant | undefined {
  let next: Instant | undefined;
  for (const at of times) if (at !== undefined && (next === undefined || at < next)) next = at;
  return next;
}
