/** Seeded randomness and a suite without a curve, for the simulator, vectors and tests. The product never imports this entry (tools/check-rings.ts). @module */
import { type Rng, toUtf8 } from '@sotto/wire';
import { LABELS } from './labels.ts';
import { type CryptoSuite, KEY_BYTES, NONCE_BYTES } from './suite.ts';

const BLOCK_BYTES = 4096;

/** Reproducible randomness from a published seed: a type of its own, so that no product code can take it for the real one. */
export class SeededRng implements Rng {
  readonly #suite: CryptoSuite;
  readonly #key = new Uint8Array(KEY_BYTES);
  readonly #nonce = new Uint8Array(NONCE_BYTES);
  readonly #counter: DataView = new DataView(this.#nonce.buffer);
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #used = BLOCK_BYTES;
  #blocks = 0;

  /** A ChaCha20 stream under the hash of `seed`; streams of different seeds are independent. */
  constructor(suite: CryptoSuite, seed: string) {
    this.#suite = suite;
    suite.blake2b(this.#key, toUtf8(seed), LABELS.randomness);
  }

  /** Fills `out` with the next bytes of the stream. */
  readonly fill = (out: Uint8Array): void => {
    let at = 0;
    while (at < out.length) {
      if (this.#used === BLOCK_BYTES) {
        this.#counter.setUint32(0, this.#blocks++);
        this.#suite.chacha20Stream(this.#block, this.#key, this.#nonce);
        this.#used = 0;
      }
      const length = Math.min(out.length - at, BLOCK_BYTES - this.#used);
      out.set(this.#block.subarray(this.#used, this.#used + length), at);
      this.#used += length;
      at += length;
    }
  };
}

const masked = (bytes: Uint8Array, i: number): number => (bytes[i] ?? 0) & (i === 31 ? 0x7f : 0xff);

/**
 * A suite whose X25519 is an exclusive or: it keeps the equation of the key exchange, protects
 * nothing, and makes a packet ten times cheaper. For runs that look at times and ways only, on
 * which keys have no influence.
 */
export function curveless(suite: CryptoSuite): CryptoSuite {
  return {
    ...suite,
    x25519: (out, scalar, point) => {
      for (let i = 0; i < 32; i++) out[i] = masked(scalar, i) ^ masked(point, i);
      return true;
    },
    x25519Base: (out, scalar) => {
      for (let i = 0; i < 32; i++) out[i] = masked(scalar, i);
    },
  };
}
