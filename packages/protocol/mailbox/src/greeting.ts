import { GREETING_PROOF_BYTES, GREETING_TOKEN_BYTES } from '@sotto/sphinx';
import { type CryptoSuite, HASH_BYTES, KEY_BYTES, LABELS } from '@sotto/suite';
import { ByteReader, ByteWriter, equalBytes, isZero } from '@sotto/wire';
import { CREDENTIAL_HASH_BYTES, HINT_BYTES } from './box.ts';
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

/** A box's opening to strangers, and how much of it is used in the current epoch. */
export class Greeting {
  readonly terms: GreetingTerms;
  #epoch: number;
  #used: number;

  /** `used` of `epoch`; another epoch starts at none. */
  constructor(terms: GreetingTerms, epoch: number, used = 0) {
    this.terms = terms;
    this.#epoch = epoch;
    this.#used = used;
  }

  /** The same uses under other terms: an owner who writes them again does not open the box anew. */
  renewed(terms: GreetingTerms): Greeting {
    return new Greeting(terms, this.#epoch, this.#used);
  }

  /** Whether the token is this box's. Constant time. */
  knows(tokenHash: Uint8Array): boolean {
    return equalBytes(this.terms.tokenHash, tokenHash);
  }

  /**
   * Checks in the order of Spec 06 §5.6.
   *
   * @param proof - 32 bytes. Terms of version 1 ask for none: it must be zero.
   */
  refusal(tokenHash: Uint8Array, proof: Uint8Array, epoch: number): GreetingRefusal | undefined {
    if (!this.knows(tokenHash)) return 'bad-credential';
    if (proof.length !== GREETING_PROOF_BYTES || !isZero(proof)) return 'greeting-proof';
    return this.isSpent(epoch) ? 'spent-credential' : undefined;
  }

  /** Whether strangers have opened all blocks of `epoch`. */
  isSpent(epoch: number): boolean {
    return epoch === this.#epoch && this.#used >= this.terms.perEpoch;
  }

  /** One block less in `epoch`. */
  spend(epoch: number): void {
    this.#used = epoch === this.#epoch ? this.#used + 1 : 1;
    this.#epoch = epoch;
  }

  /** Stored form: version ‖ tokenHash ‖ hint ‖ perEpoch ‖ epoch ‖ used. */
  encode(): Uint8Array {
    const { tokenHash, hint, perEpoch } = this.terms;
    return new ByteWriter(STORED_BYTES)
      .u8(RECORD_VERSION)
      .put(tokenHash)
      .put(hint)
      .u8(perEpoch)
      .u32(this.#epoch)
      .u8(this.#used).bytes;
  }
}

const STORED_BYTES = 1 + CREDENTIAL_HASH_BYTES + HINT_BYTES + 1 + 4 + 1;

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
  return reader.done && version === RECORD_VERSION && inRange
    ? new Greeting({ tokenHash, hint, perEpoch }, epoch, used)
    : undefined;
}
