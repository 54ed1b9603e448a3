import {
  type CryptoSuite,
  expectLength,
  HASH_BYTES,
  KEM_PUBLIC_BYTES,
  KEM_SECRET_BYTES,
  KEM_SEED_BYTES,
  KEY_BYTES,
  POINT_BYTES,
} from '@sotto/suite';
import {
  ByteReader,
  ByteWriter,
  equalBytes,
  err,
  ok,
  randomBytes,
  type Result,
  type Rng,
  wipe,
} from '@sotto/wire';
import type { Identity } from './identity.ts';
import { labelled } from './key-schedule.ts';
import { isCanonicalPoint } from './point.ts';
import { SEALING_VERSION } from './sealing-version.ts';

/** Bytes of an encoded prekey bundle: version ‖ identity ‖ prekey ‖ ML-KEM-768 key. */
export const BUNDLE_BYTES: number = 1 + 2 * POINT_BYTES + KEM_PUBLIC_BYTES;

/** Bytes of a bundle's hash, as an invite carries it. */
export const BUNDLE_HASH_BYTES: number = HASH_BYTES;

/** Bytes of the secret half of a bundle: X25519 scalar ‖ seed of the ML-KEM-768 pair. */
export const PREKEY_SECRET_BYTES: number = KEY_BYTES + KEM_SEED_BYTES;

/**
 * The public keys that somebody with an invite starts from (Spec 09 §3). Not signed: the invite
 * carries its hash, which is as strong and leaves nothing that proves who made it.
 */
export interface PrekeyBundle {
  /** IK_r, 32 bytes. */
  readonly identity: Uint8Array;
  /** PK_r, 32 bytes. */
  readonly prekey: Uint8Array;
  /** ML-KEM-768 encapsulation key, 1,184 bytes. */
  readonly kemKey: Uint8Array;
  /** Hash of the encoding, 32 bytes. */
  readonly hash: Uint8Array;
}

/** Why a bundle is refused. */
export type BundleError = {
  readonly code: 'hash' | 'unknown-version' | 'wrong-length' | 'point';
};

/** A bundle with the secret that answers it. One pair an invite: erasing the secret closes its first message for good. */
export interface Prekey {
  /** What the contact point serves, {@link BUNDLE_BYTES} long. */
  readonly encoded: Uint8Array;
  /** The same, read. */
  readonly bundle: PrekeyBundle;
  /** {@link PREKEY_SECRET_BYTES} long; kept until the invite is used up or has expired, then wiped. */
  readonly secret: Uint8Array;
}

/** Draws a fresh bundle for `identity`: 96 bytes of `rng`. */
export function createPrekey(suite: CryptoSuite, rng: Rng, identity: Identity): Prekey {
  return prekeyFromSecret(suite, randomBytes(rng, PREKEY_SECRET_BYTES), identity);
}

/**
 * The bundle of a stored prekey secret.
 *
 * @param secret - {@link PREKEY_SECRET_BYTES} long.
 * @throws RangeError when `secret` has another length.
 */
export function prekeyFromSecret(
  suite: CryptoSuite,
  secret: Uint8Array,
  identity: Identity,
): Prekey {
  const { kemSecret, encoded, bundle } = expandPrekey(suite, secret, identity);
  wipe(kemSecret);
  return { encoded, bundle, secret };
}

/** All that a prekey secret stands for; the caller wipes `kemSecret`, 2,400 bytes. */
export function expandPrekey(
  suite: CryptoSuite,
  secret: Uint8Array,
  identity: Identity,
): Pick<Prekey, 'encoded' | 'bundle'> & { readonly kemSecret: Uint8Array } {
  expectLength('secret', secret, PREKEY_SECRET_BYTES);
  const prekey = new Uint8Array(POINT_BYTES);
  suite.x25519Base(prekey, secret.subarray(0, KEY_BYTES));
  const kemKey = new Uint8Array(KEM_PUBLIC_BYTES);
  const kemSecret = new Uint8Array(KEM_SECRET_BYTES);
  suite.kemKeypair(kemKey, kemSecret, secret.subarray(KEY_BYTES));
  const encoded = new ByteWriter(BUNDLE_BYTES)
    .u8(SEALING_VERSION)
    .put(identity.public)
    .put(prekey)
    .put(kemKey).bytes;
  const hash = bundleHash(suite, encoded);
  return { encoded, kemSecret, bundle: { identity: identity.public, prekey, kemKey, hash } };
}

/** Hash of an encoded bundle (Spec 09 §3). 32 bytes. */
export const bundleHash = (suite: CryptoSuite, encoded: Uint8Array): Uint8Array =>
  labelled(suite, BUNDLE_HASH_BYTES, 'bundle', encoded);

/**
 * Reads a bundle that a contact point served.
 *
 * @param encoded - any bytes.
 * @param expectedHash - 32 bytes, from the invite.
 * @returns `hash` when it is not the bundle of this invite; `unknown-version`, `wrong-length`,
 * `point` (non-canonical X25519 key) when the inviter made one that we cannot use.
 */
export function decodeBundle(
  suite: CryptoSuite,
  encoded: Uint8Array,
  expectedHash: Uint8Array,
): Result<PrekeyBundle, BundleError> {
  const hash = bundleHash(suite, encoded);
  if (!equalBytes(hash, expectedHash)) return err({ code: 'hash' });
  const reader = new ByteReader(encoded);
  if (reader.u8() !== SEALING_VERSION) return err({ code: 'unknown-version' });
  const identity = reader.take(POINT_BYTES);
  const prekey = reader.take(POINT_BYTES);
  const kemKey = reader.take(KEM_PUBLIC_BYTES);
  if (!reader.done) return err({ code: 'wrong-length' });
  if (!isCanonicalPoint(identity) || !isCanonicalPoint(prekey)) return err({ code: 'point' });
  return ok({ identity, prekey, kemKey, hash });
}
