import { type CryptoSuite, KEY_BYTES, LABELS } from '@sotto/suite';
import { isZero, wipe, xorInto } from '@sotto/wire';
import { BODY_CHECK_BYTES, type PacketFormat, SUITE_1 } from './geometry.ts';
import { ZERO_NONCE } from './key-schedule.ts';

const LEFT_BYTES = 32;

/**
 * LIONESS over ChaCha20 and keyed BLAKE2b-256 (Anderson–Biham 1996; Spec 03 §6): a wide block of
 * a whole body under four 32-byte keys. Any flipped bit makes every bit of the result random, so
 * nothing can be marked in transit and known again later.
 */
export class WideBlock {
  readonly #suite: CryptoSuite;
  readonly #left: Uint8Array;
  readonly #right: Uint8Array;
  readonly #roundKey = new Uint8Array(KEY_BYTES);
  readonly #hash = new Uint8Array(LEFT_BYTES);

  /** @param body - where the bodies will be; not copied. */
  constructor(suite: CryptoSuite, body: Uint8Array) {
    this.#suite = suite;
    this.#left = body.subarray(0, LEFT_BYTES);
    this.#right = body.subarray(LEFT_BYTES);
  }

  /** Encrypts the body in place. @param keys - 4 × 32 bytes. */
  encrypt(keys: Uint8Array): void {
    this.#streamRound(keys, 0);
    this.#hashRound(keys, 1);
    this.#streamRound(keys, 2);
    this.#hashRound(keys, 3);
  }

  /** Decrypts the body in place. @param keys - 4 × 32 bytes. */
  decrypt(keys: Uint8Array): void {
    this.#hashRound(keys, 3);
    this.#streamRound(keys, 2);
    this.#hashRound(keys, 1);
    this.#streamRound(keys, 0);
  }

  #streamRound(keys: Uint8Array, index: number): void {
    this.#takeKey(keys, index);
    xorInto(this.#roundKey, this.#left);
    this.#suite.chacha20Xor(this.#right, this.#right, this.#roundKey, ZERO_NONCE);
    // Beside the body, which the next hop has, it would give the packet's key away.
    wipe(this.#roundKey);
  }

  #hashRound(keys: Uint8Array, index: number): void {
    this.#takeKey(keys, index);
    this.#suite.blake2b(this.#hash, this.#right, this.#roundKey);
    xorInto(this.#left, this.#hash);
    wipe(this.#hash);
    wipe(this.#roundKey);
  }

  #takeKey(keys: Uint8Array, index: number): void {
    const at = index * KEY_BYTES;
    for (let i = 0; i < KEY_BYTES; i++) this.#roundKey[i] = keys[at + i] ?? 0;
  }
}

function bodyKeys(suite: CryptoSuite, seed: Uint8Array): Uint8Array {
  const key = new Uint8Array(KEY_BYTES);
  suite.blake2b(key, seed, LABELS.bodyKeys);
  const keys = new Uint8Array(4 * KEY_BYTES);
  suite.chacha20Stream(keys, key, ZERO_NONCE);
  wipe(key);
  return keys;
}

/**
 * Seals a body end to end: LIONESS(seed, 0³² ‖ content ‖ 0…) (Spec 03 §6).
 *
 * @param seed - 32 bytes: of a reply block, an answer key, or a contact secret.
 * @param content - at most CONTENT_BYTES (992; 2,016 in suite 2); padded with zeros.
 * @returns 1,024 fresh bytes (2,048 in suite 2).
 */
export function sealBody(
  suite: CryptoSuite,
  seed: Uint8Array,
  content: Uint8Array,
  format: PacketFormat = SUITE_1,
): Uint8Array {
  const { contentBytes } = format;
  if (content.length > contentBytes) {
    throw new RangeError(`"content" expected at most ${contentBytes} bytes, got ${content.length}`);
  }
  const body = new Uint8Array(format.geometry.bodyBytes);
  body.set(content, BODY_CHECK_BYTES);
  const keys = bodyKeys(suite, seed);
  new WideBlock(suite, body).encrypt(keys);
  wipe(keys);
  return body;
}

/**
 * Opens what {@link sealBody} made.
 *
 * @param body - 1,024 bytes (2,048 in suite 2), not changed.
 * @returns 992 bytes (2,016 in suite 2), or undefined when the zero prefix does not stand: the body was changed on its way, or is another's.
 */
export function openBody(
  suite: CryptoSuite,
  seed: Uint8Array,
  body: Uint8Array,
  format: PacketFormat = SUITE_1,
): Uint8Array | undefined {
  if (body.length !== format.geometry.bodyBytes) return undefined;
  const opened = body.slice();
  const keys = bodyKeys(suite, seed);
  new WideBlock(suite, opened).decrypt(keys);
  wipe(keys);
  const whole = isZero(opened.subarray(0, BODY_CHECK_BYTES));
  return whole ? opened.subarray(BODY_CHECK_BYTES) : undefined;
}
