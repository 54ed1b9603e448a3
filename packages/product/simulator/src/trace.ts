import { type CryptoSuite, LABELS } from '@sotto/suite';
import { concat, type Instant, toHex, toUtf8 } from '@sotto/wire';

/** One frame on one link, as an observer of every link would write it down. */
export interface TraceLine {
  readonly time: Instant;
  /** Names of nodes (hex) or of persons. */
  readonly from: string;
  readonly to: string;
  /** BLAKE2b-128 of the frame, hex. */
  readonly hash: string;
}

/** The record of every frame on every link, and a running hash over it: same seed, same hash. */
export class Trace {
  readonly #suite: CryptoSuite;
  #state: Uint8Array = new Uint8Array(32);
  #lines = 0;

  /** Starts empty. */
  constructor(suite: CryptoSuite) {
    this.#suite = suite;
  }

  /** Lines so far. */
  get lines(): number {
    return this.#lines;
  }

  /** Hash over all lines so far, hex. */
  get hash(): string {
    return toHex(this.#state);
  }

  /** Adds a line. */
  add(time: Instant, from: string, to: string, frame: Uint8Array): TraceLine {
    const digest = new Uint8Array(16);
    this.#suite.blake2b(digest, frame, LABELS.trace);
    const line = { time, from, to, hash: toHex(digest) };
    const text = `${line.time} ${from} ${to} ${line.hash}\n`;
    const next = new Uint8Array(32);
    this.#suite.blake2b(next, concat(this.#state, toUtf8(text)), LABELS.trace);
    this.#state = next;
    this.#lines++;
    return line;
  }
}
