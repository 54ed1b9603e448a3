import { after, chance, exponentialMicros, type Instant, instant, type Rng } from '@sotto/wire';

/** What a line between two ends does to frames. */
export interface LinkProfile {
  /** Least time on the line, µs. */
  readonly latencyMicros: number;
  /** Mean of an exponential time that is added, µs. */
  readonly jitterMicros?: number;
  /** Of 65,536 frames, how many vanish. */
  readonly loss?: number;
  /** Of 65,536 frames, how many may overtake those before them; others keep their order, as in one stream. */
  readonly reorder?: number;
  /** Bytes a second; unlimited when absent. */
  readonly bytesPerSecond?: number;
  /** Bytes that wait for a slow line at most; what comes beyond vanishes. Default 256 KiB. */
  readonly queueBytes?: number;
  /** Nothing passes. */
  readonly partitioned?: boolean;
}

const DEFAULT_QUEUE_BYTES = 262_144;

/** One direction of one line, sans-IO and from a seed: says of each frame when it arrives, if it does. */
export class LinkEmulator {
  readonly #rng: Rng;
  /** When the line has sent what was given to it. */
  #freeAt: Instant = instant(0);
  #lastArrival: Instant = instant(0);

  /** Idle. */
  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** @returns when a frame of `bytes` that is sent at `now` arrives; undefined when it vanishes. */
  send(now: Instant, bytes: number, profile: LinkProfile): Instant | undefined {
    const { latencyMicros, jitterMicros = 0, loss = 0, reorder = 0, bytesPerSecond } = profile;
    if (profile.partitioned === true) return undefined;
    let sentAt = now;
    if (bytesPerSecond !== undefined) {
      const start = this.#freeAt > now ? this.#freeAt : now;
      const waiting = ((start - now) * bytesPerSecond) / 1_000_000;
      if (waiting + bytes > (profile.queueBytes ?? DEFAULT_QUEUE_BYTES)) return undefined;
      sentAt = after(start, Math.ceil((bytes * 1_000_000) / bytesPerSecond));
      this.#freeAt = sentAt;
    }
    if (loss > 0 && chance(this.#rng, loss)) return undefined;
    const jitter = jitterMicros > 0 ? exponentialMicros(this.#rng, jitterMicros) : 0;
    const arrival = after(sentAt, latencyMicros + jitter);
    if (reorder > 0 && chance(this.#rng, reorder)) return arrival;
    this.#lastArrival = arrival > this.#lastArrival ? arrival : this.#lastArrival;
    return this.#lastArrival;
  }
}
