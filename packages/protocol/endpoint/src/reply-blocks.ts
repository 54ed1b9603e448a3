import { epochAt, epochStart, type NetworkParameters, type NodeEntry } from '@sotto/directory';
import { boxOf, encodeRequest } from '@sotto/mailbox';
import { type DelayClass, encodeEmbeddedSurb, type Surb } from '@sotto/sphinx';
import { type CryptoSuite, KEY_BYTES } from '@sotto/suite';
import {
  after,
  err,
  fromHex,
  type Instant,
  ok,
  randomBytes,
  type Result,
  type Rng,
  toHex,
} from '@sotto/wire';
import type { Alias, Aliases } from './aliases.ts';
import type { EndpointLimits, MintCounts, OrderError, StashOrder } from './interface.ts';
import type { PathRules, PathView } from './paths.ts';
import type { RecordPurpose, Records, ReplyRecord } from './records.ts';
import type { SurbMint } from './surb-mint.ts';
import type { Topology } from './topology.ts';

/** A fetch that is ready to leave in the epoch it was made in. */
export interface PreparedFetch {
  readonly alias: string;
  readonly node: string;
  readonly service: number;
  readonly body: Uint8Array;
  readonly epoch: number;
  /** Names that it deletes. */
  readonly deletes: number;
}

/** What a {@link ReplyBlocks} is made of. */
export interface ReplyBlocksOptions {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly parameters: NetworkParameters;
  readonly limits: EndpointLimits;
  readonly rules: PathRules;
  readonly mint: SurbMint;
  readonly records: Records;
  readonly aliases: Aliases;
  readonly topology: Topology;
  /** Reply blocks of one fetch. */
  /** Of the plan in use. */
  readonly answersPerFetch: () => number;
  /** Called with each record that must outlive a restart. */
  readonly keep: (record: ReplyRecord) => void;
}

/** Orders of reply blocks: for contacts, stashes, fetches and bundles (Spec 08 §7.1, §8). */
export class ReplyBlocks {
  readonly #o: ReplyBlocksOptions;
  readonly #direct = new Map<string, Instant[]>();

  /** Keeps its parts. */
  constructor(options: ReplyBlocksOptions) {
    this.#o = options;
  }

  /** Blocks for a contact: all that were asked for, or none. */
  forContact(
    now: Instant,
    contact: string,
    counts: MintCounts,
  ): Result<readonly Surb[], OrderError> {
    const view = this.#viewOf(now, counts.epoch);
    if (!view.ok) return view;
    if (this.#o.records.room < counts.direct + counts.mailbox) return err({ code: 'records-full' });
    const recent = this.#recentDirect(now, contact);
    if (recent.length + counts.direct > this.#o.limits.directPerContact) {
      return err({ code: 'too-many-direct' });
    }
    const owner = contactOwner(contact);
    if (!this.#hasCapacity(owner, view.value, counts.mailbox)) return err({ code: 'no-alias' });
    const guard = this.#o.topology.guard;
    if (guard === undefined) return err({ code: 'no-path' });
    const guardBox = boxOf(this.#o.suite, guard.sticky.boxSecret);
    const made: { surb: Surb; record: ReplyRecord }[] = [];
    for (let i = 0; i < counts.direct + counts.mailbox; i++) {
      const direct = i < counts.direct;
      const one = direct
        ? this.#toGuard(view.value, guard.node, guardBox, contact)
        : this.#toAlias(view.value, owner, undefined, (alias) => ({
            kind: 'contact',
            contact,
            alias,
          }));
      if (one === undefined) {
        for (const { record } of made) this.#o.records.remove(record);
        return err({ code: 'no-path' });
      }
      made.push(one);
      if (direct) recent.push(now);
    }
    for (const { record } of made) this.#o.keep(record);
    if (counts.direct > 0) this.#direct.set(contact, recent);
    return ok(made.map(({ surb }) => surb));
  }

  /** Embedded blocks for one's own contact point. */
  forStash(now: Instant, order: StashOrder): Result<readonly Uint8Array[], OrderError> {
    const view = this.#viewOf(now, order.epoch);
    if (!view.ok) return view;
    const first = this.#o.topology.byKey(order.node);
    if (first?.routingKey(order.epoch) === undefined) return err({ code: 'no-path' });
    if (this.#o.records.room < order.surbs) return err({ code: 'records-full' });
    const contactBox = toHex(boxOf(this.#o.suite, order.secret));
    const owner = `stash ${contactBox}`;
    if (!this.#hasCapacity(owner, view.value, order.surbs)) return err({ code: 'no-alias' });
    const made: { surb: Surb; record: ReplyRecord }[] = [];
    for (let i = 0; i < order.surbs; i++) {
      const one = this.#toAlias(view.value, owner, first, (alias) => ({
        kind: 'stash',
        contactBox,
        alias,
      }));
      if (one === undefined) {
        for (const { record } of made) this.#o.records.remove(record);
        return err({ code: 'no-path' });
      }
      made.push(one);
    }
    for (const { record } of made) this.#o.keep(record);
    return ok(made.map(({ surb }) => encodeEmbeddedSurb(surb)));
  }

  /** Embedded blocks that a service answers by to one's own guard, in the current epoch. */
  forAnswers(
    now: Instant,
    first: NodeEntry,
    count: number,
    delayClass: DelayClass,
    purpose: RecordPurpose,
  ): readonly Uint8Array[] | undefined {
    const view = this.#o.topology.view(epochAt(this.#o.parameters, now));
    const guard = this.#o.topology.guard;
    if (view === undefined || guard === undefined) return undefined;
    if (first.routingKey(view.epoch) === undefined) return undefined;
    const box = boxOf(this.#o.suite, guard.sticky.boxSecret);
    // Cover and mail of a day pass; an answer that is not there after two graces will never come.
    const expiresAt = after(now, 2 * this.#o.parameters.graceMicros);
    const surbs: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const order = { first, end: view.guard, box, delayClass };
      const minted = this.#o.mint.mint(view, order, purpose, expiresAt);
      if (minted === undefined) return undefined;
      surbs.push(encodeEmbeddedSurb(minted.surb));
    }
    return surbs;
  }

  /** The next fetch in turn; draws a new alias first when one is wanted. */
  fetch(now: Instant): PreparedFetch | undefined {
    const epoch = epochAt(this.#o.parameters, now);
    const view = this.#o.topology.view(epoch);
    if (view === undefined) return undefined;
    if (this.#o.aliases.wanted) {
      const mailbox = this.#o.rules.mailbox(view, this.#o.rng);
      if (mailbox !== undefined) this.#o.aliases.create(now, mailbox, this.#o.rng);
    }
    const alias = this.#o.aliases.nextFetch(now);
    const node = alias === undefined ? undefined : this.#o.topology.byKey(alias.node);
    return alias === undefined || node === undefined
      ? undefined
      : this.#fetchOf(now, alias, node, epoch);
  }

  /** A direct block came back: its contact may get another. */
  usedDirect(contact: string): void {
    this.#direct.get(contact)?.shift();
  }

  /** Takes a contact's count and aliases out. */
  forget(contact: string): void {
    this.#direct.delete(contact);
    this.#o.aliases.forget(contactOwner(contact));
  }

  #fetchOf(now: Instant, alias: Alias, node: NodeEntry, epoch: number): PreparedFetch | undefined {
    const answerKey = randomBytes(this.#o.rng, KEY_BYTES);
    const purpose = { kind: 'fetch', alias: alias.box, answerKey, madeAt: now } as const;
    const surbs = this.forAnswers(now, node, this.#o.answersPerFetch(), 'slow', purpose);
    if (surbs === undefined) return undefined;
    const { secret, finished } = alias;
    const request = { kind: 'fetch', secret, answerKey, deletes: finished, surbs } as const;
    const { service, body } = encodeRequest(request);
    return { alias: alias.box, node: node.key, service, body, epoch, deletes: finished.length };
  }

  #viewOf(now: Instant, epoch: number): Result<PathView, OrderError> {
    const current = epochAt(this.#o.parameters, now);
    if (epoch < current || epoch > current + this.#o.parameters.horizonEpochs) {
      return err({ code: 'epoch-out-of-range' });
    }
    const view = this.#o.topology.view(epoch);
    return view === undefined ? err({ code: 'no-path' }) : ok(view);
  }

  #usable(view: PathView): (node: string) => boolean {
    const keys = new Set(view.mailboxes.map(({ key }) => key));
    return (node) => keys.has(node) && !view.guardKeys.has(node);
  }

  #hasCapacity(owner: string, view: PathView, blocks: number): boolean {
    if (blocks === 0) return true;
    const usable = this.#usable(view);
    if (this.#o.aliases.capacity(owner, view.epoch, usable) >= blocks) return true;
    this.#o.aliases.want(owner, view.epoch);
    return false;
  }

  #recentDirect(now: Instant, contact: string): Instant[] {
    const since = now - this.#o.limits.directWindowMicros;
    return (this.#direct.get(contact) ?? []).filter((at) => at > since);
  }

  #toGuard(
    view: PathView,
    guard: NodeEntry,
    box: Uint8Array,
    contact: string,
  ): { surb: Surb; record: ReplyRecord } | undefined {
    const first = this.#o.rules.crossover(view, this.#o.rng);
    return first === undefined
      ? undefined
      : this.#make(view, { first, end: guard, box }, { kind: 'contact', contact });
  }

  #toAlias(
    view: PathView,
    owner: string,
    runner: NodeEntry | undefined,
    purposeOf: (alias: string) => RecordPurpose,
  ): { surb: Surb; record: ReplyRecord } | undefined {
    const first = runner ?? this.#o.rules.crossover(view, this.#o.rng);
    const alias = this.#o.aliases.assign(owner, view.epoch, this.#usable(view));
    const end = alias === undefined ? undefined : this.#o.topology.byKey(alias.node);
    const box = alias === undefined ? undefined : fromHex(alias.box);
    if (first === undefined || alias === undefined || end === undefined || box === undefined) {
      return undefined;
    }
    const made = this.#make(view, { first, end, box }, purposeOf(alias.box));
    if (made !== undefined) this.#o.aliases.minted(alias.box);
    return made;
  }

  #make(
    view: PathView,
    order: { readonly first: NodeEntry; readonly end: NodeEntry; readonly box: Uint8Array },
    purpose: RecordPurpose,
  ): { surb: Surb; record: ReplyRecord } | undefined {
    const { parameters, mint, records } = this.#o;
    const last = after(epochStart(parameters, view.epoch + 1), parameters.graceMicros);
    const expiresAt = after(last, parameters.mailLifeMicros);
    const minted = mint.mint(view, { ...order, delayClass: 'fast' }, purpose, expiresAt);
    const record = minted === undefined ? undefined : records.get(minted.record.name);
    return minted === undefined || record === undefined ? undefined : { surb: minted.surb, record };
  }
}

/** Owner of aliases; a contact box is the other kind. */
const contactOwner = (contact: string): string => `contact ${contact}`;
