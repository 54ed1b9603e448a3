import { epochStart } from '@sotto/directory';
import type { EndpointEvent } from '@sotto/endpoint';
import type { OpenError } from '@sotto/ratchet';
import { type MessageId, parityFor } from '@sotto/reliable';
import { after, err, type Instant, ok, type Result, toUtf8 } from '@sotto/wire';
import { type Contact, fragmentsFor } from './contact.ts';
import { channelRoom, nextChannelMessage, supplyPackets } from './channel-messages.ts';
import { findBack, findsBackFrom } from './finding-back.ts';
import { Flights, KEPT_FOR_SUPPLY, LAST_PAUSES_MICROS } from './flights.ts';
import { settle, takeItems } from './incoming.ts';
import { IntroductionMail } from './introduction-mail.ts';
import {
  acksCost,
  introductionCost,
  photoCost,
  LEVEL_COST,
  LIFETIME_COST,
  MAX_TEXT_BYTES,
  surbsCost,
  textCost,
  WAY_COST,
} from './items.ts';
import { expiredTexts, giveUp, isOutOfReach, nextExpiry } from './lost.ts';
import type { Kept } from './message-content.ts';
import type { MessageLog } from './message-log.ts';
import { fastMicros, roundTripMicros } from './patience.ts';
import { PersonChannels } from './person-channels.ts';
import type { PersonParts, SendPhotoError, SendTextError } from './person-io.ts';
import { Photos } from './photos.ts';
import { prepareLater } from './reply-mint.ts';
import { isHeld, meetingPackets, shouldSupply } from './restraint.ts';
import { Ways } from './ways.ts';

/** What a session says to messages of a peer that has followed another copy of it. */
const OUT_OF_STEP: ReadonlySet<OpenError['code']> = new Set([
  'sealed',
  'malformed',
  'duplicate',
  'gap',
]);
/** One may be a message so late that its key was given up. */
const OUT_OF_STEP_AFTER = 2;

type Mail = Extract<EndpointEvent, { kind: 'mail' }>;
/** How a sealed message came. */
type Came = Pick<Mail, 'viaMailbox' | 'epoch' | 'twin'>;

/** Messages with contacts: what leaves when, and what becomes of what arrives. */
export class Conversations {
  /** Channels with all contacts. */
  readonly channels: PersonChannels;
  /** Messages of introductions. */
  readonly introductions: IntroductionMail;
  readonly photos: Photos;
  /** Ways back to contacts of whom no reply block is left, and for them. */
  readonly ways: Ways;
  readonly #parts: PersonParts;
  readonly #log: MessageLog;
  /** Messages whose packets wait for their turns. */
  readonly #flights: Flights;
  /** When this run began. */
  #since: Instant | undefined;

  /**
   * @param log - with what was stored.
   * @param save - puts an entry into the store.
   */
  constructor(
    parts: PersonParts,
    log: MessageLog,
    save: (key: string, value: Uint8Array | undefined) => void,
  ) {
    this.#parts = parts;
    this.#log = log;
    this.channels = new PersonChannels(parts, save, (now) => this.pump(now));
    this.introductions = new IntroductionMail(parts);
    this.photos = new Photos(parts, log, save);
    this.ways = new Ways(parts);
    this.#flights = new Flights(parts, this.#kept);
  }

  /** Takes a text for a contact. */
  write(now: Instant, id: string, text: string): Result<MessageId, SendTextError> {
    const found = this.#writable(id);
    if (!found.ok) return found;
    const contact = found.value;
    const length = toUtf8(text).length;
    if (length === 0) return err({ code: 'empty' });
    if (length > MAX_TEXT_BYTES) return err({ code: 'too-long' });
    const number = contact.outbox.enqueue(now);
    if (!number.ok) return number;
    this.#log.put({
      contact: id,
      direction: 'out',
      id: number.value,
      text,
      at: now,
      state: 'queued',
    });
    this.#parts.save(contact);
    this.pump(now);
    return ok(number.value);
  }

  /** Takes a photo for a contact; `words` say what it shows. */
  writePhoto(
    now: Instant,
    id: string,
    bytes: Uint8Array,
    words: string,
  ): Result<MessageId, SendPhotoError> {
    const found = this.#writable(id);
    if (!found.ok) return found;
    const taken = this.photos.write(now, found.value, bytes, words);
    if (taken.ok) this.pump(now);
    return taken;
  }

  /** Sends whatever may be sent now. */
  pump(now: Instant): void {
    this.#since ??= now;
    const epoch = this.#parts.epoch(now);
    for (const contact of this.#parts.contacts.values()) {
      contact.turn(epoch);
      if (this.#quiet(contact)) continue;
      this.#pumpContact(now, contact);
    }
  }

  /** A contact will never come about: what was written to it has failed. */
  abandon(contact: Contact): void {
    for (const { direction, id, state } of this.#log.of(contact.id)) {
      if (direction !== 'out' || state === 'delivered') continue;
      settle(this.#kept, contact, id, { state: 'failed', failure: 'contact-failed' });
    }
  }

  /** A contact is blocked from now on: nothing that waits leaves, and channels with it are over. Texts wait until it is blocked no more. */
  block(contact: Contact): void {
    this.#flights.forget(contact);
    this.#parts.endpoint.unqueue(contact.id);
    contact.inFlight.clear();
    contact.packetsWaiting = 0;
    contact.wordlessWaiting = 0;
    // What would have told it may have waited, too.
    contact.declined = false;
    for (const id of this.channels.block(contact.id)) {
      contact.outbox.drop(id);
      contact.leftAt.delete(id);
      contact.needs.delete(id);
    }
  }

  /** Nothing more goes to a contact, and its keys are erased. */
  remove(contact: Contact): void {
    this.#flights.forget(contact);
    this.channels.forget(contact.id);
    this.introductions.forget(contact.id);
    this.photos.forget(contact.id);
    this.ways.forget(contact.id);
    contact.session.wipe();
  }

  /** When `pump` must be called next for time alone. */
  nextAt(now: Instant): Instant | undefined {
    let next: number | undefined;
    const consider = (at: number | undefined): void => {
      // What is overdue waits for a reply block, not for time.
      if (at !== undefined && at > now && (next === undefined || at < next)) next = at;
    };
    const epoch = this.#parts.epoch(now);
    if (this.#parts.contacts.size > 0) consider(epochStart(this.#parts.parameters, epoch + 1));
    for (const contact of this.#parts.contacts.values()) {
      if (this.#quiet(contact)) continue;
      consider(contact.outbox.nextAt());
      consider(nextExpiry(this.#parts, contact));
      consider(contact.backAt + this.#fetchMicros(now));
      if (contact.bank.size === 0) {
        consider(this.ways.nextTry(now, contact));
        consider(findsBackFrom(this.#parts, now, this.#since ?? now));
      }
      if (contact.stage === 'active') consider(contact.prepareAt);
      if (contact.bank.usable(epoch) === 0) continue;
      consider(contact.inbox.nextAt());
      consider(contact.supply.nextAt);
      consider(contact.confirmAt);
    }
    return next === undefined ? undefined : after(now, next - now);
  }

  /** The turn of a packet came. @returns false when it is none of a conversation. */
  sent(now: Instant, order: number): boolean {
    return this.#flights.sent(now, order);
  }

  /** A packet was given up before its turn: its message goes again, under another reply block. */
  unsent(now: Instant, order: number): boolean {
    return this.#flights.unsent(now, order);
  }

  /** A fragment came under one of the contact's reply blocks. */
  arrived(now: Instant, mail: Mail): void {
    const { contacts, count } = this.#parts;
    const contact = contacts.get(mail.contact);
    if (contact === undefined) {
      count('unknown-contact');
      return;
    }
    if (this.#parts.settings.of(contact.id).blocked) {
      count('blocked');
      return;
    }
    const before = contact.reassembly.givenUp;
    const whole = contact.reassembly.add(now, mail.content);
    const { expired, evicted } = contact.reassembly.givenUp;
    for (let i = before.expired; i < expired; i++) count('fragments-expired');
    for (let i = before.evicted; i < evicted; i++) count('fragments-evicted');
    // Parity that was not needed, or a copy.
    if (!whole.ok) count(whole.error.code === 'message-repeated' ? 'fragment-late' : 'fragment');
    else if (whole.value !== undefined) this.#open(now, contact, whole.value, mail);
  }

  /** A contact that had no reply block any more has written by one's own way back. */
  cameBack(now: Instant, contact: Contact, sealed: Uint8Array): void {
    if (this.#parts.settings.of(contact.id).blocked) {
      this.#parts.count('blocked');
      return;
    }
    // It is taken for one of this epoch: what it reports to hold is nothing, whatever the epoch.
    // The contact point can run several blocks with it: a copy says no more than that of a twin.
    const epoch = this.#parts.epoch(now);
    this.#open(now, contact, sealed, { viaMailbox: true, epoch, twin: true });
  }

  /** What a handshake carries, or a sealed message. @returns false when it is refused, and counted. */
  take(
    now: Instant,
    contact: Contact,
    plaintext: Uint8Array,
    { viaMailbox, epoch }: Pick<Mail, 'viaMailbox' | 'epoch'>,
  ): boolean {
    const incoming = { now, contact, plaintext, viaMailbox, epoch };
    return takeItems(this.#parts, this.#kept, incoming);
  }

  #pumpContact(now: Instant, contact: Contact): void {
    const gone = [...contact.outbox.wake(now), ...expiredTexts(this.#parts, now, contact)];
    giveUp(this.#parts, this.#kept, contact, gone, 'no-acknowledgement');
    let said = false;
    const { plan, parameters } = this.#parts;
    const answer = roundTripMicros(plan, now, fastMicros(plan, now, parameters));
    const patience = { answer, fetch: this.#fetchMicros(now) };
    prepareLater(this.#parts, now, contact);
    contact.short = 0;
    for (const id of contact.outbox.due(now)) {
      if (contact.inFlight.has(id) || !contact.mayRepeat(now, id, patience)) continue;
      if (contact.leftAt.has(id) && this.ways.wayIn(contact.id, id) !== undefined) {
        this.#untell(contact, id);
        continue;
      }
      const needed = this.#blocksFor(contact, id);
      if (needed === undefined) continue;
      // What was lost once is not sent again without parity; the first time it takes what is there.
      const again = contact.leftAt.has(id);
      const parity = again ? parityFor(needed, Infinity) : 0;
      const order = { packets: needed, text: id, least: parity };
      // Part upon part of a photo must leave what the supply goes on with, and words need.
      const spared = this.photos.payloadOf(contact.id, id) === undefined ? 0 : KEPT_FOR_SUPPLY;
      const free = contact.bank.usable(contact.epoch) - spared;
      const dispatched =
        free < needed + parity ? 'no-block' : this.#flights.dispatch(now, contact, order);
      if (dispatched === 'queued') said = true;
      if (dispatched !== 'no-block') continue;
      if (!again && isOutOfReach(this.#parts, this.ways, now, contact, this.#since ?? now)) {
        giveUp(this.#parts, this.#kept, contact, [id], 'out-of-reach');
        continue;
      }
      const short = needed + parity + Math.max(spared, LAST_PAUSES_MICROS.length);
      contact.short = Math.max(contact.short, short);
      if (!again) this.#log.change(contact.id, id, { state: 'waiting' });
    }
    if (this.#pumpChannels(now, contact)) said = true;
    // One at a time: the next tells all that came meanwhile, so that a slow turn makes it no queue.
    if (said || contact.wordlessWaiting > 0) return;
    if (contact.bank.size === 0) {
      findBack(this.#parts, this.#kept, now, contact, this.#since ?? now);
      return;
    }
    const filling = meetingPackets(this.#parts, now, contact);
    const owed = contact.inbox.nextAt();
    const size = this.channels.isActive(contact.id) ? supplyPackets(this.#parts, now, contact) : 1;
    if (filling > 0) {
      const order = { packets: filling, lane: 'meeting' } as const;
      if (this.#flights.dispatch(now, contact, order) === 'queued')
        contact.meetingPackets -= filling;
    } else if (owed !== undefined && owed <= now)
      this.#flights.dispatch(now, contact, { packets: size });
    else if (shouldSupply(this.#parts, now, contact)) {
      if (this.#flights.dispatch(now, contact, { packets: size }) === 'queued') {
        contact.supply.sentAlone(now);
      }
    } else this.ways.tell(now, contact);
  }

  /** Nothing has come back of what told a way: it is not repeated, but told anew another day. */
  #untell(contact: Contact, id: MessageId): void {
    contact.outbox.drop(id);
    contact.leftAt.delete(id);
    contact.needs.delete(id);
    this.ways.settled(contact.id, id, false);
  }

  /** Seals what waits in the channels, behind all texts. @returns whether a message left. */
  #pumpChannels(now: Instant, contact: Contact): boolean {
    let said = false;
    while (contact.short === 0 && !isHeld(this.#parts, now, contact, 1)) {
      const free = contact.bank.usable(contact.epoch) - KEPT_FOR_SUPPLY;
      const { packets, wanted } = nextChannelMessage(this.channels, contact, free);
      // What is short is asked for, and the supply fills up beyond it.
      if (packets < wanted) contact.short = wanted + KEPT_FOR_SUPPLY;
      if (packets === 0) break;
      const id = contact.outbox.enqueue(now, true);
      if (!id.ok) break;
      if (!this.channels.take(contact.id, id.value, channelRoom(packets))) {
        contact.outbox.drop(id.value);
        break;
      }
      contact.needs.set(id.value, packets);
      if (this.#flights.dispatch(now, contact, { packets, text: id.value }) !== 'queued') break;
      said = true;
    }
    return said;
  }

  /** How long one who comes back takes to fetch what waits for it, and to say so. */
  #fetchMicros(now: Instant): number {
    return roundTripMicros(this.#parts.plan, now, this.#parts.parameters.slowMeanMicros);
  }

  /** Packets of a text with one reply block beside it, or each message would leave the peer poorer. Undefined when the text is gone. */
  #blocksFor(contact: Contact, text: MessageId): number | undefined {
    const known = contact.needs.get(text);
    if (known !== undefined) return known;
    const introduction = this.introductions.payloadOf(contact.id, text);
    const part = this.photos.payloadOf(contact.id, text);
    const words = this.#log.textOf(contact.id, text);
    const way = this.ways.wayIn(contact.id, text);
    if ([introduction, part, words, way].every((each) => each === undefined)) {
      // The store lost it: nothing is left to send.
      this.#parts.count('text-missing');
      contact.outbox.drop(text);
      return undefined;
    }
    let cost = textCost(toUtf8(words ?? ''));
    if (introduction !== undefined) cost = introductionCost(introduction.length);
    else if (part !== undefined) cost = photoCost(part.length);
    else if (way !== undefined) cost = WAY_COST;
    const timed = this.#parts.settings.of(contact.id).lifetime.change > 0;
    const told = LEVEL_COST + acksCost(2) + (timed ? LIFETIME_COST : 0);
    const least = cost + told + surbsCost(this.#parts.secondMailbox ? 2 : 1);
    const needed = fragmentsFor(least + contact.session.nonceBytes);
    contact.needs.set(text, needed);
    return needed;
  }

  #open(now: Instant, contact: Contact, sealed: Uint8Array, came: Came): void {
    const { count, emit, save } = this.#parts;
    const opened = contact.session.open(sealed);
    if (!opened.ok) {
      count(`sealed-${opened.error.code}`);
      // What its twin brought before a restart says nothing.
      const again = came.twin === true && opened.error.code === 'duplicate';
      if (OUT_OF_STEP.has(opened.error.code) && !again) contact.unopened++;
      if (contact.unopened >= OUT_OF_STEP_AFTER) this.#outOfStep(contact, true);
      return;
    }
    contact.unopened = 0;
    this.#outOfStep(contact, false);
    if (!this.take(now, contact, opened.value, came)) {
      save(contact);
      return;
    }
    if (contact.stage === 'pending') {
      contact.stage = 'active';
      emit({ kind: 'contact-added', contact: contact.id, label: contact.label });
    }
    save(contact);
    this.pump(now);
  }

  get #kept(): Kept {
    const { channels, introductions, photos, ways } = this;
    return { log: this.#log, channels, introductions, photos, ways };
  }

  /** A contact that words can be written to. */
  #writable(
    id: string,
  ): Result<Contact, { readonly code: 'unknown-contact' | 'contact-failed' | 'contact-blocked' }> {
    const contact = this.#parts.contacts.get(id);
    if (contact === undefined) return err({ code: 'unknown-contact' });
    if (contact.stage === 'failed') return err({ code: 'contact-failed' });
    if (this.#parts.settings.of(id).blocked) return err({ code: 'contact-blocked' });
    return ok(contact);
  }

  /** It came under a reply block that was given to this contact alone: nobody else's noise looks like this. */
  #outOfStep(contact: Contact, outOfStep: boolean): void {
    if (this.#parts.settings.of(contact.id).outOfStep === outOfStep) return;
    this.#parts.settings.change(contact.id, { outOfStep });
    this.#parts.emit({ kind: 'out-of-step', contact: contact.id, outOfStep });
  }

  /** Nothing goes out, and nothing is waited for. */
  #quiet(contact: Contact): boolean {
    return contact.stage === 'failed' || this.#parts.settings.of(contact.id).blocked;
  }
}
