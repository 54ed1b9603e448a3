import type { CryptoSuite } from '@sotto/suite';

/**
 * Backends that agree with themselves and make of the packet what the literature has broken: every
 * property that guards against such a packet must fail on it.
 */

/** The MAC ends with the header: bodies are under nobody's MAC, as in Sphinx. */
export const bodyOutsideMac = (suite: CryptoSuite): CryptoSuite => ({
  ...suite,
  poly1305: (out, message, key) => suite.poly1305(out, message.subarray(0, 512), key),
});

/** The MAC covers version, epoch and ct: commands can be changed. */
export const commandsOutsideMac = (suite: CryptoSuite): CryptoSuite => ({
  ...suite,
  poly1305: (out, message, key) => suite.poly1305(out, message.subarray(0, 34), key),
});

const LIONESS_RIGHT_BYTES = 992;

/** The hash rounds of the body's cipher say nothing: what is left is an exclusive or with a stream. */
export const xorBody = (suite: CryptoSuite): CryptoSuite => ({
  ...suite,
  blake2b: (out, message, key) => {
    if (message.length === LIONESS_RIGHT_BYTES) out.fill(0);
    else suite.blake2b(out, message, key);
  },
});

const PADDING_BYTES: ReadonlySet<number> = new Set([478 + 48, 212]);

/** Zeros behind the last command and in the log at its start (Kuhn, Beck, Strufe 2020). */
export const zeroPadding = (suite: CryptoSuite): CryptoSuite => ({
  ...suite,
  chacha20Stream: (out, key, nonce) => {
    if (PADDING_BYTES.has(out.length)) out.fill(0);
    else suite.chacha20Stream(out, key, nonce);
  },
});

/** The key schedule forgets the geometry: its hash is the same for any sizes. */
export const geometryForgotten = (suite: CryptoSuite, label: Uint8Array): CryptoSuite => ({
  ...suite,
  blake2b: (out, message, key) => {
    if (key === label) out.fill(0);
    else suite.blake2b(out, message, key);
  },
});

/** No cipher on the body at all. */
export const plainBody = (suite: CryptoSuite): CryptoSuite => ({
  ...xorBody(suite),
  chacha20Xor: (out, message, key, nonce) => {
    if (message.length === LIONESS_RIGHT_BYTES) out.set(message);
    else suite.chacha20Xor(out, message, key, nonce);
  },
});

/** Every packet gets the same ephemerals: a generator that repeats itself. */
export const stuckEphemeral = (suite: CryptoSuite, label: Uint8Array): CryptoSuite => ({
  ...suite,
  blake2b: (out, message, key) => {
    if (key === label && message.length === 33) out.fill(message[32] ?? 0);
    else suite.blake2b(out, message, key);
  },
});
