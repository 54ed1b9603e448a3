import { BOX_BYTES, GREETING_PROOF_BYTES, GREETING_TOKEN_BYTES } from '@sotto/sphinx';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { ByteWriter, randomBytes, type Rng } from '@sotto/wire';

/** Zero bits that an owner may ask for at most: 17 million tries for each packet, minutes of a telephone. */
export const MAX_PUZZLE_COST = 24;

const DIGEST_BYTES = 16;
/** Bytes by which a greeting point knows a proof that it has taken. */
export const PUZZLE_MARK_BYTES = 8;
/** Of a proof, what counts the tries. */
const COUNTER_BYTES = 8;
const PREFIX_BYTES = BOX_BYTES + GREETING_TOKEN_BYTES + 4;

/** What a proof is for: one box, one address, one epoch (Spec 06 §5.6). */
export interface PuzzleSubject {
  /** 16 bytes. */
  readonly box: Uint8Array;
  /** 16 bytes. */
  readonly token: Uint8Array;
  /** Full number. */
  readonly epoch: number;
}

/** `H_16[greetingPuzzle](box ‖ token ‖ epoch u32 ‖ proof)`, 16 bytes. */
export function puzzleDigest(
  suite: CryptoSuite,
  subject: PuzzleSubject,
  proof: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(DIGEST_BYTES);
  suite.blake2b(out, messageOf(subject, proof), LABELS.greetingPuzzle);
  return out;
}

/** Whether a digest starts with `cost` zero bits. Of public values: it may stop early. */
export function meetsCost(digest: Uint8Array, cost: number): boolean {
  const whole = cost >>> 3;
  for (let i = 0; i < whole; i++) if (digest[i] !== 0) return false;
  return (digest[whole] ?? 0) >>> (8 - (cost & 7)) === 0;
}

/** By what a proof is known again: the end of its digest, where no cost reaches. */
export const puzzleMark = (digest: Uint8Array): Uint8Array => digest.slice(-PUZZLE_MARK_BYTES);

/** Looks for one proof, some tries at a time: the caller's slots must not wait for it. */
export class GreetingPuzzle {
  readonly epoch: number;
  readonly #suite: CryptoSuite;
  readonly #cost: number;
  readonly #message: Uint8Array;
  readonly #digest = new Uint8Array(DIGEST_BYTES);
  readonly #view: DataView;
  #tries = 0;

  /** @param cost - zero bits, 1 to {@link MAX_PUZZLE_COST}. */
  constructor(suite: CryptoSuite, rng: Rng, subject: PuzzleSubject, cost: number) {
    const random = randomBytes(rng, GREETING_PROOF_BYTES - COUNTER_BYTES);
    const proof = new ByteWriter(GREETING_PROOF_BYTES).put(random).bytes;
    this.epoch = subject.epoch;
    this.#suite = suite;
    this.#cost = cost;
    this.#message = messageOf(subject, proof);
    this.#view = new DataView(this.#message.buffer);
  }

  /** Tries `count` more. @returns the proof, 32 bytes, once it is found. */
  search(count: number): Uint8Array | undefined {
    for (let i = 0; i < count; i++) {
      this.#view.setUint32(this.#message.length - 4, this.#tries++);
      this.#suite.blake2b(this.#digest, this.#message, LABELS.greetingPuzzle);
      if (meetsCost(this.#digest, this.#cost)) return this.#message.slice(PREFIX_BYTES);
    }
    return undefined;
  }
}

const messageOf = ({ box, token, epoch }: PuzzleSubject, proof: Uint8Array): Uint8Array =>
  new ByteWriter(PREFIX_BYTES + proof.length).put(box).put(token).u32(epoch).put(proof).bytes;
