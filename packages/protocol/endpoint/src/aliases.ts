import { epochAt, type NetworkParameters, type NodeEntry } from '@sotto/directory';
import { BOX_SECRET_BYTES, boxOf } from '@sotto/mailbox';
import type { CryptoSuite } from '@sotto/suite';
import {
  after,
  below,
  type Instant,
  instant,
  MICROS_PER_SECOND,
  randomBytes,
  type Rng,
  toHex,
} from '@sotto/wire';
import { BlocksBack } from './blocks-back.ts';

/** A mailbox alias: a box that lives for a few reply blocks of one owner and one epoch (Spec 08 §8). */
export interface Alias {
  /** box16 = BLAKE2b-128(LABELS.box, secret), hexadecimal. */
  readonly box: string;
  /** 32 bytes; shown to the mailbox in each fetch. */
  readonly secret: Uint8Array;
  /** The mailbox's name, hexadecimal. */
  readonly node: string;
  /** When it was drawn. */
  readonly createdAt: Instant;
  /** Whom its reply blocks go to, and their epoch; nobody yet for a spare. */
  readonly owner?: { readonly key: string; readonly epoch: number };
  /** When the first fetch left, which announces it. */
  readonly announcedAt?: Instant;
  /** Whether reply blocks may end in it. */
  readonly ready: boolean;
  /** Reply blocks made so far. */
  readonly minted: number;
  /** Of these, blocks that nothing has come back by. */
  readonly outstanding: number;
  /** Names of mail that was opened, 16 bytes each: deleted by every later fetch. At most one a block. */
  readonly finished: readonly Uint8Array[];
  /** Whether a fetch left that named all of `finished`. */
  readonly cleared: boolean;
  /** Whether an empty answer came to a fetch that left when no mail could come any more. */
  readonly drained: boolean;
}

/** Sizes of the set of aliases. */
export interface AliasLimits {
  /** Announced aliases kept for the next owner. */
  readonly spares: number;
  /** Aliases in all. */
  readonly total: number;
  /** Aliases of one owner and epoch while nothing comes back by their blocks: some stay, waiting for what was lost. */
  readonly perOwner: number;
  /** However much comes back. */
  readonly perOwnerAtMost: number;
  /** Owners and epochs remembered that found no spare. */
  readonly wanting: number;
  /** Slots between two fetches of an alias that brought nothing, for each second of the slow mean. */
  readonly pauseSlots: number;
}

/** Two spares, 1,024 aliases, 16 of an owner and epoch, 256 owners and epochs waiting; under the home plan 150 s between fetches of one. */
export const ALIAS_LIMITS: AliasLimits = {
  spares: 2,
  total: 1024,
  perOwner: 16,
  perOwnerAtMost: 64,
  wanting: 256,
  pauseSlots: 10,
};

/**
 * Owners of aliases in which twins end are called so (Spec 08 §8.5). Such an alias is named in half
 * as many blocks, and rests twice as long in the mean: two mailboxes that put together what they
 * know of two aliases shall learn no more of their owner than one does of one.
 */
export const TWIN_OWNER = 'twin ';
const isTwin = ({ owner }: Alias): boolean => owner?.key.startsWith(TWIN_OWNER) === true;

/** Steps in which the rest of an alias of twins is drawn, from one rest to three. */
const REST_STEPS = 1024;

/**
 * Microseconds between two fetches of an alias that brought nothing. In slots, as the evidence of a
 * fetch falls with the number of slots in a slow mean: so the evidence of a day is the same under
 * every plan.
 */
export const quietMicros = (
  slotMeanMicros: number,
  slowMeanMicros: number,
  pauseSlots: number = ALIAS_LIMITS.pauseSlots,
): number => (pauseSlots * slotMeanMicros * slowMeanMicros) / MICROS_PER_SECOND;

/** The aliases of one person. Immutable entries; `changed` names what the store must learn. */
export class Aliases {
  readonly #suite: CryptoSuite;
  readonly #parameters: NetworkParameters;
  readonly #limits: AliasLimits;
  readonly #changed: (box: string, alias: Alias | undefined) => void;
  readonly #byBox = new Map<string, Alias>();
  /** Epoch and owner that found no spare, with the node that theirs must not be at. */
  readonly #wanting = new Map<string, string | undefined>();
  /** Last fetch since the start; absent ones count as long ago. */
  readonly #fetchedAt = new Map<string, Instant>();
  /** By how much an alias of twins rests longer than others, drawn at each fetch. */
  readonly #rests = new Map<string, number>();
  readonly #back = new BlocksBack();
  #announceTurn = true;

  /** @param changed - called with the new entry, or undefined when an alias is gone. */
  constructor(
    suite: CryptoSuite,
    parameters: NetworkParameters,
    limits: AliasLimits,
    changed: (box: string, alias: Alias | undefined) => void,
  ) {
    this.#suite = suite;
    this.#parameters = parameters;
    this.#limits = limits;
    this.#changed = changed;
  }

  /** Every alias. */
  values(): Alias[] {
    return [...this.#byBox.values()];
  }

  /** The alias of a box, hexadecimal. */
  get(box: string): Alias | undefined {
    return this.#byBox.get(box);
  }

  /** Takes back an entry from the store. */
  restore(alias: Alias): void {
    this.#byBox.set(alias.box, alias);
    this.#cameBack(alias, alias.minted - alias.outstanding);
  }

  /** Whether a further alias should be drawn. */
  get wanted(): boolean {
    let spares = 0;
    for (const alias of this.#byBox.values()) {
      if (alias.owner === undefined && !this.isAvoided(alias.node)) spares++;
    }
    return (
      this.#byBox.size < this.#limits.total && spares < this.#limits.spares + this.#wanting.size
    );
  }

  /** Draws a new alias at `node`; it is announced by its first fetch. */
  create(now: Instant, node: NodeEntry, rng: Rng): Alias {
    const secret = randomBytes(rng, BOX_SECRET_BYTES);
    const alias: Alias = {
      box: toHex(boxOf(this.#suite, secret)),
      secret,
      node: node.key,
      createdAt: now,
      ready: false,
      minted: 0,
      outstanding: 0,
      finished: [],
      cleared: true,
      drained: false,
    };
    this.#put(alias);
    return alias;
  }

  /** Whether somebody waits for an alias that is not at this node. */
  isAvoided(node: string): boolean {
    for (const avoided of this.#wanting.values()) if (avoided === node) return true;
    return false;
  }

  /** Blocks that could be minted now for an owner and epoch. */
  capacity(owner: string, epoch: number, usable: (node: string) => boolean): number {
    const { aliasSurbs } = this.#parameters;
    let blocks = 0;
    let spares = 0;
    for (const alias of this.#byBox.values()) {
      if (!alias.ready || !usable(alias.node)) continue;
      if (alias.owner === undefined) spares++;
      else if (isOf(alias, owner, epoch)) blocks += aliasSurbs - alias.minted;
    }
    const more = this.#mostOf(owner, epoch) - this.#ownedBy(owner, epoch);
    return blocks + aliasSurbs * Math.min(spares, Math.max(0, more));
  }

  /** Whether an owner may have one more alias of an epoch: none takes the whole supply. */
  mayOwnMore(owner: string, epoch: number): boolean {
    return this.#ownedBy(owner, epoch) < this.#mostOf(owner, epoch);
  }

  /** Blocks of an owner and epoch by which something has come back: since the start, and before it as kept aliases tell. */
  returned(owner: string, epoch: number): number {
    return this.#back.of(owner, epoch);
  }

  /** Remembers an owner that found no room, so that further spares are announced, away from `avoid`. */
  want(owner: string, epoch: number, avoid?: string): void {
    if (this.#wanting.size < this.#limits.wanting) this.#wanting.set(`${epoch} ${owner}`, avoid);
  }

  /** Whether somebody else waits for an alias. */
  othersWant(owner: string): boolean {
    for (const key of this.#wanting.keys()) if (!key.endsWith(` ${owner}`)) return true;
    return false;
  }

  /**
   * An alias with room for one more block of this owner and epoch, a spare when need be. Owners
   * never share one: a mailbox and two of them together would know that they know the same person.
   *
   * @param usable - whether a node can be the end of a path in that epoch.
   */
  assign(owner: string, epoch: number, usable: (node: string) => boolean): Alias | undefined {
    let spare: Alias | undefined;
    for (const alias of this.#byBox.values()) {
      if (!alias.ready || !usable(alias.node)) continue;
      if (alias.owner === undefined) spare ??= alias;
      else if (isOf(alias, owner, epoch) && alias.minted < this.#blocksOf(owner)) return alias;
    }
    if (spare === undefined || !this.mayOwnMore(owner, epoch)) return undefined;
    this.#wanting.delete(`${epoch} ${owner}`);
    return this.#put({ ...spare, owner: { key: owner, epoch } });
  }

  /** One more block ends in it. */
  minted(box: string): void {
    const alias = this.#byBox.get(box);
    if (alias === undefined) return;
    this.#put({ ...alias, minted: alias.minted + 1, outstanding: alias.outstanding + 1 });
  }

  /** Mail of this name was opened. */
  finished(box: string, name: Uint8Array): void {
    const alias = this.#byBox.get(box);
    if (alias === undefined) return;
    const finished = [...alias.finished, name].slice(-this.#parameters.aliasSurbs);
    const outstanding = Math.max(0, alias.outstanding - 1);
    this.#cameBack(alias, alias.outstanding - outstanding);
    this.#put({ ...alias, finished, outstanding, cleared: false });
    // There may be more, and this is to be deleted: at most one fetch for each block.
    this.#fetchedAt.delete(box);
  }

  /**
   * The alias whose turn it is, round-robin; new ones take every other turn. An alias of an epoch
   * to come holds nothing, and is fetched only now and then, that the mailbox may not forget it.
   * One whose last fetch brought nothing rests: each fetch tells a mailbox that sees all links a
   * little about its owner, and a quiet alias would be fetched thousands of times a day.
   *
   * @param slotMeanMicros - mean gap of the plan's slots now.
   */
  nextFetch(now: Instant, slotMeanMicros: number): Alias | undefined {
    const { slowMeanMicros } = this.#parameters;
    const pause = quietMicros(slotMeanMicros, slowMeanMicros, this.#limits.pauseSlots);
    const current = epochAt(this.#parameters, after(now, this.#parameters.skewMicros));
    let fresh: Alias | undefined;
    let poll: Alias | undefined;
    for (const alias of this.#byBox.values()) {
      if (alias.announcedAt === undefined || this.#stale(alias, now)) fresh ??= alias;
      else if (alias.owner !== undefined && alias.owner.epoch <= current) {
        const rest = pause * (this.#rests.get(alias.box) ?? 1);
        if (now - (this.#fetchedAt.get(alias.box) ?? 0) >= rest) poll ??= alias;
      }
    }
    const turn = this.#announceTurn ? (fresh ?? poll) : (poll ?? fresh);
    this.#announceTurn = !this.#announceTurn;
    if (turn !== undefined) {
      // To the end of the Map's order, which is the round.
      this.#byBox.delete(turn.box);
      this.#byBox.set(turn.box, turn);
    }
    return turn;
  }

  /** A fetch left that named `names` finished mails. */
  fetched(now: Instant, box: string, names: number, rng: Rng): void {
    const alias = this.#byBox.get(box);
    if (alias === undefined) return;
    this.#fetchedAt.set(box, now);
    // Else twins would be asked for at the same distance for ever, and be known by it.
    if (isTwin(alias)) this.#rests.set(box, 1 + below(rng, 2 * REST_STEPS + 1) / REST_STEPS);
    const cleared = names >= alias.finished.length;
    if (alias.announcedAt !== undefined && cleared === alias.cleared) return;
    this.#put({ ...alias, cleared, announcedAt: alias.announcedAt ?? now });
  }

  /** A verified answer came to a fetch made at `madeAt`. @returns whether the alias became ready by it. */
  answered(box: string, madeAt: Instant, empty: boolean): boolean {
    const alias = this.#byBox.get(box);
    if (alias === undefined) return false;
    const drained = alias.drained || (empty && madeAt >= this.#lastMailAt(alias));
    if (alias.ready && drained === alias.drained) return false;
    this.#put({ ...alias, ready: true, drained });
    return !alias.ready;
  }

  /**
   * Makes ready what was announced long enough ago, and retires what can get no mail any more:
   * spent, drained, over its time, or a spare at a node that left. @returns how many became ready.
   */
  sweep(now: Instant, known: (node: string) => boolean): number {
    let ready = 0;
    for (const alias of this.#byBox.values()) {
      if (this.#over(alias, now) || (alias.owner === undefined && !known(alias.node))) {
        this.#drop(alias);
      } else if (!alias.ready && now >= this.#readyAt(alias)) {
        this.#put({ ...alias, ready: true });
        ready++;
      }
    }
    const current = epochAt(this.#parameters, now);
    for (const wish of this.#wanting.keys()) {
      if (Number(wish.split(' ')[0]) < current) this.#wanting.delete(wish);
    }
    return ready;
  }

  /** When {@link Aliases.sweep} has something to do next by time alone. */
  get nextAt(): Instant | undefined {
    let next: Instant | undefined;
    for (const alias of this.#byBox.values()) {
      const at = alias.ready ? this.#endsAt(alias) : this.#readyAt(alias);
      if (next === undefined || at < next) next = at;
    }
    return next;
  }

  /** Takes an owner's aliases out. */
  forget(owner: string): void {
    for (const alias of this.#byBox.values()) {
      if (alias.owner?.key === owner) this.#drop(alias);
    }
    this.#back.forget(owner);
    this.#wantNone(owner);
  }

  /** An owner expects no more mail: its aliases go, each once its mailbox was told of all mail that was opened. */
  release(owner: string): void {
    for (const alias of this.#byBox.values()) {
      if (alias.owner?.key !== owner) continue;
      if (alias.cleared) this.#drop(alias);
      else this.#put({ ...alias, drained: true });
    }
    this.#back.forget(owner);
    this.#wantNone(owner);
  }

  /** Reply blocks that may end in an alias of an owner. */
  #blocksOf(owner: string | undefined): number {
    const { aliasSurbs } = this.#parameters;
    const twin = owner?.startsWith(TWIN_OWNER) === true;
    return twin ? Math.max(1, Math.floor(aliasSurbs / 2)) : aliasSurbs;
  }

  #wantNone(owner: string): void {
    for (const wish of this.#wanting.keys()) {
      if (wish.slice(wish.indexOf(' ') + 1) === owner) this.#wanting.delete(wish);
    }
  }

  /** An alias stays for one block that is lost: who uses many may have more, one for half of an alias that came back. */
  #mostOf(owner: string, epoch: number): number {
    const { perOwner, perOwnerAtMost } = this.#limits;
    const half = Math.ceil(this.#blocksOf(owner) / 2);
    return Math.min(perOwnerAtMost, perOwner + Math.floor(this.returned(owner, epoch) / half));
  }

  /** Something has come back by blocks of an alias. */
  #cameBack({ owner }: Alias, blocks: number): void {
    if (owner !== undefined) this.#back.add(owner.key, owner.epoch, blocks);
  }

  #ownedBy(owner: string, epoch: number): number {
    let owned = 0;
    for (const alias of this.#byBox.values()) if (isOf(alias, owner, epoch)) owned++;
    return owned;
  }

  #drop(alias: Alias): void {
    this.#byBox.delete(alias.box);
    this.#fetchedAt.delete(alias.box);
    this.#rests.delete(alias.box);
    this.#changed(alias.box, undefined);
  }

  #stale(alias: Alias, now: Instant): boolean {
    const last = this.#fetchedAt.get(alias.box) ?? alias.announcedAt ?? alias.createdAt;
    return now - last > this.#parameters.mailLifeMicros / 4;
  }

  #put(alias: Alias): Alias {
    this.#byBox.set(alias.box, alias);
    this.#changed(alias.box, alias);
    return alias;
  }

  /** Announced and as long again as the slowest of half a million packets takes: 25 slow means. */
  #readyAt(alias: Alias): Instant {
    const { slowMeanMicros } = this.#parameters;
    return alias.announcedAt === undefined
      ? this.#endsAt(alias)
      : after(alias.announcedAt, 25 * slowMeanMicros);
  }

  /** From then on nothing new can reach the alias: its epoch's keys are gone. */
  #lastMailAt(alias: Alias): Instant {
    const { originMicros, epochMicros, graceMicros } = this.#parameters;
    const epoch = alias.owner?.epoch ?? epochAt(this.#parameters, alias.createdAt);
    return instant(originMicros + (epoch + 1) * epochMicros + graceMicros);
  }

  #endsAt(alias: Alias): Instant {
    const { mailLifeMicros } = this.#parameters;
    // A spare goes stale long before the mailbox may forget it.
    return alias.owner === undefined
      ? after(alias.createdAt, Math.floor(mailLifeMicros / 4))
      : after(this.#lastMailAt(alias), mailLifeMicros);
  }

  #over(alias: Alias, now: Instant): boolean {
    const spent = alias.minted >= this.#blocksOf(alias.owner?.key) && alias.outstanding === 0;
    return now >= this.#endsAt(alias) || ((spent || alias.drained) && alias.cleared);
  }
}

const isOf = (alias: Alias, owner: string, epoch: number): boolean =>
  alias.owner?.key === owner && alias.owner.epoch === epoch;
