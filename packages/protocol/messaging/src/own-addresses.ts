import { epochStart } from '@sotto/directory';
import { boxOf, greetingBodySeed, MAX_PUZZLE_COST } from '@sotto/mailbox';
import { handshakeId } from '@sotto/ratchet';
import { after, type Instant, instant, toHex, wipe } from '@sotto/wire';
import type { ClosingBoxes } from './closing-boxes.ts';
import { checkLabel } from './contact.ts';
import type { Conversations } from './conversation.ts';
import { meetStranger } from './meeting.ts';
import { MAX_HANDSHAKES, MAX_PEOPLE_PER_EPOCH, OwnAddress } from './own-address.ts';
import { type InviteStep, stepsFrom, takeAgain } from './own-invite.ts';
import { readyInMicros } from './own-invites.ts';
import { fastMicros, oneWayMicros } from './patience.ts';
import type { AddressOptions, AddressSummary, PersonParts } from './person-io.ts';

/** Addresses that are open at a time: each is a box with up to 64 reply blocks. */
export const MAX_ADDRESSES = 4;
/** Strangers that are let in in one epoch, when nothing else is said. */
const DEFAULT_PEOPLE = 5;
/** Zero bits of a proof, likewise: some seconds of a telephone for each packet. */
const DEFAULT_COST = 18;

/** Where the state of one's own addresses is stored. */
export const ADDRESS_PREFIX = 'person/address/';
/** Where fragments of strangers' first messages wait for the others. */
export const ADDRESS_FRAGMENT_PREFIX = 'person/address-fragment/';

/** Addresses given to the world (Spec 09 §3.1). */
export class OwnAddresses {
  readonly #parts: PersonParts;
  readonly #conversations: Conversations;
  readonly #closing: ClosingBoxes;
  readonly #open = new Map<string, OwnAddress>();
  /** Fragments from the store, taken anew as soon as there is a time. */
  #fragments: { readonly address: string; readonly content: Uint8Array }[] = [];

  /** Shares the conversations, to which a first message leads, and the boxes that are given up. */
  constructor(parts: PersonParts, conversations: Conversations, closing: ClosingBoxes) {
    this.#parts = parts;
    this.#conversations = conversations;
    this.#closing = closing;
  }

  /** Addresses that are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether it is one of them. */
  has(id: string): boolean {
    return this.#open.has(id);
  }

  /** Whether a box at a contact point is one's own, hexadecimal. */
  hasBox(box: string): boolean {
    const { suite } = this.#parts;
    return [...this.#open.values()].some(
      ({ fields }) => toHex(boxOf(suite, fields.boxSecret)) === box,
    );
  }

  /** Addresses that are open; `link` once it may be published. */
  list(now: Instant): readonly AddressSummary[] {
    const epoch = this.#parts.epoch(now);
    return [...this.#open.values()].map((address) => {
      const note = this.#parts.notes.of(address.id);
      const { label = '', startedAt = instant(0), readyAt = instant(0) } = note ?? {};
      const { people, cost } = address.fields;
      const link = address.shown ? this.#linkOf(address) : undefined;
      const met = address.handshakes.size;
      const left = address.left(epoch);
      const awayEpochs = address.ahead(this.#parts.parameters.horizonEpochs);
      return {
        address: address.id,
        label,
        link,
        startedAt,
        readyAt,
        people,
        left,
        awayEpochs,
        cost,
        met,
      };
    });
  }

  /**
   * Begins an address. @returns its id and when it should be ready; undefined while no contact point is
   * known, or too many are open. @throws RangeError when an option is out of its range.
   */
  create(
    now: Instant,
    { label = '', people = DEFAULT_PEOPLE, cost = DEFAULT_COST }: AddressOptions,
  ): { readonly address: string; readonly readyInMicros: number } | undefined {
    checkLabel(label);
    inRange('people', people, 1, MAX_PEOPLE_PER_EPOCH);
    inRange('cost', cost, 0, MAX_PUZZLE_COST);
    const { endpoint, suite, rng, identity } = this.#parts;
    const node = endpoint.chooseContactPoint(now);
    if (node === undefined || this.#open.size >= MAX_ADDRESSES) return undefined;
    const address = OwnAddress.create(suite, rng, { identity, node, people, cost });
    address.planEpoch(this.#parts.epoch(now));
    const ready = readyInMicros(this.#parts, now, address.steps.length);
    this.#open.set(address.id, address);
    this.#watch(address);
    this.#parts.notes.put(address.id, { label, startedAt: now, readyAt: after(now, ready) });
    this.#save(address);
    this.pump(now);
    return { address: address.id, readyInMicros: ready };
  }

  /** Gives an address up: nothing is left of it at its contact point, which says so to who comes later. @returns false when it is not open. */
  revoke(now: Instant, id: string): boolean {
    const address = this.#open.get(id);
    if (address === undefined) return false;
    const { endpoint, emit, notes } = this.#parts;
    const { node, boxSecret, key, prekey } = address.fields;
    this.#open.delete(id);
    endpoint.removeInvite(id);
    notes.take(id);
    this.#erase(address.forgetAll());
    endpoint.persist([{ key: ADDRESS_PREFIX + id, value: undefined }]);
    this.#closing.add(now, { node, secret: boxSecret, underWay: address.underWay.keys() });
    for (const secret of [boxSecret, key, prekey.secret]) wipe(secret);
    emit({ kind: 'address-closed', address: id });
    return true;
  }

  /** Takes back a stored address. @returns false when it cannot be read, or there are too many. */
  restore(value: Uint8Array): boolean {
    const { suite, identity } = this.#parts;
    const address = OwnAddress.import(suite, identity, value);
    if (address === undefined || this.#open.size >= MAX_ADDRESSES) return false;
    this.#open.set(address.id, address);
    this.#watch(address);
    return true;
  }

  /** Takes back a stored fragment; after every address was restored. @returns false when it is of no use. */
  restoreFragment(key: string, content: Uint8Array): boolean {
    const place = key.slice(ADDRESS_FRAGMENT_PREFIX.length);
    const address = this.#open.get(place.slice(0, Math.max(0, place.indexOf('/'))));
    if (address === undefined) return false;
    this.#erase(address.keepFragment(content, place).gone);
    this.#fragments.push({ address: address.id, content });
    return true;
  }

  /** Sends whatever is due. */
  pump(now: Instant): void {
    for (const { address, content } of this.#fragments.splice(0)) this.#take(now, address, content);
    const { parameters } = this.#parts;
    const epoch = this.#parts.epoch(now);
    for (const address of this.#open.values()) {
      address.steps = stepsFrom(address.steps, epoch);
      address.planEpoch(epoch);
      // The box has room for the last of them once the blocks of the epoch before are gone.
      const settled = now >= after(epochStart(parameters, epoch), parameters.graceMicros);
      const ahead = address.ahead(parameters.horizonEpochs) - (settled ? 0 : 1);
      const idle = address.steps.length === 0 && address.underWay.size === 0;
      if (address.shown && idle && address.filledUpTo < epoch + ahead) {
        address.planEpoch(Math.max(epoch, address.filledUpTo + 1));
      }
      this.#pumpOne(now, address);
    }
  }

  /** When `pump` must be called next for time alone. */
  nextAt(now: Instant): Instant | undefined {
    if (this.#open.size === 0) return undefined;
    const { parameters } = this.#parts;
    const epoch = this.#parts.epoch(now);
    const settled = after(epochStart(parameters, epoch), parameters.graceMicros);
    let next = settled > now ? settled : epochStart(parameters, epoch + 1);
    for (const { readyAt } of this.#open.values()) {
      if (readyAt !== undefined && readyAt < next) next = readyAt;
    }
    return next;
  }

  /** The turn of a packet came. @returns false when it is none of an address. */
  sent(now: Instant, order: number): boolean {
    for (const address of this.#open.values()) {
      if (!address.underWay.delete(order)) continue;
      if (address.steps.length > 0 || address.underWay.size > 0) return true;
      if (address.shown) this.#save(address);
      else {
        const { plan, parameters } = this.#parts;
        address.readyAt ??= after(now, oneWayMicros(fastMicros(plan, now, parameters)));
      }
      return true;
    }
    return false;
  }

  /** A packet was given up before its turn: its step is taken again. @returns false when it is none of an address. */
  unsent(order: number): boolean {
    return takeAgain(this.#open.values(), order);
  }

  /** A fragment from a stranger came through one's contact point. */
  strangerWrote(now: Instant, id: string, content: Uint8Array): void {
    const address = this.#open.get(id);
    if (address === undefined) return;
    // The mailbox forgets it with the next fetch: it is kept here until its message is whole.
    const { place, gone } = address.keepFragment(content);
    const key = ADDRESS_FRAGMENT_PREFIX + place;
    this.#parts.endpoint.persist([{ key, value: content }]);
    this.#erase(gone);
    this.#take(now, id, content);
  }

  #take(now: Instant, id: string, content: Uint8Array): void {
    const { count, suite } = this.#parts;
    const address = this.#open.get(id);
    if (address === undefined) return;
    const whole = address.reassembly.add(now, content);
    if (!whole.ok) count('fragment');
    // One of a message that was whole before goes as well.
    if (whole.ok && whole.value === undefined) return;
    if (!whole.ok && whole.error.code !== 'message-repeated') return;
    this.#erase(address.forgetFragments(content));
    if (!whole.ok || whole.value === undefined) return;
    const { prekey, key: secret } = address.fields;
    const named = handshakeId(suite, prekey.bundle.hash, whole.value);
    if (named !== undefined && address.handshakes.has(toHex(named))) {
      count('handshake-repeated');
      return;
    }
    const door = { id, prekey, secret };
    const met = meetStranger(this.#parts, this.#conversations, now, door, whole.value);
    if (met === undefined) return;
    address.meet(this.#parts.epoch(now), toHex(met));
    this.#save(address);
    if (address.handshakes.size >= MAX_HANDSHAKES) this.revoke(now, id);
    this.#conversations.pump(now);
  }

  #pumpOne(now: Instant, address: OwnAddress): void {
    for (const step of address.steps.splice(0)) {
      const order = this.#order(now, address, step);
      if (order === undefined) address.steps.push(step);
      else address.underWay.set(order, step);
    }
    if (address.readyAt === undefined || address.readyAt > now) return;
    address.readyAt = undefined;
    address.shown = true;
    this.#save(address);
    const note = this.#parts.notes.of(address.id);
    if (note !== undefined) this.#parts.notes.put(address.id, { ...note, readyAt: now });
    const link = this.#linkOf(address);
    this.#parts.emit({ kind: 'address-ready', address: address.id, link });
  }

  #order(now: Instant, address: OwnAddress, step: InviteStep): number | undefined {
    const { endpoint, suite } = this.#parts;
    const { node, boxSecret: secret } = address.fields;
    // Somebody waits for the first part, nobody for the rest.
    const delayClass = address.shown ? 'slow' : 'fast';
    const to = { node, secret, delayClass } as const;
    let order: ReturnType<typeof endpoint.putBundle>;
    if (step.kind === 'bundle') {
      const { index, count } = step;
      order = endpoint.putBundle(now, { ...to, index, count, chunk: address.chunk(index) });
    } else {
      const { surbs, epoch } = step;
      order = endpoint.openGreeting(now, { ...to, surbs, epoch, terms: address.terms(suite) });
    }
    return order.ok ? order.value : undefined;
  }

  #linkOf(address: OwnAddress): string {
    return address.link(this.#parts.suite, this.#parts.networkId);
  }

  #watch({ id, fields }: OwnAddress): void {
    const { suite, endpoint } = this.#parts;
    const bodySeed = greetingBodySeed(suite, fields.key);
    endpoint.setInvite({ invite: id, hint: fields.hint, bodySeed });
  }

  #erase(places: readonly string[]): void {
    const keys = places.map((place) => ADDRESS_FRAGMENT_PREFIX + place);
    this.#parts.endpoint.persist(keys.map((key) => ({ key, value: undefined })));
  }

  #save(address: OwnAddress): void {
    this.#parts.endpoint.persist([{ key: ADDRESS_PREFIX + address.id, value: address.export() }]);
  }
}

function inRange(name: string, value: number, from: number, to: number): void {
  if (!Number.isInteger(value) || value < from || value > to) {
    throw new RangeError(`"${name}" expected an integer in ${from}..${to}, got ${value}`);
  }
}
