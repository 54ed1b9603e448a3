import { decodeSurb, encodeSurb, SURB_BYTES } from '@sotto/sphinx';
import { ByteReader, ByteWriter } from '@sotto/wire';
import type { HandedSurb, Level } from './items.ts';
import { MOST_DIRECT } from './patience.ts';

/** Flags u8 ‖ epoch u32 ‖ reply block. */
const STORED_SURB_BYTES = 5 + SURB_BYTES;

/** Direct reply blocks of one contact that are kept at most: two above the highest target, since reports overtake one another. */
export const MAX_DIRECT: number = MOST_DIRECT + 2;
/** Reply blocks to a contact's mailbox that are kept at most, for each epoch: the longest text takes 29. */
export const MAX_MAILBOX = 40;
/** All reply blocks of one contact. */
export const MAX_BANK = 72;

/** The reply blocks of one contact that this side may still use. Each is taken once. */
export class Bank {
  #blocks: HandedSurb[] = [];

  /** Blocks held, of all epochs. */
  get size(): number {
    return this.#blocks.length;
  }

  /** Adds what a message brought. @returns how many were not kept. */
  add(blocks: readonly HandedSurb[], epoch: number, horizon: number): number {
    let refused = 0;
    for (const block of blocks) {
      const ahead = block.epoch - epoch;
      const same = this.#blocks.filter((b) => b.direct === block.direct && b.epoch === block.epoch);
      const room = same.length < (block.direct ? MAX_DIRECT : MAX_MAILBOX);
      if (ahead < 0 || ahead > horizon || !room || this.#blocks.length >= MAX_BANK) refused++;
      else this.#blocks.push(block);
    }
    return refused;
  }

  /** What the peer is told. */
  level(epoch: number): Level {
    const count = (test: (block: HandedSurb) => boolean): number =>
      this.#blocks.filter(test).length;
    return {
      direct: count((b) => b.direct && b.epoch === epoch),
      mailbox: count((b) => !b.direct && b.epoch === epoch),
      later: count((b) => !b.direct && b.epoch > epoch),
    };
  }

  /** Blocks that work in this epoch. */
  usable(epoch: number): number {
    return this.#blocks.filter((block) => block.epoch === epoch).length;
  }

  /**
   * Takes `count` blocks that work in this epoch, or none.
   *
   * @param preferDirect - the peer was heard from lately: its guard will find it there. Otherwise
   *   the mailbox comes first, and the direct ones wait for when it is back.
   */
  take(count: number, epoch: number, preferDirect: boolean): readonly HandedSurb[] | undefined {
    const usable = this.#blocks.filter((block) => block.epoch === epoch);
    if (usable.length < count) return undefined;
    const sorted = usable.toSorted((a, b) => Number(a.direct) - Number(b.direct));
    const taken = (preferDirect ? sorted.toReversed() : sorted).slice(0, count);
    this.#blocks = this.#blocks.filter((block) => !taken.includes(block));
    return taken;
  }

  /** Drops what no longer works. */
  expire(epoch: number): void {
    this.#blocks = this.#blocks.filter((block) => block.epoch >= epoch);
  }

  /** Count u8 ‖ blocks. */
  export(): Uint8Array {
    const out = new ByteWriter(1 + this.#blocks.length * STORED_SURB_BYTES).u8(this.#blocks.length);
    for (const { direct, epoch, surb } of this.#blocks) {
      out
        .u8(direct ? 1 : 0)
        .u32(epoch)
        .put(encodeSurb(surb));
    }
    return out.bytes;
  }

  /** Reads what {@link Bank.export} wrote; undefined when it is not that. */
  static import(bytes: Uint8Array): Bank | undefined {
    const bank = new Bank();
    const reader = new ByteReader(bytes);
    const count = reader.u8();
    for (let i = 0; i < count; i++) {
      const direct = reader.u8() === 1;
      const epoch = reader.u32();
      const surb = decodeSurb(reader.take(SURB_BYTES));
      if (!surb.ok) return undefined;
      bank.#blocks.push({ direct, epoch, surb: surb.value });
    }
    return reader.done ? bank : undefined;
  }
}
