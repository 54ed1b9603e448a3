/**
 * How many reply blocks of each owner something has come back by, since the start and in the owner's
 * latest epoch: each pays for one that was lost (Spec 08 §7.1, §8.1).
 */
export class BlocksBack {
  readonly #byOwner = new Map<string, { readonly epoch: number; readonly blocks: number }>();

  /** Something has come back by `blocks` of an epoch; those of an epoch before the owner's latest do not count. */
  add(owner: string, epoch: number, blocks: number): void {
    if (blocks === 0) return;
    const before = this.#byOwner.get(owner);
    if (before !== undefined && before.epoch > epoch) return;
    const sum = before?.epoch === epoch ? before.blocks + blocks : blocks;
    this.#byOwner.set(owner, { epoch, blocks: sum });
  }

  /** Blocks of an owner and epoch. */
  of(owner: string, epoch: number): number {
    const back = this.#byOwner.get(owner);
    return back?.epoch === epoch ? back.blocks : 0;
  }

  /** An owner is gone. */
  forget(owner: string): void {
    this.#byOwner.delete(owner);
  }
}
