import { decodeInvite, INVITE_PREFIX } from '@sotto/ratchet';
import {
  err,
  equalBytes,
  fromBase64url,
  type Instant,
  MICROS_PER_SECOND,
  ok,
  randomBytes,
  type Result,
  toBase64url,
  toHex,
  toUtf8,
  wipe,
} from '@sotto/wire';
import type { Acceptances } from './acceptances.ts';
import type { Contact } from './contact.ts';
import type { Conversations } from './conversation.ts';
import {
  type Introduction,
  MAX_INTRODUCED_NAME_BYTES,
  MAX_INTRODUCTION_NOTE_BYTES,
  REFERENCE_BYTES,
} from './introduction.ts';
import {
  decodeEntry,
  encodeEntry,
  type GivenIntroduction,
  type IntroductionEntry,
  isOpen,
  type OfferedIntroduction,
} from './introduction-entry.ts';
import type { OwnInvites } from './own-invites.ts';
import type {
  IntroduceError,
  IntroduceOptions,
  IntroductionSummary,
  PersonEvent,
  PersonParts,
} from './person-io.ts';

/** Offers of one contact that count, open or not older than a day: a contact cannot fill the list, nor ask on and on. */
const MAX_OFFERS_OF_ONE = 8;
/** Offers of all contacts that are kept. */
const MAX_OFFERS = 64;
/** Introductions that one makes at a time. */
const MAX_GIVEN = 32;
const DAY_MICROS = 86_400 * MICROS_PER_SECOND;
/** Until when an introduction must have come about: as long as an acceptance waits. */
const LIFE_MICROS = 14 * DAY_MICROS;

/** Where introductions are stored. */
export const INTRODUCTION_PREFIX = 'person/introduction/';

/**
 * Introductions of two contacts by a third (Spec 09 §9.6): of one's own, and those that contacts
 * offer. Each of the two says yes or no to the introducer; when both have said yes the invite of one
 * goes to the other, and they meet by it as people do by any invite, without the introducer.
 */
export class Introductions {
  readonly #parts: PersonParts;
  readonly #conversations: Conversations;
  readonly #invites: OwnInvites;
  readonly #acceptances: Acceptances;
  readonly #entries = new Map<string, IntroductionEntry>();
  /** Invites that were made for introductions and are open. */
  readonly #ownInvites = new Set<string>();

  /** Hears what conversations bring, makes invites, accepts them. */
  constructor(
    parts: PersonParts,
    conversations: Conversations,
    invites: OwnInvites,
    acceptances: Acceptances,
  ) {
    this.#parts = parts;
    this.#conversations = conversations;
    this.#invites = invites;
    this.#acceptances = acceptances;
    conversations.introductions.listen((now, contact, introduction) =>
      this.#received(now, contact, introduction),
    );
  }

  /** All that are kept, oldest first. */
  list(): readonly IntroductionSummary[] {
    return [...this.#entries.values()].map(summaryOf);
  }

  /** One of them. */
  get(id: string): IntroductionSummary | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined ? undefined : summaryOf(entry);
  }

  /** Whether an invite was made for an introduction: it is nobody's to hand out. */
  ownsInvite(invite: string): boolean {
    return this.#ownInvites.has(invite);
  }

  /**
   * Offers two contacts to each other. Nothing of one is told to the other but a name and the note.
   *
   * @param first - makes the invite; the two are asked alike.
   * @returns the introduction's id.
   */
  introduce(
    now: Instant,
    first: string,
    second: string,
    { names, note = '' }: IntroduceOptions = {},
  ): Result<string, IntroduceError> {
    const { contacts, settings, rng } = this.#parts;
    if (first === second) return err({ code: 'same-contact' });
    const pair = [contacts.get(first), contacts.get(second)];
    const [one, other] = pair;
    if (one === undefined || other === undefined) return err({ code: 'unknown-contact' });
    for (const { stage, id } of [one, other]) {
      if (stage !== 'active') return err({ code: 'contact-failed' });
      if (settings.of(id).blocked) return err({ code: 'contact-blocked' });
    }
    const [nameOfOne, nameOfOther] = names ?? [one.label, other.label];
    const lengths = [nameOfOne, nameOfOther].map((name) => toUtf8(name).length);
    if (!lengths.every((length) => length >= 1 && length <= MAX_INTRODUCED_NAME_BYTES)) {
      return err({ code: 'bad-name' });
    }
    if (toUtf8(note).length > MAX_INTRODUCTION_NOTE_BYTES) return err({ code: 'too-long' });
    this.#forgetOld(now);
    const given = [...this.#entries.values()].filter(({ side }) => side === 'introducer');
    if (given.length >= MAX_GIVEN) return err({ code: 'full' });
    const reference = randomBytes(rng, REFERENCE_BYTES);
    const id = toHex(reference);
    const parties = [
      { contact: first, accepted: false },
      { contact: second, accepted: false },
    ] as const;
    const state = 'offered' as const;
    const offer = { reference, kind: 'offer', note } as const;
    const told =
      this.#send(now, first, { ...offer, role: 'inviter', name: nameOfOther }) &&
      this.#send(now, second, { ...offer, role: 'invited', name: nameOfOne });
    if (!told) {
      this.#send(now, first, { reference, kind: 'withdraw' });
      return err({ code: 'full' });
    }
    const invite = new Uint8Array(0);
    this.#put({ side: 'introducer', id, reference, state, at: now, parties, invite });
    this.#conversations.pump(now);
    return ok(id);
  }

  /** Says yes to an offer. @returns false when there is no such open one, or no invite can be made now. */
  accept(now: Instant, id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry?.side !== 'introduced' || entry.state !== 'offered') return false;
    if (entry.role === 'inviter') {
      const made = this.#invites.create(now, entry.name);
      if (made === undefined) return false;
      this.#ownInvites.add(made.invite);
      this.#put({ ...entry, state: 'accepted', meeting: made.invite });
      return true;
    }
    if (!this.#send(now, entry.contact, { reference: entry.reference, kind: 'accept' })) {
      return false;
    }
    this.#put({ ...entry, state: 'accepted' });
    this.#conversations.pump(now);
    return true;
  }

  /** Says no to an offer, before or after a yes; takes one's own introduction back. @returns false when it is too late, or there is none. */
  decline(now: Instant, id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    if (entry.state !== 'offered' && entry.state !== 'accepted') return false;
    if (entry.side === 'introducer') this.#withdraw(now, entry);
    else {
      this.#close(now, entry, 'declined');
      this.#send(now, entry.contact, { reference: entry.reference, kind: 'decline' });
    }
    this.#conversations.pump(now);
    return true;
  }

  /** A contact was removed: what it offered or was offered comes to nothing. */
  forget(now: Instant, contact: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.side === 'introducer') {
        const concerned = entry.parties.some((party) => party.contact === contact);
        if (concerned && isOpen(entry)) this.#withdraw(now, entry);
      } else if (entry.contact === contact) {
        if (isOpen(entry)) this.#close(now, entry, 'withdrawn');
        this.#drop(entry);
      }
    }
  }

  /** Learns what became of a meeting. @returns whether the event is for nobody else. */
  observe(now: Instant, event: PersonEvent): boolean {
    switch (event.kind) {
      case 'invite-ready': {
        const entry = this.#meetingBy(event.invite, 'inviter');
        if (entry === undefined) return false;
        this.#sendInvite(now, entry, event.link);
        return true;
      }
      case 'invite-closed': {
        const entry = this.#meetingBy(event.invite, 'inviter');
        if (entry !== undefined && isOpen(entry)) this.#put({ ...entry, state: 'failed' });
        return this.#ownInvites.delete(event.invite);
      }
      case 'contact-added': {
        const entry =
          event.invite === undefined
            ? this.#meetingBy(event.contact, 'invited')
            : this.#meetingBy(event.invite, 'inviter');
        // From here on the introduction names the contact, in whichever role.
        if (entry !== undefined) this.#put({ ...entry, state: 'met', meeting: event.contact });
        return false;
      }
      case 'contact-failed': {
        const entry = this.#meetingBy(event.contact, 'invited');
        if (entry !== undefined) this.#put({ ...entry, state: 'failed' });
        return false;
      }
      default:
        return false;
    }
  }

  /** Takes back a stored introduction. @returns false when it cannot be read. */
  restore(key: string, value: Uint8Array): boolean {
    const id = key.slice(INTRODUCTION_PREFIX.length);
    const entry = decodeEntry(id, value);
    if (entry === undefined) return false;
    this.#entries.set(id, entry);
    if (entry.side === 'introduced' && entry.role === 'inviter' && isOpen(entry)) {
      this.#ownInvites.add(entry.meeting);
    }
    return true;
  }

  /** Ends what has taken too long. */
  pump(now: Instant): void {
    for (const entry of this.#entries.values()) {
      if (!isOpen(entry) || now - entry.at < LIFE_MICROS) continue;
      if (entry.side === 'introducer') this.#withdraw(now, entry);
      else this.#close(now, entry, 'failed');
    }
  }

  #received(now: Instant, contact: Contact, introduction: Introduction): void {
    const { reference } = introduction;
    switch (introduction.kind) {
      case 'offer':
        this.#offered(now, contact, introduction);
        break;
      case 'accept':
      case 'decline': {
        const entry = this.#entries.get(toHex(reference));
        if (entry?.side !== 'introducer') this.#parts.count('introduction-unknown');
        else this.#answered(now, entry, contact.id, introduction);
        break;
      }
      case 'connect':
      case 'withdraw': {
        const entry = this.#entries.get(offerId(contact.id, reference));
        if (entry?.side !== 'introduced' || !isOpen(entry)) {
          this.#parts.count('introduction-unknown');
        } else if (introduction.kind === 'withdraw') this.#withdrawn(now, entry);
        else this.#connect(now, entry, introduction.invite);
        break;
      }
    }
  }

  #offered(
    now: Instant,
    { id: contact }: Contact,
    { reference, role, name, note }: Extract<Introduction, { kind: 'offer' }>,
  ): void {
    const id = offerId(contact, reference);
    this.#forgetOld(now);
    const offers = [...this.#entries.values()].filter((entry) => entry.side === 'introduced');
    const same = offers.filter((entry) => entry.contact === contact);
    if (this.#entries.has(id)) this.#parts.count('introduction-repeated');
    else if (same.length >= MAX_OFFERS_OF_ONE || offers.length >= MAX_OFFERS) {
      this.#parts.count('introduction-limit');
    } else {
      const common = { id, reference, state: 'offered', at: now } as const;
      this.#put({ ...common, side: 'introduced', role, contact, name, note, meeting: '' });
    }
  }

  /** One of the two whom one introduces has said yes or no. */
  #answered(
    now: Instant,
    entry: GivenIntroduction,
    contact: string,
    { kind, ...rest }: Extract<Introduction, { kind: 'accept' | 'decline' }>,
  ): void {
    const index = entry.parties.findIndex((party) => party.contact === contact);
    const party = entry.parties[index];
    if (party === undefined || entry.state !== 'offered') {
      this.#parts.count('introduction-unknown');
      return;
    }
    if (kind === 'decline') {
      this.#withdraw(now, entry, contact);
      return;
    }
    const brought = 'invite' in rest ? rest.invite : undefined;
    // The inviter brings an invite of this network, the invited none: nothing else is passed on.
    const fits =
      index === 0 ? brought !== undefined && this.#isInvite(brought) : brought === undefined;
    if (party.accepted || !fits) {
      this.#parts.count('introduction-refused');
      return;
    }
    const said = { ...party, accepted: true };
    const [first, second] = entry.parties;
    const parties = index === 0 ? ([said, second] as const) : ([first, said] as const);
    const invite = brought?.slice() ?? entry.invite;
    if (!parties.every(({ accepted }) => accepted)) {
      this.#put({ ...entry, parties, invite });
      return;
    }
    const { reference } = entry;
    const told =
      this.#send(now, second.contact, { reference, kind: 'connect', invite }) &&
      this.#send(now, first.contact, { reference, kind: 'connect' });
    // What the two meet by is theirs: nothing of it is kept here.
    wipe(invite);
    const state = told ? 'connected' : 'failed';
    this.#put({ ...entry, parties, invite: new Uint8Array(0), state });
  }

  #connect(now: Instant, entry: OfferedIntroduction, invite: Uint8Array | undefined): void {
    const fits = (entry.role === 'invited') === (invite !== undefined);
    if (entry.state !== 'accepted' || !fits) {
      this.#parts.count('introduction-refused');
      return;
    }
    if (invite === undefined) {
      this.#put({ ...entry, state: 'connecting' });
      return;
    }
    const accepted = this.#acceptances.accept(now, linkOf(invite), entry.name);
    if (accepted.ok) this.#put({ ...entry, state: 'connecting', meeting: accepted.value });
    else this.#put({ ...entry, state: 'failed' });
  }

  /** The introducer says that it comes to nothing; who is meeting already goes on. */
  #withdrawn(now: Instant, entry: OfferedIntroduction): void {
    if (entry.state === 'connecting') this.#parts.count('introduction-refused');
    else this.#close(now, entry, 'withdrawn');
  }

  /** Tells those who have not said no; nobody learns who did. */
  #withdraw(now: Instant, entry: GivenIntroduction, except?: string): void {
    const { reference } = entry;
    for (const { contact } of entry.parties) {
      if (contact !== except) this.#send(now, contact, { reference, kind: 'withdraw' });
    }
    wipe(entry.invite);
    this.#put({ ...entry, state: 'withdrawn', invite: new Uint8Array(0) });
  }

  /** Ends an offer, and the invite that was made for it. */
  #close(
    now: Instant,
    entry: OfferedIntroduction,
    state: 'declined' | 'withdrawn' | 'failed',
  ): void {
    this.#put({ ...entry, state });
    if (entry.role === 'inviter' && entry.meeting !== '') this.#invites.revoke(now, entry.meeting);
  }

  /** The invite for the other is ready: with it goes the yes. */
  #sendInvite(now: Instant, entry: OfferedIntroduction, link: string): void {
    const invite = fromBase64url(link.slice(INVITE_PREFIX.length));
    const { reference, contact } = entry;
    if (entry.state !== 'accepted' || invite === undefined) return;
    if (!this.#send(now, contact, { reference, kind: 'accept', invite })) {
      this.#close(now, entry, 'failed');
    }
    this.#conversations.pump(now);
  }

  #meetingBy(meeting: string, role: OfferedIntroduction['role']): OfferedIntroduction | undefined {
    for (const entry of this.#entries.values()) {
      if (entry.side !== 'introduced' || entry.role !== role) continue;
      if (entry.meeting === meeting) return entry;
    }
    return undefined;
  }

  #isInvite(bytes: Uint8Array): boolean {
    const { suite, networkId } = this.#parts;
    const invite = decodeInvite(suite, linkOf(bytes));
    return invite.ok && equalBytes(invite.value.networkId, networkId);
  }

  /** @returns false when the contact is gone or takes no more messages. */
  #send(now: Instant, id: string, introduction: Introduction): boolean {
    const contact = this.#parts.contacts.get(id);
    return (
      contact !== undefined && this.#conversations.introductions.send(now, contact, introduction).ok
    );
  }

  /** What is over and a day old makes way; until then it counts against its contact. */
  #forgetOld(now: Instant): void {
    for (const entry of this.#entries.values()) {
      if (!isOpen(entry) && now - entry.at >= DAY_MICROS) this.#drop(entry);
    }
  }

  #put(entry: IntroductionEntry): void {
    this.#entries.set(entry.id, entry);
    const value = encodeEntry(entry);
    this.#parts.endpoint.persist([{ key: INTRODUCTION_PREFIX + entry.id, value }]);
    this.#parts.emit({ kind: 'introduction-changed', introduction: summaryOf(entry) });
  }

  #drop({ id }: IntroductionEntry): void {
    this.#entries.delete(id);
    this.#parts.endpoint.persist([{ key: INTRODUCTION_PREFIX + id, value: undefined }]);
  }
}

/** An introducer chooses the reference: another one may choose the same. */
const offerId = (contact: string, reference: Uint8Array): string =>
  `${contact}-${toHex(reference)}`;

const linkOf = (invite: Uint8Array): string => INVITE_PREFIX + toBase64url(invite);

function summaryOf(entry: IntroductionEntry): IntroductionSummary {
  const { id, state, at } = entry;
  if (entry.side === 'introducer') {
    const [first, second] = entry.parties;
    return { id, side: 'introducer', state, at, contacts: [first.contact, second.contact] };
  }
  const { contact, name, note, meeting } = entry;
  const met = state === 'met' ? { met: meeting } : {};
  return { id, side: 'introduced', state, at, by: contact, name, note, ...met };
}
