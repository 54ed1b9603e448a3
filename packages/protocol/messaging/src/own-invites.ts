import { epochStart } from '@sotto/directory';
import { boxOf, MAX_CREDENTIAL_USES } from '@sotto/mailbox';
import { contactBodySeed } from '@sotto/ratchet';
import { after, type Instant, instant, MICROS_PER_SECOND, toHex, wipe } from '@sotto/wire';
import type { ClosingBoxes } from './closing-boxes.ts';
import { checkLabel } from './contact.ts';
import type { Conversations } from './conversation.ts';
import { meetStranger } from './meeting.ts';
import { fastMicros, oneWayMicros } from './patience.ts';
import { type InviteStep, OwnInvite, stepsFrom, takeAgain } from './own-invite.ts';
import type { InviteSummary, PersonParts } from './person-io.ts';

/** Invites that are open at a time: each one's seed is tried on what a contact point sends. */
const MAX_OPEN_INVITES = 64;
/** A step's wait for a fast slot, home plan. */
const STEP_MICROS = MICROS_PER_SECOND;
/** Slow means that the first aliases of a life take, usually: seven hops there and back, and two slots. */
const ALIAS_MEANS = 10;

/** In how many microseconds an invite or address is ready, about, whose first part takes so many steps. */
export function readyInMicros(
  { endpoint, parameters, plan }: PersonParts,
  now: Instant,
  steps: number,
): number {
  const alias = endpoint.status.aliases.ready > 0 ? 0 : ALIAS_MEANS * parameters.slowMeanMicros;
  return steps * STEP_MICROS + alias + oneWayMicros(fastMicros(plan, now, parameters));
}

/** Where the state of one's own invites is stored. */
export const INVITE_PREFIX = 'person/invite/';
/** Where fragments of a first message wait for the others. */
export const STRANGER_PREFIX = 'person/stranger/';

/** Invites given. */
export class OwnInvites {
  readonly #parts: PersonParts;
  readonly #conversations: Conversations;
  readonly #open = new Map<string, OwnInvite>();
  /** Boxes that earlier programs have begun to give up, once there is a time. */
  #left: OwnInvite[] = [];
  readonly #closing: ClosingBoxes;
  /** Fragments from the store, taken anew as soon as there is a time. */
  #fragments: { readonly invite: string; readonly content: Uint8Array }[] = [];

  /** Shares the conversations, to which a first message leads, and the boxes that are given up. */
  constructor(parts: PersonParts, conversations: Conversations, closing: ClosingBoxes) {
    this.#parts = parts;
    this.#conversations = conversations;
    this.#closing = closing;
  }

  /** Invites that are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Invites that are open; `link` once it may be given away. */
  list(): readonly InviteSummary[] {
    const { notes, parameters } = this.#parts;
    return [...this.#open.values()].map((invite) => {
      const {
        label = '',
        startedAt = instant(0),
        readyAt = instant(0),
      } = notes.of(invite.id) ?? {};
      const link = invite.shown ? this.#linkOf(invite) : undefined;
      const expiresAt = epochStart(parameters, invite.fields.expiryEpoch + 1);
      return { invite: invite.id, label, link, startedAt, readyAt, expiresAt };
    });
  }

  /** Takes an invite back: what is left of it at its contact point goes, and whoever comes by it is told there. @returns false when it is not open. */
  revoke(now: Instant, id: string): boolean {
    const invite = this.#open.get(id);
    if (invite === undefined) return false;
    this.#end(now, invite);
    return true;
  }

  /** Whether a box at a contact point is one's own, hexadecimal. */
  has(box: string): boolean {
    const { suite } = this.#parts;
    return [...this.#open.values()].some(
      ({ fields }) => toHex(boxOf(suite, fields.boxSecret)) === box,
    );
  }

  /** Starts an invite. @returns its id and when it should be ready; undefined while no contact point is known, or too many are open. */
  create(
    now: Instant,
    label: string,
  ): { readonly invite: string; readonly readyInMicros: number } | undefined {
    checkLabel(label);
    const { endpoint, suite, rng, identity, parameters } = this.#parts;
    const node = endpoint.chooseContactPoint(now);
    if (node === undefined || this.#open.size >= MAX_OPEN_INVITES) return undefined;
    const epoch = this.#parts.epoch(now);
    const expiryEpoch = epoch + parameters.horizonEpochs - 1;
    const invite = OwnInvite.create(suite, rng, { identity, node, expiryEpoch });
    invite.planBundle();
    invite.planStash(epoch);
    this.#keep(invite);
    const ready = readyInMicros(this.#parts, now, invite.steps.length);
    this.pump(now);
    this.#parts.notes.put(invite.id, { label, startedAt: now, readyAt: after(now, ready) });
    return { invite: invite.id, readyInMicros: ready };
  }

  /** Takes back a stored invite. @returns false when it cannot be read, or there are too many. */
  restore(value: Uint8Array): boolean {
    const { suite, identity } = this.#parts;
    const invite = OwnInvite.import(suite, identity, value);
    if (invite === undefined || this.#open.size >= MAX_OPEN_INVITES) return false;
    if (invite.revoking) {
      this.#left.push(invite);
      return true;
    }
    this.#open.set(invite.id, invite);
    this.#watch(invite);
    if (!invite.shown) invite.planBundle();
    return true;
  }

  /** Takes back a stored fragment; after every invite was restored. @returns false when its invite is gone. */
  restoreFragment(key: string, content: Uint8Array): boolean {
    const [id = ''] = key.slice(STRANGER_PREFIX.length).split('/');
    const invite = this.#open.get(id);
    if (invite === undefined) return false;
    invite.fragmentKeys.push(key);
    this.#fragments.push({ invite: id, content });
    return true;
  }

  /** Sends whatever is due, and closes what has expired. */
  pump(now: Instant): void {
    const fragments = this.#fragments;
    this.#fragments = [];
    for (const { invite, content } of fragments) this.#takeFragment(now, invite, content);
    const epoch = this.#parts.epoch(now);
    for (const invite of this.#open.values()) {
      if (invite.fields.expiryEpoch < epoch) this.#end(now, invite);
      else this.#pumpOne(now, invite, epoch);
    }
    for (const invite of this.#left.splice(0)) this.#giveUp(now, invite);
  }

  /** When `pump` must be called next for time alone. */
  nextAt(): Instant | undefined {
    let next: Instant | undefined;
    for (const { readyAt } of this.#open.values()) {
      if (readyAt !== undefined && (next === undefined || readyAt < next)) next = readyAt;
    }
    return next;
  }

  /** The turn of a packet came. @returns false when it is none of an invite. */
  sent(now: Instant, order: number): boolean {
    for (const invite of this.#open.values()) {
      if (!invite.underWay.delete(order)) continue;
      if (invite.steps.length > 0 || invite.underWay.size > 0) return true;
      if (invite.shown) this.#save(invite);
      else if (invite.readyAt === undefined) {
        const { plan, parameters } = this.#parts;
        invite.readyAt = after(now, oneWayMicros(fastMicros(plan, now, parameters)));
        invite.planRest();
      }
      return true;
    }
    return false;
  }

  /** A packet was given up before its turn: its step is taken again. @returns false when it is none of an invite. */
  unsent(order: number): boolean {
    return takeAgain(this.#open.values(), order);
  }

  /** A fragment from a stranger came through one's contact point. */
  strangerWrote(now: Instant, id: string, content: Uint8Array): void {
    const invite = this.#open.get(id);
    // The mailbox forgets it with the next fetch, and no stranger sends it again: it is kept here.
    if (invite !== undefined && invite.fragmentKeys.length < invite.maxFragments) {
      const key = `${STRANGER_PREFIX}${id}/${invite.fragmentKeys.length}`;
      invite.fragmentKeys.push(key);
      this.#parts.endpoint.persist([{ key, value: content }]);
    }
    this.#takeFragment(now, id, content);
  }

  #takeFragment(now: Instant, id: string, content: Uint8Array): void {
    const { count } = this.#parts;
    const invite = this.#open.get(id);
    if (invite === undefined) {
      count('unknown-invite');
      return;
    }
    const whole = invite.reassembly.add(now, content);
    if (!whole.ok) {
      count('fragment');
      return;
    }
    if (whole.value === undefined) return;
    const { secret, prekey } = invite.fields;
    const door = { id: invite.id, prekey, secret };
    // One that is refused leaves the invite open for another try.
    if (meetStranger(this.#parts, this.#conversations, now, door, whole.value) === undefined)
      return;
    // One invite, one contact: a replayed or second handshake finds nothing to answer it.
    this.#end(now, invite);
    this.#conversations.pump(now);
  }

  #pumpOne(now: Instant, invite: OwnInvite, epoch: number): void {
    invite.steps = stepsFrom(invite.steps, epoch);
    invite.planStash(epoch);
    // The owner may be away when it is accepted: one epoch after another, up to the last.
    const idle = invite.steps.length === 0 && invite.underWay.size === 0;
    if (invite.shown && idle) invite.planStash(invite.filledUpTo + 1);
    for (let i = invite.steps.length; i > 0; i--) {
      const step = invite.steps.shift();
      if (step === undefined) break;
      const order = this.#order(now, invite, step);
      if (order === undefined) invite.steps.push(step);
      else invite.underWay.set(order, step);
    }
    if (invite.readyAt === undefined || invite.readyAt > now) return;
    invite.readyAt = undefined;
    invite.shown = true;
    this.#save(invite);
    const note = this.#parts.notes.of(invite.id);
    if (note !== undefined) this.#parts.notes.put(invite.id, { ...note, readyAt: now });
    this.#parts.emit({ kind: 'invite-ready', invite: invite.id, link: this.#linkOf(invite) });
  }

  #linkOf(invite: OwnInvite): string {
    const { suite, networkId } = this.#parts;
    return invite.link(suite, networkId, boxOf(suite, invite.fields.boxSecret));
  }

  #order(now: Instant, invite: OwnInvite, step: InviteStep): number | undefined {
    const { endpoint, suite } = this.#parts;
    const { node, boxSecret: secret } = invite.fields;
    // Somebody waits for the first part, nobody for the rest.
    const delayClass = invite.firstPartLeft ? 'slow' : 'fast';
    const order =
      step.kind === 'bundle'
        ? endpoint.putBundle(now, {
            node,
            secret,
            index: step.index,
            count: step.count,
            chunk: invite.chunk(step.index),
            delayClass,
          })
        : endpoint.stash(now, {
            node,
            secret,
            credentials: step.grant ? [invite.grant(suite, MAX_CREDENTIAL_USES)] : [],
            surbs: step.surbs,
            epoch: step.epoch,
            delayClass,
          });
    return order.ok ? order.value : undefined;
  }

  #keep(invite: OwnInvite): void {
    this.#open.set(invite.id, invite);
    this.#watch(invite);
    this.#save(invite);
  }

  #watch(invite: OwnInvite): void {
    const { suite, endpoint } = this.#parts;
    const { hint, secret } = invite.fields;
    endpoint.setInvite({ invite: invite.id, hint, bodySeed: contactBodySeed(suite, secret) });
  }

  /** It is open no more. */
  #end(now: Instant, invite: OwnInvite): void {
    const { endpoint } = this.#parts;
    this.#open.delete(invite.id);
    this.#parts.notes.take(invite.id);
    this.#parts.emit({ kind: 'invite-closed', invite: invite.id });
    endpoint.removeInvite(invite.id);
    endpoint.persist(invite.fragmentKeys.map((key) => ({ key, value: undefined })));
    wipe(invite.fields.prekey.secret);
    wipe(invite.fields.secret);
    this.#giveUp(now, invite);
  }

  /** Nothing is kept of an invite that is over, here or at its contact point. */
  #giveUp(now: Instant, { id, fields, underWay }: OwnInvite): void {
    const { node, boxSecret: secret } = fields;
    this.#closing.add(now, { node, secret, underWay: underWay.keys() });
    this.#parts.endpoint.persist([{ key: INVITE_PREFIX + id, value: undefined }]);
    wipe(secret);
    wipe(fields.credential);
  }

  #save(invite: OwnInvite): void {
    this.#parts.endpoint.persist([{ key: INVITE_PREFIX + invite.id, value: invite.export() }]);
  }
}
