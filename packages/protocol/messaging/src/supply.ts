import { ByteReader, ByteWriter, type Instant, MICROS_PER_SECOND } from '@sotto/wire';
import type { Level, Report } from './items.ts';
import type { TalkPace } from './patience.ts';

/** Blocks for the current epoch. */
export type Current = Pick<Level, 'direct' | 'mailbox'>;

/** Mailbox blocks that the peer should hold; direct ones as {@link TalkPace} says. */
export const TARGET_MAILBOX = 8;
/** Below this a message goes out for the supply's sake alone. */
export const LOW_WATER_MAILBOX = 4;
/** So many direct blocks below the target, likewise, while the two talk: what one message brings, and one more. */
export const DIRECT_LACK = 3;
/** Mailbox blocks for the next epoch: as it begins, both sides are at the low-water mark. */
const NEXT_TARGET = 4;
/**
 * So many epochs have begun without a word of the peer's: it is away. It uses no block up, and what
 * it will lack when it comes back are blocks of the far end of the horizon, not of now.
 */
const AWAY_EPOCHS = 2;
/** For each epoch after it, to the horizon: one to try with, and one if that is lost. */
const LATER_TARGET = 2;

/** Mailbox blocks that a peer should hold: of the current epoch, of the next, of each one after it (Spec 09 §9.3). */
export const SUPPLY_TARGETS: Readonly<Record<'current' | 'next' | 'later', number>> = {
  current: TARGET_MAILBOX,
  next: NEXT_TARGET,
  later: LATER_TARGET,
};

/** Mailbox blocks at which filling up ends: each message for it costs one of the peer's, so that two who filled to the target would never rest. */
export const FILLED = 6;

/** After this, or after the time of an answer if that is longer, a grant that no report knows of was lost. */
const GRANT_LIFE_MICROS = 60 * MICROS_PER_SECOND;
/** First pause between two messages for the supply's sake; it doubles while the peer is silent. */
const FIRST_PAUSE_MICROS = 10 * MICROS_PER_SECOND;
const MAX_PAUSE_MICROS = 3600 * MICROS_PER_SECOND;
/** The endpoint's own window of direct blocks. */
const DIRECT_PAUSE_MICROS = 600 * MICROS_PER_SECOND;
const SERIALS = 65_536;

/** Messages for the supply's sake into silence: a peer that is away would only lose its blocks. */
export const MAX_VAIN = 3;

/** A grant of blocks to come counts longer: a peer without words answers it only after a while. */
const LATER_GRANT_LIFE_MICROS = 600 * MICROS_PER_SECOND;
/** Grants remembered that no report knows of. */
const MAX_GRANTS = 32;
/** Epochs to come that are kept account of: more than any horizon. */
const MAX_LATER = 255;

/** What went out in one message. */
export interface Granted extends Current {
  /** Mailbox blocks by epoch. */
  readonly later: ReadonlyMap<number, number>;
  /** Direct blocks by epoch: of the next one, shortly before it begins. */
  readonly directLater?: ReadonlyMap<number, number>;
}

/** Blocks for epochs to come, by epoch. */
interface Ahead {
  readonly later: Map<number, number>;
  readonly directLater: Map<number, number>;
}

interface Grant extends Current, Ahead {
  readonly at: Instant;
  /** Whether the peer was heard since: it could have said that it has this. */
  readonly answerable: boolean;
  readonly serial: number;
}

const NONE: Current = { direct: 0, mailbox: 0 };

const sumOf = (levels: readonly Current[]): Current =>
  levels.reduce((a, b) => ({ direct: a.direct + b.direct, mailbox: a.mailbox + b.mailbox }), NONE);

/** Takes what was for an epoch out, for it has begun, and lets go of what was for earlier ones. */
function due({ later, directLater }: Ahead, epoch: number): Current {
  const level = { direct: directLater.get(epoch) ?? 0, mailbox: later.get(epoch) ?? 0 };
  for (const counts of [later, directLater]) {
    for (const of of counts.keys()) if (of <= epoch) counts.delete(of);
  }
  return level;
}

const total = (counts: ReadonlyMap<number, number>): number => {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
};

const add = (to: Map<number, number>, counts: ReadonlyMap<number, number>): void => {
  for (const [epoch, count] of counts) to.set(epoch, (to.get(epoch) ?? 0) + count);
};

/** Whether serial `a` is not after `b`, modulo 2^16. */
const notAfter = (a: number, b: number): boolean => (b - a + SERIALS) % SERIALS < SERIALS / 2;

/**
 * How many of our reply blocks a contact holds: what its last report says, and what went out in
 * messages that the report does not know of yet. It bounds what one contact gets, however it asks.
 */
export class Supply {
  #said: Current = NONE;
  /** Blocks for epochs to come that the peer has, as far as its reports tell. */
  readonly #later = new Map<number, number>();
  /** Direct ones that arrived there; no report tells of them before their epoch. */
  readonly #directLater = new Map<number, number>();
  #grants: Grant[] = [];
  #serial = 0;
  #seen = 0;
  #acked = 0;
  #nextAloneAt = 0;
  #pause = FIRST_PAUSE_MICROS;
  #vain = 0;
  #filling = false;
  #directFrom = 0;
  /** Epochs that began since the peer was last heard. */
  #silentEpochs = 0;

  /** Messages sealed since the newest that the peer says it has, modulo 2^16. */
  get unseen(): number {
    return (this.#serial - this.#acked + SERIALS) % SERIALS;
  }

  /** Whether the peer, as far as we know, holds nothing of ours: it cannot speak before we do. */
  get mute(): boolean {
    return this.#said.direct + this.#said.mailbox === 0;
  }

  /** Messages for the supply's sake since the peer was last heard. */
  get vain(): number {
    return this.#vain;
  }

  /** Numbers for the report of the next message; the next one gets another. */
  number(): { readonly serial: number; readonly seen: number } {
    this.#serial = (this.#serial + 1) % SERIALS;
    return { serial: this.#serial, seen: this.#seen };
  }

  /** The message that was last numbered. */
  get serial(): number {
    return this.#serial;
  }

  /** A message will not leave: nobody gets what it granted. */
  unsent(serial: number): void {
    this.#grants = this.#grants.filter((grant) => grant.serial !== serial);
  }

  /** Messages are passed over: to the peer they are such as were lost. */
  passOver(count: number): void {
    this.#serial = (this.#serial + count) % SERIALS;
  }

  /**
   * A message came; its report says what the peer holds. One that was overtaken says nothing new.
   *
   * @param current - whether it came by a block of this epoch. Another was written in another epoch,
   *   and says of that one what is held; of this one, which grants have arrived.
   */
  heard(report: Report | undefined, current = true): void {
    this.#pause = FIRST_PAUSE_MICROS;
    this.#vain = 0;
    this.#silentEpochs = 0;
    this.#grants = this.#grants.map((grant) => ({ ...grant, answerable: true }));
    if (report === undefined || notAfter(report.serial, this.#seen)) return;
    this.#seen = report.serial;
    const known = notAfter(this.#acked, report.seen) && notAfter(report.seen, this.#serial);
    if (known) this.#acked = report.seen;
    const settled = this.#grants.filter(({ serial }) => notAfter(serial, report.seen));
    this.#grants = this.#grants.filter((grant) => !settled.includes(grant));
    for (const grant of settled) {
      add(this.#later, grant.later);
      add(this.#directLater, grant.directLater);
    }
    if (!current) {
      this.#said = sumOf([this.#said, ...settled]);
      return;
    }
    const { direct, mailbox, later } = report;
    this.#said = { direct, mailbox };
    this.#laterIs(
      later,
      settled.map((grant) => grant.later),
    );
  }

  /**
   * The peer holds fewer blocks for epochs to come than went out: they are given again. Which ones
   * it lacks no report says; first those of messages that this report is the first to know of, then
   * the nearest.
   */
  #laterIs(held: number, recent: readonly ReadonlyMap<number, number>[]): void {
    let lost = total(this.#later) - held;
    const nearest = [...this.#later].toSorted(([a], [b]) => a - b);
    for (const [epoch, count] of [...recent.flatMap((later) => [...later]), ...nearest]) {
      const known = this.#later.get(epoch) ?? 0;
      const gone = Math.min(lost, count, known);
      if (gone <= 0) continue;
      this.#later.set(epoch, known - gone);
      lost -= gone;
    }
  }

  /** No direct block can be made, for too many are out: for a while none is sent for. Else two would talk for that alone. */
  directRefused(now: Instant): void {
    this.#directFrom = now + DIRECT_PAUSE_MICROS;
  }

  /** Whether direct blocks can be made, as far as is known. */
  canGiveDirect(now: Instant): boolean {
    return now >= this.#directFrom;
  }

  /** Blocks go out in the message that was last numbered. */
  granted(now: Instant, blocks: Granted): void {
    const later = new Map(blocks.later);
    const directLater = new Map(blocks.directLater);
    const fresh = { at: now, answerable: false, serial: this.#serial };
    this.#grants.push({ ...blocks, ...fresh, later, directLater });
    if (this.#grants.length > MAX_GRANTS) this.#grants.shift();
  }

  /** A new epoch: what was for it is for now. Into silence a few messages may go again: the blocks of the epoch bound them. */
  epochChanged(epoch: number): void {
    this.#said = due({ later: this.#later, directLater: this.#directLater }, epoch);
    this.#grants = this.#grants.map((grant) => ({ ...grant, ...due(grant, epoch) }));
    this.#vain = 0;
    this.#silentEpochs++;
  }

  /** What is missing to the target in the current epoch. */
  wanted(now: Instant, pace: TalkPace): Current {
    const held = this.#held(now, pace);
    return {
      direct: Math.max(0, pace.direct - held.direct),
      mailbox: Math.max(0, (this.#away ? LATER_TARGET : TARGET_MAILBOX) - held.mailbox),
    };
  }

  /** Direct blocks that are missing of the next epoch, in which a talk would go on. */
  wantedDirectNext(now: Instant, epoch: number, pace: TalkPace): number {
    let held = this.#directLater.get(epoch + 1) ?? 0;
    for (const { directLater } of this.#underWay(now, pace))
      held += directLater.get(epoch + 1) ?? 0;
    return Math.max(0, pace.direct - held);
  }

  /**
   * What is missing for the epochs to come within the horizon: epoch and blocks, the nearest first.
   * What went out into a silence is not lost for that: it waits in a mailbox. Else each message to
   * one who is away would bring the nearest epochs again, and never the far ones, without which who
   * comes back after the horizon could not answer.
   */
  wantedLater(
    now: Instant,
    epoch: number,
    horizon: number,
    { slow, mailMicros }: Pick<TalkPace, 'slow' | 'mailMicros'>,
  ): readonly (readonly [epoch: number, blocks: number])[] {
    const held = new Map(this.#later);
    const life = Math.max(LATER_GRANT_LIFE_MICROS, slow ? mailMicros : 0);
    for (const { at, answerable, later } of this.#grants) {
      if (!answerable || now - at < life) add(held, later);
    }
    const next = this.#away ? LATER_TARGET : NEXT_TARGET;
    const wanted: (readonly [number, number])[] = [];
    for (let of = epoch + 1; of < epoch + horizon; of++) {
      const missing = (of === epoch + 1 ? next : LATER_TARGET) - (held.get(of) ?? 0);
      if (missing > 0) wanted.push([of, missing]);
    }
    if (!slow) return wanted;
    // Each epoch's first before any second, but for the next one's.
    const ones = wanted.flatMap(([of, missing]): (readonly [number, number])[] => {
      const has = held.get(of) ?? 0;
      const first = Math.min(missing, Math.max(0, (of === epoch + 1 ? LATER_TARGET : 1) - has));
      return first > 0 ? [[of, first]] : [];
    });
    return [...ones, ...wanted];
  }

  /** Blocks of the current epoch that the peer has, of either kind, as far as we know. */
  holds(now: Instant, pace: TalkPace): number {
    const { direct, mailbox } = this.#held(now, pace);
    return direct + mailbox;
  }

  /** Whether a message should go out for the supply alone: from the low-water mark up to {@link FILLED}, or the peer would rest at the mark. */
  low(now: Instant, pace: TalkPace): boolean {
    const held = this.#held(now, pace);
    if (this.#away) return held.mailbox === 0;
    if (held.mailbox < Math.min(LOW_WATER_MAILBOX, pace.useful)) this.#filling = true;
    else if (held.mailbox >= Math.min(FILLED, pace.useful)) this.#filling = false;
    return this.#filling;
  }

  /** Whether one should go out while the two talk, for direct blocks. */
  lowDirect(now: Instant, pace: TalkPace): boolean {
    return (
      !pace.slow &&
      this.canGiveDirect(now) &&
      this.#held(now, pace).direct <= pace.direct - DIRECT_LACK
    );
  }

  /** No message for the supply alone before then. */
  get nextAt(): number {
    return this.#nextAloneAt;
  }

  /** A message went out for the supply alone. */
  sentAlone(now: Instant): void {
    this.#nextAloneAt = now + this.#pause;
    this.#pause = Math.min(2 * this.#pause, MAX_PAUSE_MICROS);
    this.#vain++;
  }

  /**
   * Serial u16 ‖ seen u16 ‖ acked u16 ‖ direct u8 ‖ mailbox u8 ‖ count u8 ‖ count × (epoch u32 ‖
   * blocks u16). Grants for the current epoch and direct ones are forgotten, others for later count as
   * held: the next report tells of them.
   */
  export(): Uint8Array {
    const { direct, mailbox } = this.#said;
    const later = new Map(this.#later);
    for (const grant of this.#grants) add(later, grant.later);
    const entries = [...later].toSorted(([a], [b]) => a - b).slice(0, MAX_LATER);
    const out = new ByteWriter(9 + 6 * entries.length)
      .u16(this.#serial)
      .u16(this.#seen)
      .u16(this.#acked)
      .u8(direct)
      .u8(mailbox)
      .u8(entries.length);
    for (const [epoch, count] of entries) out.u32(epoch).u16(Math.min(count, 0xffff));
    return out.bytes;
  }

  /** Reads what {@link Supply.export} wrote; undefined when it is not that. */
  static import(bytes: Uint8Array): Supply | undefined {
    const supply = new Supply();
    const reader = new ByteReader(bytes);
    supply.#serial = reader.u16();
    supply.#seen = reader.u16();
    supply.#acked = reader.u16();
    supply.#said = { direct: reader.u8(), mailbox: reader.u8() };
    let last = -1;
    for (let count = reader.u8(); count > 0 && reader.ok; count--) {
      const epoch = reader.u32();
      if (epoch <= last) return undefined;
      supply.#later.set(epoch, reader.u16());
      last = epoch;
    }
    return reader.done ? supply : undefined;
  }

  get #away(): boolean {
    return this.#silentEpochs >= AWAY_EPOCHS;
  }

  #held(now: Instant, pace: TalkPace): Current {
    return sumOf([this.#said, ...this.#underWay(now, pace)]);
  }

  /** Grants that may still arrive. */
  #underWay(now: Instant, { slow, answerMicros, mailMicros }: TalkPace): readonly Grant[] {
    const life = Math.max(GRANT_LIFE_MICROS, slow ? mailMicros : answerMicros);
    return this.#grants.filter(({ at }) => now - at < life);
  }
}
