import type { CryptoSuite } from '@sotto/suite';

const masked = (bytes: Uint8Array, i: number): number => (bytes[i] ?? 0) & (i === 31 ? 0x7f : 0xff);
const NO_KEY = new Uint8Array(0);

/**
 * Primitives that keep the packet's equations and cost next to nothing: with them a peel is our own
 * code alone, and a difference of a nanosecond in it is not lost beside an X25519. They protect
 * nothing. Each runs one sequence of operations for one length.
 */
export function hollowSuite(real: CryptoSuite): CryptoSuite {
  const state = new Uint32Array(4);

  /** Four words of a message and a key: every 8th byte, so that a change may be missed. */
  const absorb = (message: Uint8Array, key: Uint8Array = NO_KEY): void => {
    state.fill(0x9e3779b9);
    for (let i = 0; i < message.length; i += 8) {
      const word = (i >>> 3) & 3;
      state[word] = Math.imul((state[word] ?? 0) ^ (message[i] ?? 0), 0x01000193);
    }
    const last = message.length - 1;
    state[3] = Math.imul((state[3] ?? 0) ^ (message[last] ?? 0), 0x01000193);
    for (let i = 0; i < key.length; i++) {
      state[i & 3] = Math.imul((state[i & 3] ?? 0) ^ (key[i] ?? 0), 0x01000193);
    }
    for (let round = 0; round < 8; round++) {
      const word = round & 3;
      const next = (word + 1) & 3;
      state[next] = Math.imul((state[next] ?? 0) ^ ((state[word] ?? 0) >>> 13), 0x5bd1e995);
    }
  };
  const squeeze = (out: Uint8Array): void => {
    let word = 0x811c9dc5;
    for (let i = 0; i < out.length; i++) {
      if ((i & 3) === 0) {
        word = Math.imul(word ^ (state[(i >>> 2) & 3] ?? 0), 0x01000193) + i;
        word ^= word >>> 15;
      }
      out[i] = word >>> (8 * (i & 3));
    }
  };
  return {
    ...real,
    x25519: (out, scalar, point) => {
      for (let i = 0; i < 32; i++) out[i] = masked(scalar, i) ^ masked(point, i);
      return true;
    },
    x25519Base: (out, scalar) => {
      for (let i = 0; i < 32; i++) out[i] = masked(scalar, i);
    },
    blake2b: (out, message, key) => {
      absorb(message.length > 256 ? message.subarray(0, 64) : message, key);
      squeeze(out);
    },
    chacha20Stream: (out, key) => {
      absorb(key);
      squeeze(out);
    },
    chacha20Xor: (out, message) => {
      if (out !== message) out.set(message);
    },
    poly1305: (out, message, key) => {
      absorb(message, key);
      squeeze(out);
    },
  };
}
