import type { MessageId } from '@sotto/reliable';
import { ByteReader, ByteWriter, type Instant, instant, toHex } from '@sotto/wire';
import type { Contact } from './contact.ts';
import type { PersonParts } from './person-io.ts';
import { decodeWay, encodeWay, type Way, WAY_BYTES, wayPacket } from './way.ts';

/** Where contacts' ways back are stored. */
export const WAY_PREFIX = 'person/way/';

/** Epochs, in horizons, for which a way is kept open to somebody who was told no newer one. */
export const WAY_LIFE_HORIZONS = 4;
/** First pause between two tries, in epochs: the box has three blocks for each, for all who have lost their way ... */
const FIRST_PAUSE_EPOCHS = 1 / 2;
/** ... which doubles so many times while nothing is heard: one who is away writes itself when it is back. */
const PAUSE_DOUBLINGS = 4;
/** Reply blocks of a contact's that are held before it is told a new way: one goes, and others stay for words. */
const BLOCKS_TO_TELL = 3;

interface Known {
  readonly way: Way;
  readonly learnedAt: Instant;
  readonly triedAt: Instant;
  /** Tries of this run since the contact was heard. */
  readonly tries: number;
}

interface Telling {
  readonly id: MessageId;
  readonly way: Way;
}

/** One's own boxes, as far as contacts are told of them. */
export interface OwnBoxes {
  /** What a contact should be told; undefined when it knows. */
  toTell(contact: string): Way | undefined;
  /** A contact knows what it was told. */
  told(contact: string, way: Way): void;
}

/**
 * Ways back (Spec 09 §9.9): what contacts have told of theirs, and what they are being told of one's
 * own. Numbered, sealed and repeated as texts are; what is under way lives in memory, and is told
 * anew after a restart.
 */
export class Ways {
  readonly #parts: PersonParts;
  readonly #known = new Map<string, Known>();
  readonly #tellings = new Map<string, Telling>();
  /** Epoch in which telling a contact was begun: not again in the same. */
  readonly #begun = new Map<string, number>();
  #own: OwnBoxes | undefined;

  /** None yet. */
  constructor(parts: PersonParts) {
    this.#parts = parts;
  }

  /** Tells contacts of these boxes from now on. */
  tellOf(own: OwnBoxes): void {
    this.#own = own;
  }

  /** A contact has told of its newest way. */
  learn(now: Instant, contact: string, way: Way): void {
    const before = this.#known.get(contact);
    if (before !== undefined && toHex(encodeWay(before.way)) === toHex(encodeWay(way))) return;
    this.#keep(contact, { way, learnedAt: now, triedAt: instant(0), tries: 0 });
  }

  /** Whether a contact that holds nothing of ours, and of which we hold nothing, may still be found. */
  isOpen(now: Instant, contact: string): boolean {
    const known = this.#known.get(contact);
    const { epochMicros, horizonEpochs } = this.#parts.parameters;
    const life = WAY_LIFE_HORIZONS * horizonEpochs * epochMicros;
    return known !== undefined && now - known.learnedAt < life;
  }

  /** From when on one may be tried; undefined when there is none. */
  nextTry(now: Instant, { id, heardAt }: Pick<Contact, 'id' | 'heardAt'>): number | undefined {
    const known = this.#known.get(id);
    if (known === undefined || !this.isOpen(now, id)) return undefined;
    const { triedAt, tries } = known;
    const doublings = heardAt > triedAt ? 0 : Math.min(Math.max(0, tries - 1), PAUSE_DOUBLINGS);
    return triedAt + this.#parts.parameters.epochMicros * FIRST_PAUSE_EPOCHS * 2 ** doublings;
  }

  /** Sends a sealed message of `WAY_ROOM` bytes by a contact's way. @returns false when there is none, or it found no room. */
  send(
    now: Instant,
    { id, heardAt }: Pick<Contact, 'id' | 'heardAt'>,
    sealed: Uint8Array,
  ): boolean {
    const known = this.#known.get(id);
    if (known === undefined) return false;
    const { suite, endpoint } = this.#parts;
    const tries = heardAt > known.triedAt ? 1 : known.tries + 1;
    this.#keep(id, { ...known, triedAt: now, tries });
    const node = toHex(known.way.node);
    const packet = wayPacket(suite, known.way, sealed);
    return endpoint.sendToContactPoint({ node, ...packet, delayClass: 'fast' }).ok;
  }

  /** Begins to tell a contact of one's own newest box, when there is something to tell and room for it. */
  tell(now: Instant, contact: Contact): void {
    const epoch = this.#parts.epoch(now);
    if (this.#tellings.has(contact.id) || this.#begun.get(contact.id) === epoch) return;
    if (contact.stage !== 'active' || contact.bank.usable(epoch) < BLOCKS_TO_TELL) return;
    // The blocks of one who is away are for words, and for what keeps it reachable.
    if (now - contact.heardAt >= this.#parts.parameters.epochMicros) return;
    const way = this.#own?.toTell(contact.id);
    if (way === undefined) return;
    const id = contact.outbox.enqueue(now, true);
    if (!id.ok) return;
    this.#begun.set(contact.id, epoch);
    this.#tellings.set(contact.id, { id: id.value, way });
  }

  /** What message `id` to a contact tells, if it tells of a way. */
  wayIn(contact: string, id: MessageId): Way | undefined {
    const telling = this.#tellings.get(contact);
    return telling?.id === id ? telling.way : undefined;
  }

  /** A message was acknowledged, or given up. Nothing happens when it tells of no way. */
  settled(contact: string, id: MessageId, arrived: boolean): void {
    const way = this.wayIn(contact, id);
    if (way === undefined) return;
    this.#tellings.delete(contact);
    if (arrived) this.#own?.told(contact, way);
  }

  /** A contact is gone. */
  forget(contact: string): void {
    this.#tellings.delete(contact);
    this.#begun.delete(contact);
    if (this.#known.delete(contact)) this.#put(contact, undefined);
  }

  /** Takes back a stored entry. @returns false when it is none. */
  restore(key: string, value: Uint8Array): boolean {
    const reader = new ByteReader(value);
    const way = decodeWay(reader.take(WAY_BYTES));
    const learnedAt = instant(reader.u53());
    const triedAt = instant(reader.u53());
    if (!reader.done || way === undefined) return false;
    this.#known.set(key.slice(WAY_PREFIX.length), { way, learnedAt, triedAt, tries: 0 });
    return true;
  }

  #keep(contact: string, known: Known): void {
    this.#known.set(contact, known);
    const { way, learnedAt, triedAt } = known;
    const value = new ByteWriter(WAY_BYTES + 16).put(encodeWay(way)).u53(learnedAt).u53(triedAt);
    this.#put(contact, value.bytes);
  }

  #put(contact: string, value: Uint8Array | undefined): void {
    this.#parts.endpoint.persist([{ key: WAY_PREFIX + contact, value }]);
  }
}
