import type { LinkKind } from '@sotto/transport';
import type { WorkTurns } from './work-turns.ts';

/** How the frames of a link are worked off. */
export interface Pace {
  /** Shared with all other links. */
  readonly turns: WorkTurns;
  /** In which row it waits. */
  readonly kind: LinkKind;
  /** Frames given on at once, at most. */
  readonly piece: number;
  /** What a frame costs, in packets to peel. */
  readonly weight: number;
}

/** Frames of one link on their way to the core, in the turns that all links share. While some wait the link is not read. */
export class PacedFrames {
  readonly #pace: Pace;
  readonly #deliver: (frames: readonly Uint8Array[]) => void;
  #waiting: readonly Uint8Array[] = [];

  /** `deliver` hands frames on, at most a piece of them. */
  constructor(pace: Pace, deliver: (frames: readonly Uint8Array[]) => void) {
    this.#pace = pace;
    this.#deliver = deliver;
  }

  /** Takes what a link has read, once what it read before is done. @returns what reading waits for. */
  take(frames: readonly Uint8Array[]): void | Promise<void> {
    const { turns, kind } = this.#pace;
    this.#waiting = frames;
    while (this.#waiting.length > 0 && turns.take(kind, this.#size)) this.#some();
    return this.#waiting.length > 0 ? this.#goOn() : undefined;
  }

  /** Hands on at once all that waits. */
  flush(): void {
    while (this.#waiting.length > 0) this.#some();
  }

  /** Forgets what waits. @returns how many frames that were. */
  drop(): number {
    const { length } = this.#waiting;
    this.#waiting = [];
    return length;
  }

  get #size(): number {
    const { piece, weight } = this.#pace;
    return Math.min(piece, this.#waiting.length) * weight;
  }

  /** Turn by turn. */
  async #goOn(): Promise<void> {
    const { turns, kind } = this.#pace;
    while (this.#waiting.length > 0) {
      // oxlint-disable-next-line no-await-in-loop
      await turns.next(kind, this.#size);
      if (this.#waiting.length > 0) this.#some();
    }
  }

  #some(): void {
    const { piece } = this.#pace;
    const frames = this.#waiting.slice(0, piece);
    this.#waiting = this.#waiting.slice(piece);
    this.#deliver(frames);
  }
}
