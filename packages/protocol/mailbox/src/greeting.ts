import { GREETING_PROOF_BYTES, GREETING_TOKEN_BYTES } from '@sotto/sphinx';
import { type CryptoSuite, HASH_BYTES, KEY_BYTES, LABELS } from '@sotto/suite';
import { ByteReader, ByteWriter, equalBytes, isZero } from '@sotto/wire';
import { CREDENTIAL_HASH_BYTES, HINT_BYTES } from './box.ts';
import { MAX_PUZZLE_COST, meetsCost, PUZZLE_MARK_BYTES, puzzleMark } from './greeting-puzzle.ts';
import { RECORD_VERSION } from './stored-record.ts';

/** Reply blocks that strangers may open in one epoch at most: as many as a stash holds. */
export const MAX_GREETINGS_PER_EPOCH = 64;

/** How a box is open to strangers (Spec 06 §5.6). */
export interface GreetingTerms {
  /** H(credential) of the token, 16 bytes. */
  readonly tokenHash: Uint8Array;
  /** 16 bytes for the owner: which of its addresses. */
  readonly hint: Uint8Array;
  /** Reply blocks that strangers open in one epoch, 0 to 64; 0 closes the box to them. */
  readonly perEpoch: number;
  /** Zero bits that the digest of a proof starts with, 1 to {@link MAX_PUZZLE_COST}; undefined: no proof is asked for. */
  readonly cost?: number;
}

/**
 * What a stranger shows of an address, 16 bytes: H_16[greetingToken] of its key. A contact point
 * that gets it learns nothing of the key under which the stranger's body is sealed.
 *
 * @param key - of the address, 32 bytes.
 */
export function greetingToken(suite: CryptoSuite, key: Uint8Array): Uint8Array {
  const out = new Uint8Array(GREETING_TOKEN_BYTES);
  suite.blake2b(out, addressKey(key), LABELS.greetingToken);
  return out;
}

/**
 * The seed of a stranger's body (`sealBody`), 32 bytes: H[greetingBody] of the address's key. To
 * who has not the address, the body is uniform bytes (decision 0023).
 *
 * @param key - of the address, 32 bytes.
 */
export function greetingBodySeed(suite: CryptoSuite, key: Uint8Array): Uint8Array {
  const out = new Uint8Array(HASH_BYTES);
  suite.blake2b(out, addressKey(key), LABELS.greetingBody);
  return out;
}

function addressKey(key: Uint8Array): Uint8Array {
  if (key.length !== KEY_BYTES) {
    throw new RangeError(`"key" expected ${KEY_BYTES} bytes, got ${key.length}`);
  }
  return key;
}

/** Why a stranger is not let in. */
export type GreetingRefusal = 'bad-credential' | 'greeting-proof' | 'spent-credential';

/** A proof that a stranger shows, and its digest (`puzzleDigest`). */
export interface ShownProof {
  /** 32 bytes. */
  readonly proof: Uint8Array;
  readonly digest: Uint8Array;
}

/** A box's opening to strangers, and how much of it is used in the current epoch. */
export class Greeting {
  readonly terms: GreetingTerms;
  #epoch: number;
  #used: number;
  /** Marks of the proofs that were taken in the epoch: none counts twice. */
  readonly #spent: Uint8Array[];

  /** `used` of `epoch`; another epoch starts at none. */
  constructor(terms: GreetingTerms, epoch: number, used = 0, spent: readonly Uint8Array[] = []) {
    this.terms = terms;
    this.#epoch = epoch;
    this.#used = used;
    this.#spent = [...spent];
  }

  /** The same uses under other terms: an owner who writes them again does not open the box anew. */
  renewed(terms: GreetingTerms): Greeting {
    return new Greeting(terms, this.#epoch, this.#used, this.#spent);
  }

  /** Whether the token is this box's. Constant time. */
  knows(tokenHash: Uint8Array): boolean {
    return equalBytes(this.terms.tokenHash, tokenHash);
  }

  /** Checks in the order of Spec 06 §5.6. */
  refusal(tokenHash: Uint8Array, shown: ShownProof, epoch: number): GreetingRefusal | undefined {
    if (!this.knows(tokenHash)) return 'bad-credential';
    if (!this.#proves(shown, epoch)) return 'greeting-proof';
    return this.isSpent(epoch) ? 'spent-credential' : undefined;
  }

  /** Whether strangers have opened all blocks of `epoch`. */
  isSpent(epoch: number): boolean {
    return epoch === this.#epoch && this.#used >= this.terms.perEpoch;
  }

  /** One block less in `epoch`, for a proof of this digest. */
  spend(epoch: number, digest: Uint8Array): void {
    if (epoch !== this.#epoch) {
      this.#spent.length = 0;
      this.#used = 0;
    }
    this.#used++;
    this.#epoch = epoch;
    if (this.terms.cost !== undefined) this.#spent.push(puzzleMark(digest));
  }

  #proves({ proof, digest }: ShownProof, epoch: number): boolean {
    if (proof.length !== GREETING_PROOF_BYTES) return false;
    const { cost } = this.terms;
    if (cost === undefined) return isZero(proof);
    if (!meetsCost(digest, cost)) return false;
    const mark = puzzleMark(digest);
    return epoch !== this.#epoch || !this.#spent.some((spent) => equalBytes(spent, mark));
  }

  /**
   * Stored form: 1 ‖ tokenHash ‖ hint ‖ perEpoch ‖ epoch ‖ used; with a cost 2 ‖ the same ‖ cost ‖
   * the marks of the proofs.
   */
  encode(): Uint8Array {
    const { tokenHash, hint, perEpoch, cost } = this.terms;
    const marks = cost === undefined ? 0 : 1 + this.#spent.length * PUZZLE_MARK_BYTES;
    const writer = new ByteWriter(STORED_BYTES + marks)
      .u8(cost === undefined ? RECORD_VERSION : PRICED_VERSION)
      .put(tokenHash)
      .put(hint)
      .u8(perEpoch)
      .u32(this.#epoch)
      .u8(this.#used);
    if (cost === undefined) return writer.bytes;
    writer.u8(cost);
    for (const mark of this.#spent) writer.put(mark);
    return writer.bytes;
  }
}

const STORED_BYTES = 1 + CREDENTIAL_HASH_BYTES + HINT_BYTES + 1 + 4 + 1;
/** First byte of a stored greeting that asks for proofs. */
const PRICED_VERSION = 2;

/** Reads {@link Greeting.encode}; undefined of any other bytes. */
export function decodeGreeting(bytes: Uint8Array): Greeting | undefined {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const tokenHash = reader.take(CREDENTIAL_HASH_BYTES);
  const hint = reader.take(HINT_BYTES);
  const perEpoch = reader.u8();
  const epoch = reader.u32();
  const used = reader.u8();
  const inRange = perEpoch >= 1 && perEpoch <= MAX_GREETINGS_PER_EPOCH;
  if (!reader.ok || !inRange) return undefined;
  if (version === RECORD_VERSION) {
    const terms = { tokenHash, hint, perEpoch };
    return reader.done ? new Greeting(terms, epoch, used) : undefined;
  }
  const cost = reader.u8();
  if (version !== PRICED_VERSION || cost < 1 || cost > MAX_PUZZLE_COST) return undefined;
  const count = reader.remaining / PUZZLE_MARK_BYTES;
  if (!Number.isInteger(count) || count > MAX_GREETINGS_PER_EPOCH) return undefined;
  const spent = Array.from({ length: count }, () => reader.take(PUZZLE_MARK_BYTES));
  return new Greeting({ tokenHash, hint, perEpoch, cost }, epoch, used, spent);
}
