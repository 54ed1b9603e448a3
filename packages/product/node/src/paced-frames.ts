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
    if (this.#waiting.length === 0) return undefined;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#goOn(resolve, reject);
    return promise;
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

  /** Turn by turn. What handing on throws is told to who waits, and not to the turn, which is others' as well. */
  #goOn(done: () => void, failed: (error: unknown) => void): void {
    const { turns, kind } = this.#pace;
    turns.next(kind, this.#size, () => {
      try {
        if (this.#waiting.length > 0) this.#some();
        if (this.#waiting.length > 0) this.#goOn(done, failed);
        else done();
      } catch (error) {
        failed(error);
      }
    });
  }

  #some(): void {
    const { piece } = this.#pace;
    const frames = this.#waiting.slice(0, piece);
    this.#waiting = this.#waiting.slice(piece);
    this.#deliver(frames);
  }
}
