import { checkSnapshot, type SnapshotLimits } from './snapshot-codec.ts';

/** Lists that are read at once: the one of now, and an older one that somebody has not finished. */
export const MOST_LISTS = 2;

interface ServedList {
  readonly items: readonly Uint8Array[];
  readers: number;
}

/** A share in a list. */
export interface ListShare {
  /** What to send. */
  readonly items: readonly Uint8Array[];
  /** Gives the share back; a second time does nothing. */
  readonly leave: () => void;
}

/**
 * The lists that are being read, each shared by all its readers. A list keeps alive descriptors
 * that the directory has replaced: with a list for each reader, eight who ask a second apart and
 * read nothing would hold eight directories. With two, newcomers meanwhile get a list that is older
 * by at most `snapshotMillis`, when whoever reads the older one is cut off.
 */
export class ServedLists {
  readonly #limits: SnapshotLimits;
  /** The older one first; nobody's are not kept. */
  readonly #lists: ServedList[] = [];

  /** Nobody reads. */
  constructor(limits: SnapshotLimits) {
    this.#limits = limits;
  }

  /** How many lists are being read: at most {@link MOST_LISTS}. */
  get size(): number {
    return this.#lists.length;
  }

  /**
   * A share in the list of these items (the same array), or, where two others are being read, in
   * the newer of them. Undefined when the items exceed the limits.
   */
  join(items: readonly Uint8Array[]): ListShare | undefined {
    const list = this.#listFor(items);
    if (list === undefined) return undefined;
    list.readers++;
    let left = false;
    const leave = (): void => {
      if (left) return;
      left = true;
      if (--list.readers === 0) this.#lists.splice(this.#lists.indexOf(list), 1);
    };
    return { items: list.items, leave };
  }

  #listFor(items: readonly Uint8Array[]): ServedList | undefined {
    const same = this.#lists.find((list) => list.items === items);
    if (same !== undefined) return same;
    if (this.#lists.length >= MOST_LISTS) return this.#lists.at(-1);
    if (!checkSnapshot(items, this.#limits).ok) return undefined;
    const list = { items, readers: 0 };
    this.#lists.push(list);
    return list;
  }
}
