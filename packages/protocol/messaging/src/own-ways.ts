import { greetingBodySeed } from '@sotto/mailbox';
import { equalBytes, type Instant, wipe } from '@sotto/wire';
import type { ClosingBoxes } from './closing-boxes.ts';
import type { Conversations } from './conversation.ts';
import { stepsFrom, takeAgain } from './own-invite.ts';
import { OwnWay } from './own-way.ts';
import type { PersonParts } from './person-io.ts';
import { type Way, WAY_TAG_BYTES } from './way.ts';
import { type OwnBoxes, WAY_LIFE_HORIZONS } from './ways.ts';

/** Where one's own ways back are stored. */
export const OWN_WAY_PREFIX = 'person/own-way/';
/** Boxes that are open at a time: a new one each half of a horizon, for as long as the oldest may live. */
const MAX_OWN_WAYS = 2 * WAY_LIFE_HORIZONS + 1;

/**
 * Boxes by which contacts find back who hold no reply block any more (Spec 09 §9.9). What is put
 * into one box over its life is linked at its contact point, so that a new one takes its place after
 * half of a horizon, and an old one is filled up only while somebody is away who knows no newer.
 */
export class OwnWays implements OwnBoxes {
  readonly #parts: PersonParts;
  readonly #conversations: Conversations;
  readonly #closing: ClosingBoxes;
  /** The oldest first. */
  readonly #open = new Map<string, OwnWay>();
  /** From when on there is one: who has just met somebody has more urgent use of its slots. */
  #from: number | undefined;
  /** The last for which it was seen what is still of use. */
  #epoch = -1;
  #pumped = false;

  /** Shares the conversations, and the boxes that are given up. */
  constructor(parts: PersonParts, conversations: Conversations, closing: ClosingBoxes) {
    this.#parts = parts;
    this.#conversations = conversations;
    this.#closing = closing;
    conversations.ways.tellOf(this);
  }

  /** Whether it is one of them. */
  has(id: string): boolean {
    return this.#open.has(id);
  }

  /** Takes back a stored one. @returns false when it cannot be read, or there are too many. */
  restore(value: Uint8Array): boolean {
    const way = OwnWay.import(value);
    if (way === undefined || this.#open.size >= MAX_OWN_WAYS) return false;
    const all = [...this.#open.values(), way].toSorted((a, b) => a.fields.since - b.fields.since);
    this.#open.clear();
    for (const each of all) this.#open.set(each.id, each);
    this.#watch(way);
    return true;
  }

  /** Makes, fills and gives up what is due. */
  pump(now: Instant): void {
    const epoch = this.#parts.epoch(now);
    if (epoch !== this.#epoch) this.#turn(now, epoch);
    this.#pumped = true;
    for (const way of this.#open.values()) this.#pumpOne(now, way);
  }

  toTell(contact: string): Way | undefined {
    const newest = this.#newest;
    if (newest === undefined || !newest.isFilled || newest.isKnownTo(contact)) return undefined;
    const { suite, rng } = this.#parts;
    const fresh = !newest.wasToldTo(contact);
    const way = newest.tell(suite, rng, contact);
    // Before it leaves: what comes by a tag that was forgotten would be from nobody.
    if (fresh && way !== undefined) this.#save(newest);
    return way;
  }

  told(contact: string, { key }: Way): void {
    for (const way of this.#open.values()) {
      if (equalBytes(way.fields.key, key) && way.confirm(contact)) this.#save(way);
    }
  }

  /** The turn of a packet came. @returns false when it is none of a box. */
  sent(order: number): boolean {
    for (const way of this.#open.values()) {
      if (!way.underWay.delete(order)) continue;
      this.#save(way);
      return true;
    }
    return false;
  }

  /** A packet was given up before its turn: its step is taken again. @returns false when it is none of a box. */
  unsent(order: number): boolean {
    return takeAgain(this.#open.values(), order);
  }

  /** Something came through one of the boxes. */
  wrote(now: Instant, id: string, content: Uint8Array): void {
    const { contacts, count } = this.#parts;
    const who = this.#open.get(id)?.contactOf(content.subarray(0, WAY_TAG_BYTES));
    const contact = who === undefined ? undefined : contacts.get(who);
    if (contact === undefined) count('unknown-contact');
    else this.#conversations.cameBack(now, contact, content.subarray(WAY_TAG_BYTES));
  }

  get #newest(): OwnWay | undefined {
    return [...this.#open.values()].at(-1);
  }

  /** Once an epoch: a new box in time, and none that nobody needs. */
  #turn(now: Instant, epoch: number): void {
    const { contacts, parameters, endpoint, rng } = this.#parts;
    if (![...contacts.values()].some(({ stage }) => stage === 'active')) return;
    this.#from ??= this.#pumped ? epoch + 1 : epoch;
    this.#epoch = epoch;
    if (epoch < this.#from) return;
    const newest = this.#newest;
    const old = newest === undefined || epoch - newest.fields.since >= parameters.horizonEpochs / 2;
    if (old || this.#isSpoiled(newest)) {
      const node = endpoint.chooseContactPoint(now);
      if (node !== undefined && this.#open.size < MAX_OWN_WAYS) {
        const way = OwnWay.create(rng, node, epoch);
        this.#open.set(way.id, way);
        this.#watch(way);
        this.#save(way);
      }
    }
    for (const way of this.#open.values()) {
      if (way === this.#newest || this.#isNeeded(way, epoch)) {
        way.plan(epoch + parameters.horizonEpochs - 1);
      } else this.#giveUp(now, way);
    }
  }

  /** Whether somebody knows it who is no contact any more: such a one could use up what others need. */
  #isSpoiled(way: OwnWay): boolean {
    const { contacts, settings } = this.#parts;
    for (const id of way.told) if (!contacts.has(id) || settings.of(id).blocked) return true;
    return false;
  }

  /** Whether a contact knows this one and none newer. */
  #isNeeded(way: OwnWay, epoch: number): boolean {
    const { contacts, settings, parameters } = this.#parts;
    if (epoch - way.fields.since >= WAY_LIFE_HORIZONS * parameters.horizonEpochs) return false;
    const newer = [...this.#open.values()].filter(({ fields }) => fields.since > way.fields.since);
    return [...way.told].some((id) => {
      if (!way.isKnownTo(id) || newer.some((other) => other.isKnownTo(id))) return false;
      return contacts.get(id)?.stage === 'active' && !settings.of(id).blocked;
    });
  }

  #pumpOne(now: Instant, way: OwnWay): void {
    way.steps = stepsFrom(way.steps, this.#epoch);
    const [step] = way.steps;
    // One at a time: nobody waits for it, and it takes aliases that others wait for.
    if (step?.kind !== 'stash' || way.underWay.size > 0) return;
    const { endpoint, suite } = this.#parts;
    const { node, boxSecret: secret } = way.fields;
    const { surbs, epoch } = step;
    const to = { node, secret, delayClass: 'slow', modest: true } as const;
    const terms = way.terms(suite);
    const order = endpoint.openGreeting(now, { ...to, surbs, epoch, terms });
    if (!order.ok) return;
    way.steps.shift();
    way.underWay.set(order.value, step);
  }

  #watch({ id, fields }: OwnWay): void {
    const { suite, endpoint } = this.#parts;
    const bodySeed = greetingBodySeed(suite, fields.key);
    endpoint.setInvite({ invite: id, hint: fields.hint, bodySeed });
  }

  #giveUp(now: Instant, way: OwnWay): void {
    const { endpoint } = this.#parts;
    const { node, boxSecret, key } = way.fields;
    this.#open.delete(way.id);
    endpoint.removeInvite(way.id);
    endpoint.persist([{ key: OWN_WAY_PREFIX + way.id, value: undefined }]);
    this.#closing.add(now, { node, secret: boxSecret, underWay: way.underWay.keys() });
    for (const secret of [boxSecret, key]) wipe(secret);
  }

  #save(way: OwnWay): void {
    this.#parts.endpoint.persist([{ key: OWN_WAY_PREFIX + way.id, value: way.export() }]);
  }
}
