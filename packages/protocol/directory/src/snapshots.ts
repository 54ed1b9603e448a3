import type { Instant } from '@sotto/wire';
import type { Descriptor } from './descriptor.ts';
import type { NodeEntry } from './node-entry.ts';

/** Snapshots held at once, each from another peer (Spec 07 §7.1). */
export const SNAPSHOTS_HELD = 3;
/** Peers that must have handed out one and the same version before it is used (Spec 07 §7.1). */
export const QUORUM = 2;

/**
 * One verified descriptor. Whoever puts versions into a {@link SnapshotSet} takes the object that is
 * held already where the bytes are equal, so that the same version is the same object.
 */
export interface Version {
  readonly descriptor: Descriptor;
  readonly entry: NodeEntry;
}

/** One source's word on one node: the version it gives now, and the one it gave before. */
interface Vouched {
  readonly current: Version;
  readonly earlier: Version | undefined;
}

/** What the last few sources said, one snapshot each (Spec 07 §7.1). */
export class SnapshotSet {
  /** By source, longest unheard first; then by node. */
  readonly #snapshots = new Map<string, ReadonlyMap<string, Vouched>>();

  /** Sources held, longest unheard first. */
  get sources(): readonly string[] {
    return [...this.#snapshots.keys()];
  }

  /** Whether a snapshot of `source` is held. */
  has(source: string): boolean {
    return this.#snapshots.has(source);
  }

  /** Drops what a source said. */
  drop(source: string): void {
    this.#snapshots.delete(source);
  }

  /**
   * Puts a source's snapshot in the place of its older one, whose versions stay as its earlier word;
   * one source too many drops the longest unheard.
   */
  put(source: string, versions: ReadonlyMap<string, Version>): void {
    const previous = this.#snapshots.get(source);
    const snapshot = new Map<string, Vouched>();
    for (const [key, current] of versions) {
      const before = previous?.get(key);
      const earlier = before?.current === current ? before.earlier : before?.current;
      snapshot.set(key, { current, earlier });
    }
    this.#snapshots.delete(source);
    this.#snapshots.set(source, snapshot);
    for (const oldest of this.#snapshots.keys()) {
      if (this.#snapshots.size <= SNAPSHOTS_HELD) break;
      this.#snapshots.delete(oldest);
    }
  }

  /** Every version of a node that any source gave, repeats included: at most six. */
  held(key: string): Version[] {
    const held: Version[] = [];
    for (const snapshot of this.#snapshots.values()) {
      const vouched = snapshot.get(key);
      if (vouched === undefined) continue;
      held.push(vouched.current);
      if (vouched.earlier !== undefined) held.push(vouched.earlier);
    }
    return held;
  }

  /**
   * Of each node the newest live version that {@link QUORUM} sources gave. A source that has gone on
   * to a newer version still vouches for the one before: else each renewal would drop the node until
   * all sources have heard of it.
   */
  agreed(now: Instant): Map<string, Version> {
    const agreed = new Map<string, Version>();
    for (const snapshot of this.#snapshots.values()) {
      for (const [key, vouched] of snapshot) {
        for (const version of [vouched.current, vouched.earlier]) {
          if (version === undefined || version.entry.expiresAt <= now) continue;
          const best = agreed.get(key);
          if (best !== undefined && best.entry.sequence >= version.entry.sequence) continue;
          if (this.#voices(key, version) >= QUORUM) agreed.set(key, version);
        }
      }
    }
    return agreed;
  }

  #voices(key: string, version: Version): number {
    let voices = 0;
    for (const snapshot of this.#snapshots.values()) {
      const vouched = snapshot.get(key);
      if (vouched?.current === version || vouched?.earlier === version) voices++;
    }
    return voices;
  }
}
