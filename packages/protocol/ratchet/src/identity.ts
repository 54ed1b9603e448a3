import { type CryptoSuite, expectLength, KEY_BYTES, POINT_BYTES } from '@sotto/suite';
import { randomBytes, type Rng } from '@sotto/wire';

/**
 * A person's long-term X25519 key pair (Spec 09 §3). It proves itself by taking part in
 * Diffie–Hellman, never by a signature: either side could have made every transcript alone, so
 * none proves to a third person who wrote (deniability).
 */
export interface Identity {
  /** 32 bytes, secret. */
  readonly secret: Uint8Array;
  /** 32 bytes; what the other side comes to know as the peer's identity. */
  readonly public: Uint8Array;
}

/** Draws a new identity: 32 bytes of `rng`. */
export function createIdentity(suite: CryptoSuite, rng: Rng): Identity {
  return identityFromSecret(suite, randomBytes(rng, KEY_BYTES));
}

/**
 * The identity of a stored secret.
 *
 * @param secret - 32 bytes, copied.
 * @throws RangeError when `secret` is not 32 bytes.
 */
export function identityFromSecret(suite: CryptoSuite, secret: Uint8Array): Identity {
  expectLength('secret', secret, KEY_BYTES);
  const publicKey = new Uint8Array(POINT_BYTES);
  suite.x25519Base(publicKey, secret);
  return { secret: secret.slice(), public: publicKey };
}
