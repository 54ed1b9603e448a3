import { epochAt, epochStart, type NetworkParameters, type NodeEntry } from '@sotto/directory';
import type { PlanPhase } from '@sotto/link';
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
import { BlocksBack } from './blocks-back.ts';
import type { EndpointLimits, MintCounts, OrderError, StashOrder, SurbPair } from './interface.ts';
import { QUEUED_FRAMES } from './limits.ts';
import { mailboxesApart, type PathRules, type PathView } from './paths.ts';
import type { RecordPurpose, Records, ReplyRecord } from './records.ts';
import type { SurbMint } from './surb-mint.ts';
import type { Topology } from './topology.ts';
import { TwinBlocks } from './twin-blocks.ts';

/** One in so many records is kept for loops and answers. */
const RESERVED_SHARE = 16;

/** A fetch that is ready to leave in the epoch it was made in. */
export interface PreparedFetch {
  readonly alias: string;
  readonly node: string;
  readonly service: number;
  readonly body: Uint8Array;
  readonly epoch: number;
  /** Names that it deletes. */
  readonly deletes: number;
  readonly answers: AnswerBlocks;
}

/** Blocks that a request carries for its answers. */
export interface AnswerBlocks {
  /** Embedded, for the request's body. */
  readonly surbs: readonly Uint8Array[];
  /** Names of their records, 16 bytes each. */
  readonly names: readonly Uint8Array[];
  /** Key of the guard that they end at: under another one the answers would go astray. */
  readonly guard: string;
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
  /** Reply blocks of one fetch, of the plan in use. */
  readonly answersPerFetch: () => number;
  /** Rates now, of the plan in use. */
  readonly phase: (now: Instant) => PlanPhase;
  /** Called with each record that must outlive a restart. */
  readonly keep: (record: ReplyRecord) => void;
}

interface DirectBlock {
  readonly at: Instant;
  readonly epoch: number;
}

/** Orders of reply blocks: for contacts, stashes, fetches and bundles (Spec 08 §7.1, §8). */
export class ReplyBlocks {
  readonly #o: ReplyBlocksOptions;
  readonly #twins: TwinBlocks;
  /** When direct blocks of each contact were made that were not used yet. */
  readonly #direct = new Map<string, readonly DirectBlock[]>();
  /** Of each contact, direct ones. */
  readonly #directBack = new BlocksBack();

  /** Keeps its parts. */
  constructor(options: ReplyBlocksOptions) {
    this.#o = options;
    this.#twins = new TwinBlocks(options);
  }

  /** Blocks for a contact: all that were asked for, or none. */
  forContact(
    now: Instant,
    contact: string,
    counts: MintCounts,
  ): Result<readonly Surb[], OrderError> {
    const view = this.#viewOf(now, counts.epoch);
    if (!view.ok) return view;
    if (this.#roomForOthers < counts.direct + counts.mailbox) return err({ code: 'records-full' });
    if (counts.mailbox > 0 && this.#mayHave(now, contact, counts.epoch) < counts.mailbox) {
      return err({ code: 'too-many-outstanding' });
    }
    const recent = this.#recentDirect(now, contact);
    if (counts.direct > 0 && this.#mayHaveDirect(recent, contact, counts.epoch) < counts.direct) {
      return err({ code: 'too-many-direct' });
    }
    const owner = contactOwner(contact);
    const lack = this.#lack(owner, view.value, counts.mailbox);
    if (lack !== undefined) return err({ code: lack });
    const guard = this.#o.topology.guard;
    if (guard === undefined) return err({ code: 'no-path' });
    const guardBox = boxOf(this.#o.suite, guard.sticky.boxSecret);
    const made: { surb: Surb; record: ReplyRecord }[] = [];
    for (let i = 0; i < counts.direct + counts.mailbox; i++) {
      const direct = i < counts.direct;
      const one = direct
        ? this.#toGuard(view.value, guard.node, guardBox, contact)
        : this.#toAlias(view.value, owner, this.#usable(view.value), undefined, (alias) => ({
            kind: 'contact',
            contact,
            alias,
          }));
      if (one === undefined) {
        for (const { record } of made) this.#o.records.remove(record);
        return err({ code: 'no-path' });
      }
      made.push(one);
      if (direct) recent.push({ at: now, epoch: counts.epoch });
    }
    for (const { record } of made) this.#o.keep(record);
    if (counts.direct > 0) this.#direct.set(contact, recent);
    return ok(made.map(({ surb }) => surb));
  }

  /**
   * Blocks for a contact that end in mailboxes, each with a twin at another one (Spec 08 §8.5): as
   * many of them as there are aliases for. Where there is but one mailbox they have no twins.
   */
  pairsForContact(
    now: Instant,
    contact: string,
    count: number,
    epoch: number,
  ): Result<readonly SurbPair[], OrderError> {
    const view = this.#viewOf(now, epoch);
    if (!view.ok) return view;
    const usable = this.#usable(view.value);
    if (view.value.mailboxes.filter(({ key }) => usable(key)).length < 2) {
      const single = this.forContact(now, contact, { direct: 0, mailbox: count, epoch });
      return single.ok ? ok(single.value.map((surb) => ({ surb }))) : single;
    }
    if (this.#roomForOthers < 2 * count) return err({ code: 'records-full' });
    if (this.#mayHave(now, contact, epoch) < count) return err({ code: 'too-many-outstanding' });
    const expiresAt = this.#lastMailAt(epoch);
    const pairs = this.#twins.make(view.value, contact, count, usable, expiresAt);
    return pairs.length === 0 && count > 0 ? err({ code: 'no-alias' }) : ok(pairs);
  }

  /** Embedded blocks for one's own contact point. */
  forStash(
    now: Instant,
    order: Omit<StashOrder, 'credentials'>,
  ): Result<readonly Uint8Array[], OrderError> {
    const view = this.#viewOf(now, order.epoch);
    if (!view.ok) return view;
    const first = this.#o.topology.byKey(order.node);
    if (first?.routingKey(order.epoch) === undefined) return err({ code: 'no-path' });
    if (this.#roomForOthers < order.surbs) return err({ code: 'records-full' });
    const contactBox = toHex(boxOf(this.#o.suite, order.secret));
    const owner = stashOwner(contactBox);
    if (order.modest === true && this.#o.aliases.othersWant(owner))
      return err({ code: 'no-alias' });
    const lack = this.#lack(owner, view.value, order.surbs, order.node);
    if (lack !== undefined) return err({ code: lack });
    const usable = this.#usable(view.value, order.node);
    const made: { surb: Surb; record: ReplyRecord }[] = [];
    for (let i = 0; i < order.surbs; i++) {
      const one = this.#toAlias(view.value, owner, usable, first, (alias) => ({
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
  ): AnswerBlocks | undefined {
    const view = this.#o.topology.view(epochAt(this.#o.parameters, now));
    const guard = this.#o.topology.guard;
    if (view === undefined || guard === undefined) return undefined;
    if (first.routingKey(view.epoch) === undefined) return undefined;
    const box = boxOf(this.#o.suite, guard.sticky.boxSecret);
    const { parameters } = this.#o;
    // Until the request leaves, which it can do in this epoch only; then {@link ReplyBlocks.asked}.
    const unsentUntil = after(epochStart(parameters, view.epoch + 1), parameters.graceMicros);
    const surbs: Uint8Array[] = [];
    const names: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const order = { first, end: view.guard, box, delayClass };
      const minted = this.#o.mint.mint(view, order, purpose, unsentUntil);
      if (minted === undefined) {
        this.neverAsked(names);
        return undefined;
      }
      surbs.push(encodeEmbeddedSurb(minted.surb));
      names.push(minted.record.name);
    }
    return { surbs, names, guard: guard.sticky.key };
  }

  /**
   * The request that carries these blocks left: an answer that has not come down after two graces and
   * a long queue will never come. Under a slow plan a frame is minutes behind the one before.
   */
  asked(now: Instant, names: readonly Uint8Array[]): void {
    const { downlinkIntervalMicros } = this.#o.phase(now);
    const queue = QUEUED_FRAMES * downlinkIntervalMicros;
    const expiresAt = after(now, 2 * this.#o.parameters.graceMicros + queue);
    for (const name of names) this.#o.records.renew(name, expiresAt);
  }

  /** The request will not leave: nobody holds its blocks. */
  neverAsked(names: readonly Uint8Array[]): void {
    for (const name of names) {
      const record = this.#o.records.get(name);
      if (record !== undefined) this.#o.records.remove(record);
    }
  }

  /** The next fetch in turn; draws a new alias first when one is wanted. */
  fetch(now: Instant): PreparedFetch | undefined {
    const epoch = epochAt(this.#o.parameters, now);
    const view = this.#o.topology.view(epoch);
    if (view === undefined) return undefined;
    if (this.#o.aliases.wanted) {
      const mailbox = this.#newMailbox(view);
      if (mailbox !== undefined) this.#o.aliases.create(now, mailbox, this.#o.rng);
    }
    const alias = this.#o.aliases.nextFetch(now, this.#o.phase(now).uplinkMeanMicros);
    const node = alias === undefined ? undefined : this.#o.topology.byKey(alias.node);
    return alias === undefined || node === undefined
      ? undefined
      : this.#fetchOf(now, alias, node, epoch);
  }

  /** A direct block came back: its contact may get another. */
  usedDirect(contact: string, epoch: number): void {
    const made = this.#direct.get(contact) ?? [];
    const first = made.findIndex((block) => block.epoch === epoch);
    if (first >= 0) this.#direct.set(contact, made.toSpliced(first, 1));
    this.#directBack.add(contact, epoch, 1);
  }

  /** Takes a contact's count and aliases out. */
  forget(contact: string): void {
    this.#direct.delete(contact);
    this.#directBack.forget(contact);
    this.#o.aliases.forget(contactOwner(contact));
    this.#twins.forget(contact);
  }

  /** A contact box of one's own is given up: no mail of strangers is fetched any more. */
  forgetStash(contactBox: string): void {
    this.#o.aliases.release(stashOwner(contactBox));
  }

  /** Elsewhere than the contact points that wait for an alias, where the network allows it. */
  #newMailbox(view: PathView): NodeEntry | undefined {
    const { aliases, rules, rng } = this.#o;
    const apart = mailboxesApart(view).filter(({ key }) => !aliases.isAvoided(key));
    return rules.mailbox(apart.length > 0 ? { ...view, mailboxes: apart } : view, rng);
  }

  #fetchOf(now: Instant, alias: Alias, node: NodeEntry, epoch: number): PreparedFetch | undefined {
    const answerKey = randomBytes(this.#o.rng, KEY_BYTES);
    const purpose = { kind: 'fetch', alias: alias.box, answerKey, madeAt: now } as const;
    const answers = this.forAnswers(now, node, this.#o.answersPerFetch(), 'slow', purpose);
    if (answers === undefined) return undefined;
    const { surbs } = answers;
    const { secret, finished } = alias;
    const request = { kind: 'fetch', secret, answerKey, deletes: finished, surbs } as const;
    const { service, body } = encodeRequest(request);
    const deletes = finished.length;
    return { alias: alias.box, node: node.key, service, body, epoch, deletes, answers };
  }

  #viewOf(now: Instant, epoch: number): Result<PathView, OrderError> {
    const current = epochAt(this.#o.parameters, now);
    if (epoch < current || epoch > current + this.#o.parameters.horizonEpochs) {
      return err({ code: 'epoch-out-of-range' });
    }
    const view = this.#o.topology.view(epoch);
    return view === undefined ? err({ code: 'no-path' }) : ok(view);
  }

  /** Room for blocks that others hold: the rest is for loops and fetches, which must not stop. */
  get #roomForOthers(): number {
    const { records, limits } = this.#o;
    return records.room - Math.floor(limits.records / RESERVED_SHARE);
  }

  /**
   * Mailbox blocks of an epoch that a contact may still get. Only what one's own records say counts:
   * a contact that always reports an empty store would else take every alias and record there is. For
   * each block by which something has come back one more may be out: what is lost on the way never
   * comes back, and a long talk over lossy lines would end at the bound, until the next epoch.
   */
  #mayHave(now: Instant, contact: string, epoch: number): number {
    const { records, limits, parameters, aliases } = this.#o;
    const { current, later, earned } = limits.outstanding;
    const most = epoch === epochAt(parameters, now) ? current : later;
    const back = aliases.returned(contactOwner(contact), epoch);
    const more = Math.min(earned.mailbox, back + this.#twins.returned(contact, epoch));
    return most + more - records.outstanding(contact, epoch, 'mailbox');
  }

  /** Direct blocks, likewise, of which no more are made in a while than are used. */
  #mayHaveDirect(recent: readonly DirectBlock[], contact: string, epoch: number): number {
    const { records, limits } = this.#o;
    const { direct, earned } = limits.outstanding;
    const more = Math.min(earned.direct, this.#directBack.of(contact, epoch));
    const unused = recent.filter((block) => block.epoch === epoch).length;
    return Math.min(
      limits.directPerContact - unused,
      direct + more - records.outstanding(contact, epoch, 'direct'),
    );
  }

  /** Whether an alias at a node may take blocks that `runner`, one's contact point, runs. */
  #usable(view: PathView, runner?: string): (node: string) => boolean {
    const keys = new Set(view.mailboxes.map(({ key }) => key));
    // A contact point that is the mailbox as well would see its own strangers' mail fetched. In a
    // network with no other mailbox for it there is no choice.
    const apart = mailboxesApart(view).some(({ key }) => key !== runner);
    return (node) => keys.has(node) && !view.guardKeys.has(node) && (node !== runner || !apart);
  }

  /** Why so many blocks cannot end in aliases of this owner now; a lack of aliases is remembered. */
  #lack(
    owner: string,
    view: PathView,
    blocks: number,
    runner?: string,
  ): 'no-alias' | 'too-many-outstanding' | undefined {
    if (blocks === 0) return undefined;
    const usable = this.#usable(view, runner);
    const { aliases } = this.#o;
    if (aliases.capacity(owner, view.epoch, usable) >= blocks) return undefined;
    if (!aliases.mayOwnMore(owner, view.epoch)) return 'too-many-outstanding';
    aliases.want(owner, view.epoch, runner);
    return 'no-alias';
  }

  #recentDirect(now: Instant, contact: string): DirectBlock[] {
    const since = now - this.#o.limits.directWindowMicros;
    return (this.#direct.get(contact) ?? []).filter(({ at }) => at > since);
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
    usable: (node: string) => boolean,
    runner: NodeEntry | undefined,
    purposeOf: (alias: string) => RecordPurpose,
  ): { surb: Surb; record: ReplyRecord } | undefined {
    const first = runner ?? this.#o.rules.crossover(view, this.#o.rng);
    const alias = this.#o.aliases.assign(owner, view.epoch, usable);
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
    const { mint, records } = this.#o;
    const expiresAt = this.#lastMailAt(view.epoch);
    const minted = mint.mint(view, { ...order, delayClass: 'fast' }, purpose, expiresAt);
    const record = minted === undefined ? undefined : records.get(minted.record.name);
    return minted === undefined || record === undefined ? undefined : { surb: minted.surb, record };
  }

  /** When no mailbox keeps any more what came by blocks of an epoch. */
  #lastMailAt(epoch: number): Instant {
    const { parameters } = this.#o;
    const last = after(epochStart(parameters, epoch + 1), parameters.graceMicros);
    return after(last, parameters.mailLifeMicros);
  }
}

/** Owner of aliases; a contact box is the other kind. */
const contactOwner = (contact: string): string => `contact ${contact}`;
const stashOwner = (contactBox: string): string => `stash ${contactBox}`;
