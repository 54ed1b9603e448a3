import { ByteReader, ByteWriter, type Instant, MICROS_PER_SECOND } from '@sotto/wire';
import type { Level, Report } from './items.ts';

/** What the peer should hold: few direct blocks, since they name one's guard to whoever breaks three mixes. */
export const TARGET: Level = { direct: 4, mailbox: 8, later: 4 };
/** Below this a message goes out for the supply's sake alone. */
export const LOW_WATER: Level = { direct: 2, mailbox: 4, later: 0 };

/** Mailbox blocks at which filling up ends: each message for it costs one of the peer's, so that two who filled to the target would never rest. */
export const FILLED = 6;

/** After this a grant that no report knows of was lost. */
const GRANT_LIFE_MICROS = 60 * MICROS_PER_SECOND;
/** First pause between two messages for the supply's sake; it doubles while the peer is silent. */
const FIRST_PAUSE_MICROS = 10 * MICROS_PER_SECOND;
const MAX_PAUSE_MICROS = 3600 * MICROS_PER_SECOND;
/** The endpoint's own window of direct blocks. */
const DIRECT_PAUSE_MICROS = 600 * MICROS_PER_SECOND;
const SERIALS = 65_536;

interface Grant extends Level {
  readonly at: Instant;
  readonly serial: number;
}

const NONE: Level = { direct: 0, mailbox: 0, later: 0 };

/** Whether serial `a` is not after `b`, modulo 2^16. */
const notAfter = (a: number, b: number): boolean => (b - a + SERIALS) % SERIALS < SERIALS / 2;

/**
 * How many of our reply blocks a contact holds: what its last report says, and what went out in
 * messages that the report does not know of yet. It bounds what one contact gets, however it asks.
 */
export class Supply {
  #said: Level = NONE;
  #grants: Grant[] = [];
  #serial = 0;
  #seen = 0;
  #acked = 0;
  #nextAloneAt = 0;
  #pause = FIRST_PAUSE_MICROS;
  #vain = 0;
  #filling = false;
  #directFrom = 0;

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

  /** A message came; its report says what the peer holds. One that was overtaken says nothing new. */
  heard(report: Report | undefined): void {
    this.#pause = FIRST_PAUSE_MICROS;
    this.#vain = 0;
    if (report === undefined || notAfter(report.serial, this.#seen)) return;
    this.#seen = report.serial;
    const known = notAfter(this.#acked, report.seen) && notAfter(report.seen, this.#serial);
    if (known) this.#acked = report.seen;
    const { direct, mailbox, later } = report;
    this.#said = { direct, mailbox, later };
    this.#grants = this.#grants.filter((grant) => !notAfter(grant.serial, report.seen));
  }

  /** No direct block can be made, for too many are out: for a while none is sent for. Else two would talk for that alone. */
  directRefused(now: Instant): void {
    this.#directFrom = now + DIRECT_PAUSE_MICROS;
  }

  /** Blocks go out in the message that was last numbered. */
  granted(now: Instant, level: Level): void {
    this.#grants.push({ at: now, serial: this.#serial, ...level });
  }

  /** A new epoch: what was for later is for now. */
  epochChanged(): void {
    this.#said = { direct: 0, mailbox: this.#said.later, later: 0 };
    this.#grants = [];
  }

  /** What is missing to the target. `later` is asked for only when the next epoch is near. */
  wanted(now: Instant, nextEpochNear: boolean): Level {
    const held = this.#held(now);
    return {
      direct: Math.max(0, TARGET.direct - held.direct),
      mailbox: Math.max(0, TARGET.mailbox - held.mailbox),
      later: nextEpochNear ? Math.max(0, TARGET.later - held.later) : 0,
    };
  }

  /** Whether a message should go out for the supply alone: from the low-water mark up to {@link FILLED}, or the peer would rest at the mark. */
  low(now: Instant, talking: boolean): boolean {
    const held = this.#held(now);
    if (held.mailbox < LOW_WATER.mailbox) this.#filling = true;
    else if (held.mailbox >= FILLED) this.#filling = false;
    const directs = talking && now >= this.#directFrom;
    return this.#filling || (directs && held.direct < LOW_WATER.direct);
  }

  /** Whether a peer who writes now would soon be without direct blocks. */
  short(now: Instant): boolean {
    return this.#held(now).direct < TARGET.direct;
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

  /** Serial u16 ‖ seen u16 ‖ acked u16 ‖ direct u8 ‖ mailbox u8 ‖ later u8. Grants are forgotten: the next report tells of them. */
  export(): Uint8Array {
    const { direct, mailbox, later } = this.#said;
    return new ByteWriter(9)
      .u16(this.#serial)
      .u16(this.#seen)
      .u16(this.#acked)
      .u8(direct)
      .u8(mailbox)
      .u8(later).bytes;
  }

  /** Reads what {@link Supply.export} wrote; undefined when it is not that. */
  static import(bytes: Uint8Array): Supply | undefined {
    const supply = new Supply();
    const reader = new ByteReader(bytes);
    supply.#serial = reader.u16();
    supply.#seen = reader.u16();
    supply.#acked = reader.u16();
    supply.#said = { direct: reader.u8(), mailbox: reader.u8(), later: reader.u8() };
    return reader.done ? supply : undefined;
  }

  #held(now: Instant): Level {
    this.#grants = this.#grants.filter((grant) => now - grant.at < GRANT_LIFE_MICROS);
    let { direct, mailbox, later } = this.#said;
    for (const grant of this.#grants) {
      direct += grant.direct;
      mailbox += grant.mailbox;
      later += grant.later;
    }
    return { direct, mailbox, later };
  }
}
