import { fragment, type Lane, MESSAGE_ID_BYTES } from '@sotto/endpoint';
import type { Surb } from '@sotto/sphinx';
import { type MessageId, parityFor } from '@sotto/reliable';
import { type Instant, MICROS_PER_SECOND, randomBytes } from '@sotto/wire';
import { type Contact, roomOf } from './contact.ts';
import type { MessageWay } from './history.ts';
import { endOfLife } from './lifetime.ts';
import { contentOf, type Kept } from './message-content.ts';
import type { PersonParts } from './person-io.ts';
import { isHeld } from './restraint.ts';

/**
 * Pauses before the last reply block, and before the one before it, is spent. An outage that eats
 * what both sides hold would part them for good: neither could send the other a new block.
 */
export const LAST_PAUSES_MICROS: readonly number[] = [
  1800 * MICROS_PER_SECOND,
  60 * MICROS_PER_SECOND,
];

/**
 * Reply blocks that neither parity nor channels take: two who write much to each other must still be
 * able to send for more, and to acknowledge.
 */
export const KEPT_FOR_SUPPLY = 6;

interface Flight {
  readonly contact: Contact;
  readonly text: MessageId | undefined;
  readonly via: MessageWay;
  /** Its number in the supply. */
  readonly serial: number;
  left: number;
  /** Packets that may still be given up: as many parity fragments as are left. */
  spare: number;
  broken: boolean;
}

/** A message that should leave. */
interface Order {
  readonly packets: number;
  /** Number of the text, or of the frames of channels, that it brings; none: it is for supply and acknowledgements. */
  readonly text?: MessageId | undefined;
  /** Parity fragments at least. */
  readonly least?: number;
  readonly lane?: Lane;
}

/** What became of a message that should leave: it waits for a reply block, or for its turn. */
type Dispatched = 'queued' | 'no-block' | 'not-yet';

/** Messages that are sealed, and whose packets wait for their turns. */
export class Flights {
  readonly #parts: PersonParts;
  readonly #kept: Kept;
  readonly #byOrder = new Map<number, Flight>();

  /** None yet. */
  constructor(parts: PersonParts, kept: Kept) {
    this.#parts = parts;
    this.#kept = kept;
  }

  /** Seals one message, with or without a text, and queues its packets. */
  dispatch(
    now: Instant,
    contact: Contact,
    { packets, text, least = 0, lane = text === undefined ? 'acknowledgement' : 'message' }: Order,
  ): Dispatched {
    if (isHeld(this.#parts, now, contact, packets)) return 'not-yet';
    const { epoch } = contact;
    const rest = contact.bank.usable(epoch) - packets - least;
    // The last block of the last epoch brings the peer new ones, and nothing that leaves no room for them.
    const last = contact.bank.level(epoch).later === 0;
    if (text !== undefined && rest === 0 && last) {
      return 'no-block';
    }
    const pause = LAST_PAUSES_MICROS[rest] ?? 0;
    if (contact.sealedAt !== undefined && now - contact.sealedAt < pause) return 'no-block';
    const parity =
      text === undefined ? 0 : Math.max(least, parityFor(packets, least + rest - KEPT_FOR_SUPPLY));
    const once = text === undefined;
    const blocks = contact.bank.take(packets + parity, epoch, contact.talking(now), once);
    if (blocks === undefined) return 'no-block';
    const sealed = contact.session.seal(
      this.#parts.rng,
      ...contentOf(this.#parts, this.#kept, now, contact, roomOf(packets), text),
    );
    if (!sealed.ok) return 'not-yet';
    contact.sealedAt = now;
    if (text !== undefined) contact.wroteAt = now;
    contact.confirmAt = undefined;
    // The chain has moved: its new state is stored before anything sealed with it leaves, since the
    // endpoint lets a packet go only when all that was stored before it is durable.
    this.#parts.save(contact);
    const via = blocks.every(({ direct }) => direct) ? 'direct' : 'mailbox';
    const { serial } = contact.supply;
    const flight: Flight = { contact, text, via, serial, left: 0, spare: parity, broken: false };
    const id = randomBytes(this.#parts.rng, MESSAGE_ID_BYTES);
    const contents = fragment(id, sealed.value, parity);
    const queue = (surb: Surb, content: Uint8Array): boolean => {
      const order = { contact: contact.id, surb, content, delayClass: 'fast', lane } as const;
      const queued = this.#parts.endpoint.send(now, order);
      if (!queued.ok) return false;
      flight.left++;
      contact.packetsWaiting++;
      if (text === undefined) contact.wordlessWaiting++;
      this.#byOrder.set(queued.value, flight);
      return true;
    };
    for (const [i, { surb }] of blocks.entries()) {
      const content = contents[i];
      if (content === undefined) break;
      if (queue(surb, content)) continue;
      flight.spare -= blocks.length - i;
      flight.broken = flight.spare < 0;
      break;
    }
    // Behind all of them, so that of two mailboxes neither sees a message as a pair of times in a row.
    for (const [i, { twin }] of blocks.entries()) {
      const content = contents[i];
      if (twin !== undefined && content !== undefined && queue(twin, content)) flight.spare++;
    }
    if (flight.left === 0) return 'not-yet';
    if (text !== undefined) {
      contact.inFlight.add(text);
      if (!contact.leftAt.has(text)) this.#kept.log.change(contact.id, text, { state: 'queued' });
    }
    return 'queued';
  }

  /** The turn of a packet came. @returns false when it is none of a conversation. */
  sent(now: Instant, order: number): boolean {
    const flight = this.#byOrder.get(order);
    if (flight === undefined) return false;
    this.#byOrder.delete(order);
    flight.left--;
    const { contact, text } = flight;
    contact.packetsWaiting--;
    if (text === undefined) contact.wordlessWaiting--;
    if (flight.left > 0 || text === undefined) return true;
    contact.inFlight.delete(text);
    const heard = contact.heardAt > (contact.leftAt.get(text) ?? now);
    if (flight.broken || !contact.outbox.sent(now, text, heard)) return true;
    contact.leftAt.set(text, now);
    const { peerAcknowledges, lifetime } = this.#parts.settings.of(contact.id);
    const expiresAt = endOfLife(now, lifetime.seconds);
    const life = expiresAt === undefined ? {} : { expiresAt };
    const left = { state: 'sent', via: flight.via, leftAt: now, ...life } as const;
    if (peerAcknowledges) {
      this.#kept.log.change(contact.id, text, left);
    } else {
      contact.giveUpAcknowledgements();
      this.#kept.log.change(contact.id, text, { ...left, unconfirmed: true });
      this.#kept.channels.settled(contact.id, text, false);
      this.#kept.introductions.settled(contact.id, text);
      this.#kept.ways.settled(contact.id, text, true);
    }
    this.#parts.save(contact);
    return true;
  }

  /** A packet was given up before its turn: its message goes again, under another reply block. */
  unsent(now: Instant, order: number): boolean {
    const flight = this.#byOrder.get(order);
    if (flight === undefined) return false;
    if (flight.spare-- <= 0) {
      flight.broken = true;
      flight.contact.supply.unsent(flight.serial);
    }
    this.sent(now, order);
    return true;
  }

  /** Nothing more is asked of a contact's. */
  forget(contact: Contact): void {
    for (const [order, flight] of this.#byOrder) {
      if (flight.contact === contact) this.#byOrder.delete(order);
    }
  }
}
