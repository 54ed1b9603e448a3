import { type CryptoSuite, KEY_BYTES, LABELS, NONCE_BYTES } from '@sotto/suite';
import { ByteWriter, randomBytes, type Rng } from '@sotto/wire';

const BLOCK_BYTES = 1024;

/**
 * A generator of its own, seeded once from `parent`: ChaCha20 blocks under successive nonces
 * (Spec 08 §3.2). The slot clock draws from one, so that nothing that a queue or a path consumes
 * can move a slot by as much as a microsecond.
 */
export class StreamRng implements Rng {
  readonly #suite: CryptoSuite;
  readonly #key: Uint8Array = new Uint8Array(KEY_BYTES);
  readonly #block: Uint8Array = new Uint8Array(BLOCK_BYTES);
  #used = BLOCK_BYTES;
  #nonce = 0;

  /** Draws 32 bytes of `parent`, once. */
  constructor(suite: CryptoSuite, parent: Rng) {
    this.#suite = suite;
    suite.blake2b(this.#key, randomBytes(parent, KEY_BYTES), LABELS.randomness);
  }

  /** Fills `out` with the next bytes of the stream. */
  readonly fill = (out: Uint8Array): void => {
    for (let i = 0; i < out.length; i++) {
      if (this.#used === BLOCK_BYTES) this.#next();
      out[i] = this.#block[this.#used++] ?? 0;
    }
  };

  #next(): void {
    const nonce = new ByteWriter(NONCE_BYTES).u32(0).u53(this.#nonce++).bytes;
    this.#suite.chacha20Stream(this.#block, this.#key, nonce);
    this.#used = 0;
  }
}
