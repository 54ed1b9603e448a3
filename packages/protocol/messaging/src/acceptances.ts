import { epochStart } from '@sotto/directory';
import { fragment, FRAGMENT_BYTES, MESSAGE_ID_BYTES } from '@sotto/endpoint';
import { phaseAt } from '@sotto/link';
import type { Answer } from '@sotto/mailbox';
import { decodeBundle, firstMessageCapacity, initiate } from '@sotto/ratchet';
import {
  after,
  equalBytes,
  err,
  fromUtf8,
  type Instant,
  MICROS_PER_SECOND,
  ok,
  randomBytes,
  type Result,
  toHex,
  toUtf8,
  wipe,
} from '@sotto/wire';
import { Acceptance, BUNDLE_ATTEMPTS, type Greeting } from './acceptance.ts';
import { checkLabel, CONTACT_ID_BYTES, Contact } from './contact.ts';
import type { Conversations } from './conversation.ts';
import { GreetingQueue } from './greeting-queue.ts';
import { encodeItems, LEVEL_COST, surbsThatFit } from './items.ts';
import { type MeetingPlace, readMeetingPlace } from './meeting-place.ts';
import { fastMicros, roundTripMicros } from './patience.ts';
import type { AcceptError, AcceptFailure, PersonParts } from './person-io.ts';
import { grant, prepareGreeting } from './reply-mint.ts';
import { MEETING_PACKETS } from './restraint.ts';
import { Supply } from './supply.ts';

/** Packets of a first message: twice within the uses of one credential, with a few reply blocks inside. */
const GREETING_PACKETS = 3;
const GREETING_ROOM = firstMessageCapacity(GREETING_PACKETS * FRAGMENT_BYTES);
/** Reply blocks inside. */
const GREETING_SURBS = surbsThatFit(GREETING_ROOM - LEVEL_COST);
/**
 * So long a first message waits for aliases of epochs to come: for a fetch and its answer, which take
 * seven slow means, and for the slots in which four are announced, one of seven each. One that has
 * blocks of this epoch alone is of no use to who finds it in the next.
 */
const ALIAS_MEANS = 10;
const ALIAS_SLOTS = 40;
/** So many times as long it waits while it has none of an epoch to come: stashes of one's own invites share those slots. */
const ALIAS_PATIENCE = 4;
/** How long a pending contact is waited for: its owner may be asleep. */
const PENDING_MICROS = 14 * 86_400 * MICROS_PER_SECOND;

/** Where invites that are being accepted are stored. */
export const ACCEPT_PREFIX = 'person/accept/';
/** Where packets of first messages are stored until they have left. */
export const GREETING_PREFIX = 'person/greeting/';

/** Ends the key of a packet that has left by an address. */
const LEFT = '/left';

/** Invites taken. */
export class Acceptances {
  readonly #parts: PersonParts;
  readonly #conversations: Conversations;
  readonly #isOwn: (box: string) => boolean;
  readonly #open = new Map<string, Acceptance>();
  readonly #greetings: GreetingQueue;

  /** @param isOwn - whether a box at a contact point is one's own, hexadecimal. */
  constructor(parts: PersonParts, conversations: Conversations, isOwn: (box: string) => boolean) {
    this.#parts = parts;
    this.#conversations = conversations;
    this.#isOwn = isOwn;
    this.#greetings = new GreetingQueue(parts);
  }

  /** Acceptances under way. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether one is under way under this id. */
  has(contact: string): boolean {
    return this.#open.has(contact);
  }

  /** Starts to accept an invite. @returns the contact that it will be. @throws RangeError when the label is too long. */
  accept(now: Instant, link: string, label: string): Result<string, AcceptError> {
    checkLabel(label);
    const { suite, networkId, rng } = this.#parts;
    const place = readMeetingPlace(suite, link.trim());
    if (!place.ok) return place;
    if (!equalBytes(place.value.networkId, networkId)) return err({ code: 'other-network' });
    if (this.#isOver(now, place.value)) return err({ code: 'expired' });
    const box = toHex(place.value.box);
    if (this.#isOwn(box)) return err({ code: 'own-invite' });
    for (const other of this.#open.values()) {
      if (toHex(other.place.box) === box) return err({ code: 'already-used' });
    }
    const contact = toHex(randomBytes(rng, CONTACT_ID_BYTES));
    const acceptance = new Acceptance(contact, label, link.trim(), place.value);
    this.#open.set(contact, acceptance);
    this.#save(ACCEPT_PREFIX + contact, toUtf8(`${acceptance.link}\n${label}`));
    this.pump(now);
    return ok(contact);
  }

  /** Takes back a stored acceptance. @returns false when it cannot be read. */
  restore(key: string, value: Uint8Array): boolean {
    const text = fromUtf8(value) ?? '';
    // A link has no line end, a label may.
    const end = text.indexOf('\n');
    const link = text.slice(0, Math.max(0, end));
    const place = readMeetingPlace(this.#parts.suite, link);
    if (!place.ok) return false;
    const contact = key.slice(ACCEPT_PREFIX.length);
    const label = text.slice(end + 1);
    this.#open.set(contact, new Acceptance(contact, label, link, place.value));
    return true;
  }

  /** Takes back a greeting that had not left; after every acceptance was restored. @returns false when it is no longer wanted. */
  restoreGreeting(key: string, content: Uint8Array): boolean {
    const [contact = ''] = key.slice(GREETING_PREFIX.length).split('/');
    const acceptance = this.#open.get(contact);
    if (acceptance === undefined) return false;
    const greeting = { key, acceptance, content };
    if (key.endsWith(LEFT)) acceptance.greeted.push(greeting);
    else this.#greetings.push(greeting);
    return true;
  }

  /** Sends and gives up whatever is due. */
  pump(now: Instant): void {
    for (const acceptance of this.#open.values()) {
      this.#pumpOne(now, acceptance);
      this.#repeat(now, acceptance);
    }
    this.#greetings.pump(now);
    for (const contact of this.#parts.contacts.values()) {
      if (contact.stage === 'pending' && contact.deadline <= now) {
        this.#fail(contact.id, 'no-answer');
      }
    }
  }

  /** Looks on for a stranger's proof, when nothing is left to be polled. @returns whether one was found. */
  search(now: Instant): boolean {
    return this.#greetings.search(now);
  }

  /** When `pump` must be called next for time alone. */
  nextAt(): Instant | undefined {
    let next: Instant | undefined;
    const consider = (at: Instant | undefined): void => {
      if (at !== undefined && (next === undefined || at < next)) next = at;
    };
    const { contacts, parameters } = this.#parts;
    consider(this.#greetings.searchAt);
    for (const { contact, deadline, greetBy, place, repeatAt } of this.#open.values()) {
      consider(repeatAt);
      if (contacts.has(contact)) continue;
      consider(greetBy ?? deadline);
      const { expiryEpoch } = place;
      if (expiryEpoch !== undefined) consider(epochStart(parameters, expiryEpoch + 1));
    }
    for (const { stage, deadline } of this.#parts.contacts.values()) {
      if (stage === 'pending') consider(deadline);
    }
    return next;
  }

  /** The turn of a packet came. @returns false when it is none of an acceptance. */
  sent(now: Instant, order: number): boolean {
    const greeting = this.#greetings.take(order);
    if (greeting === undefined) {
      for (const acceptance of this.#open.values()) {
        if (acceptance.request !== order) continue;
        // Its answer is on its way from here on, however long the request waited for a slot.
        acceptance.deadline = this.#patience(now);
        return true;
      }
      return false;
    }
    const { acceptance } = greeting;
    acceptance.greeted.push(greeting);
    // By an address a restart must not send it again in this epoch: others would find no place.
    if (acceptance.place.cost !== undefined && !acceptance.repeated) this.#mark(greeting);
    if (acceptance.repeated) this.#save(greeting.key, undefined);
    else if (acceptance.greeted.length === GREETING_PACKETS) {
      acceptance.repeatAt = this.#repeatAt(now, acceptance.place);
    }
    return true;
  }

  /** A packet was given up before its turn: it goes again. @returns false when it is none of an acceptance. */
  unsent(order: number): boolean {
    const greeting = this.#greetings.take(order);
    if (greeting !== undefined) {
      if (this.#open.has(greeting.acceptance.contact)) this.#greetings.push(greeting);
      return true;
    }
    for (const acceptance of this.#open.values()) {
      if (acceptance.request !== order) continue;
      acceptance.request = undefined;
      acceptance.deadline = undefined;
      acceptance.attempts--;
      return true;
    }
    return false;
  }

  /** A contact point answered. */
  answered(now: Instant, request: number, answer: Answer): void {
    for (const acceptance of this.#open.values()) {
      if (acceptance.request !== request) continue;
      if (answer.kind === 'chunk') acceptance.add(answer.index, answer.count, answer.chunk);
      else if (answer.kind === 'closed' || answer.kind === 'not-now') {
        acceptance.refusal = answer.kind;
        if (acceptance.attempts >= BUNDLE_ATTEMPTS) acceptance.deadline = now;
      }
      this.#pumpOne(now, acceptance);
      this.#greetings.pump(now);
      return;
    }
  }

  /** A contact came about, or will not: nothing of its acceptance is kept. @returns false when there is none. */
  finish(contact: string): boolean {
    const acceptance = this.#open.get(contact);
    if (acceptance === undefined) return false;
    this.#open.delete(contact);
    this.#greetings.drop(acceptance);
    wipe(acceptance.place.secret);
    this.#save(ACCEPT_PREFIX + contact, undefined);
    for (let i = 0; i < GREETING_PACKETS; i++) {
      const key = `${GREETING_PREFIX}${contact}/${i}`;
      this.#save(key, undefined);
      if (acceptance.place.cost !== undefined) this.#save(key + LEFT, undefined);
    }
    return true;
  }

  #pumpOne(now: Instant, acceptance: Acceptance): void {
    const { endpoint, contacts } = this.#parts;
    if (contacts.has(acceptance.contact)) return;
    if (this.#isOver(now, acceptance.place)) {
      this.#fail(acceptance.contact, 'no-answer');
      return;
    }
    prepareGreeting(this.#parts, now, acceptance, GREETING_SURBS);
    if (acceptance.bundle !== undefined) {
      this.#greet(now, acceptance, acceptance.bundle);
      return;
    }
    const { request: underWay, deadline } = acceptance;
    if (deadline === undefined ? underWay !== undefined : deadline > now) return;
    if (acceptance.attempts >= BUNDLE_ATTEMPTS) {
      this.#fail(acceptance.contact, acceptance.refusal ?? 'no-answer');
      return;
    }
    const { node, box, credential } = acceptance.place;
    const request = endpoint.getBundle(now, {
      node,
      box,
      credential,
      first: 0,
      surbs: 3,
      delayClass: 'fast',
    });
    // One that could not be made is tried again after as long.
    acceptance.deadline = request.ok ? undefined : this.#patience(now);
    if (!request.ok) return;
    acceptance.attempts++;
    acceptance.request = request.value;
  }

  /** Whether a first message that lacks reply blocks is to wait for further aliases. */
  #waitsForAlias(now: Instant, acceptance: Acceptance): boolean {
    const wait = this.#aliasMicros(now);
    acceptance.greetBy ??= after(now, wait);
    const epoch = this.#parts.epoch(now);
    const { expiryEpoch = Infinity } = acceptance.place;
    // There is none to come, or nobody reads the message in it.
    const last = this.#parts.parameters.horizonEpochs < 2 || expiryEpoch <= epoch;
    const reaches = last || acceptance.prepared.some((block) => block.epoch > epoch);
    if (!acceptance.overdue && acceptance.greetBy <= now && !reaches) {
      acceptance.overdue = true;
      acceptance.greetBy = after(acceptance.greetBy, (ALIAS_PATIENCE - 1) * wait);
    }
    return acceptance.greetBy > now && !(acceptance.overdue && reaches);
  }

  #aliasMicros(now: Instant): number {
    const { plan, parameters } = this.#parts;
    const slots = ALIAS_SLOTS * phaseAt(plan, now).phase.uplinkMeanMicros;
    return Math.max(ALIAS_MEANS * parameters.slowMeanMicros, slots);
  }

  /** Until when what was sent in the fast class has been answered, if anybody is there. */
  #patience(now: Instant): Instant {
    const { plan, parameters } = this.#parts;
    return after(now, roundTripMicros(plan, now, fastMicros(plan, now, parameters)));
  }

  /** When a first message is sent once more. By an address in the next epoch: what strangers may open in this one is short. */
  #repeatAt(now: Instant, { cost }: MeetingPlace): Instant {
    if (cost === undefined) return this.#patience(now);
    const { parameters } = this.#parts;
    const next = epochStart(parameters, this.#parts.epoch(now) + 1);
    return after(next, parameters.graceMicros);
  }

  #isOver(now: Instant, { expiryEpoch }: MeetingPlace): boolean {
    return expiryEpoch !== undefined && expiryEpoch < this.#parts.epoch(now);
  }

  #mark(greeting: Greeting): void {
    this.#save(greeting.key, undefined);
    greeting.key += LEFT;
    this.#save(greeting.key, greeting.content);
  }

  /**
   * Sends the first message once more, the same one: nobody confirms its packets, and one that is
   * lost would leave both waiting. Not oftener: its credential opens no more blocks.
   */
  #repeat(now: Instant, acceptance: Acceptance): void {
    const { greeted, repeated, place } = acceptance;
    if (greeted.length === GREETING_PACKETS && !repeated) {
      acceptance.repeatAt ??= this.#repeatAt(now, place);
    }
    if (acceptance.repeatAt === undefined || acceptance.repeatAt > now) return;
    acceptance.repeatAt = undefined;
    acceptance.repeated = true;
    this.#greetings.push(...acceptance.greeted.splice(0));
  }

  /** The bundle is whole: makes the first message and sends it through the contact point. */
  #greet(now: Instant, acceptance: Acceptance, encoded: Uint8Array): void {
    const { suite, rng, identity, contacts, save } = this.#parts;
    const { place, contact: id, label } = acceptance;
    const bundle = decodeBundle(suite, encoded, place.bundleHash);
    if (!bundle.ok) {
      this.#fail(id, 'bad-bundle');
      return;
    }
    const paddedLength = GREETING_ROOM;
    // The inviter may come back in a later epoch: the blocks inside reach over those to come.
    const { prepared: surbs } = acceptance;
    if (surbs.length < GREETING_SURBS && this.#waitsForAlias(now, acceptance)) return;
    // Without one nobody could answer: again when there is a path.
    if (surbs.length === 0) {
      acceptance.greetBy = undefined;
      acceptance.overdue = false;
      acceptance.deadline = this.#patience(now);
      return;
    }
    const supply = new Supply();
    const report = { ...supply.number(), direct: 0, mailbox: 0, later: 0 };
    grant(now, { supply }, surbs, this.#parts.epoch(now));
    acceptance.prepared = [];
    const payload = encodeItems({ acks: [], surbs, report });
    const { secret } = place;
    const options = { identity, bundle: bundle.value, secret, payload, paddedLength };
    const initiated = initiate(suite, rng, options);
    if (!initiated.ok) {
      this.#fail(id, initiated.error.code === 'own-bundle' ? 'own-invite' : 'bad-bundle');
      return;
    }
    const contact = new Contact({
      id,
      label,
      stage: 'pending',
      session: initiated.value.session,
      deadline: after(now, PENDING_MICROS),
      supply,
      epoch: this.#parts.epoch(now),
      meetingPackets: MEETING_PACKETS,
    });
    contacts.set(id, contact);
    save(contact);
    const contents = fragment(randomBytes(rng, MESSAGE_ID_BYTES), initiated.value.message);
    for (const [i, content] of contents.entries()) {
      const key = `${GREETING_PREFIX}${id}/${i}`;
      this.#save(key, content);
      this.#greetings.push({ key, acceptance, content });
    }
  }

  #fail(id: string, code: AcceptFailure): void {
    const { contacts, endpoint, save, emit } = this.#parts;
    const contact = contacts.get(id);
    if (contact !== undefined) {
      contact.stage = 'failed';
      this.#conversations.abandon(contact);
      save(contact);
    }
    this.finish(id);
    endpoint.forget(id);
    emit({ kind: 'contact-failed', contact: id, code });
  }

  #save(key: string, value: Uint8Array | undefined): void {
    this.#parts.endpoint.persist([{ key, value }]);
  }
}
