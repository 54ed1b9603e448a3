import { decodeSurb, encodeSurb, SURB_BYTES } from '@sotto/sphinx';
import { ByteReader, ByteWriter } from '@sotto/wire';
import type { HandedSurb, Level } from './items.ts';
import { MOST_DIRECT } from './patience.ts';

/** Flags u8 ‖ epoch u32 ‖ reply block ‖ its twin, or nothing. */
const STORED_SURB_BYTES = 5 + SURB_BYTES;
const FLAG = { direct: 1, twin: 2 } as const;

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
   * @param once - it is no harm if one of them is lost: twins are for what is one, so blocks
   *   without one come first, and of two twins the other stays.
   */
  take(
    count: number,
    epoch: number,
    preferDirect: boolean,
    once = false,
  ): readonly HandedSurb[] | undefined {
    const usable = this.#blocks.filter((block) => block.epoch === epoch);
    if (usable.length < count) return undefined;
    const rank = ({ direct, twin }: HandedSurb): number =>
      (direct === preferDirect ? 0 : 2) + ((twin === undefined) === once ? 0 : 1);
    const ordered = preferDirect ? usable.toReversed() : usable;
    const taken = ordered.toSorted((a, b) => rank(a) - rank(b)).slice(0, count);
    this.#blocks = this.#blocks.flatMap((block) => {
      if (!taken.includes(block)) return [block];
      const { twin, ...rest } = block;
      return once && twin !== undefined ? [{ ...rest, surb: twin }] : [];
    });
    return once ? taken.map(({ direct, epoch: of, surb }) => ({ direct, epoch: of, surb })) : taken;
  }

  /** Drops what no longer works. */
  expire(epoch: number): void {
    this.#blocks = this.#blocks.filter((block) => block.epoch >= epoch);
  }

  /** Count u8 ‖ blocks. */
  export(): Uint8Array {
    const twins = this.#blocks.filter(({ twin }) => twin !== undefined).length;
    const bytes = 1 + this.#blocks.length * STORED_SURB_BYTES + twins * SURB_BYTES;
    const out = new ByteWriter(bytes).u8(this.#blocks.length);
    for (const { direct, epoch, surb, twin } of this.#blocks) {
      out
        .u8((direct ? FLAG.direct : 0) | (twin === undefined ? 0 : FLAG.twin))
        .u32(epoch)
        .put(encodeSurb(surb));
      if (twin !== undefined) out.put(encodeSurb(twin));
    }
    return out.bytes;
  }

  /** Reads what {@link Bank.export} wrote; undefined when it is not that. */
  static import(bytes: Uint8Array): Bank | undefined {
    const bank = new Bank();
    const reader = new ByteReader(bytes);
    const count = reader.u8();
    for (let i = 0; i < count; i++) {
      const flags = reader.u8();
      const epoch = reader.u32();
      const surb = decodeSurb(reader.take(SURB_BYTES));
      if (flags > FLAG.twin || !surb.ok) return undefined;
      const block = { direct: flags === FLAG.direct, epoch, surb: surb.value };
      const twin = flags === FLAG.twin ? decodeSurb(reader.take(SURB_BYTES)) : undefined;
      if (twin?.ok === false) return undefined;
      bank.#blocks.push(twin === undefined ? block : { ...block, twin: twin.value });
    }
    return reader.done ? bank : undefined;
  }
}
