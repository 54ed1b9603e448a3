import {
  type CryptoSuite,
  expectLength,
  HASH_BYTES,
  KEM_CIPHERTEXT_BYTES,
  KEY_BYTES,
  MAC_BYTES,
  NONCE_BYTES,
  POINT_BYTES,
} from '@sotto/suite';
import {
  ByteReader,
  concat,
  equalBytes,
  err,
  ok,
  randomBytes,
  type Result,
  type Rng,
  wipe,
} from '@sotto/wire';
import { expandPrekey, PREKEY_SECRET_BYTES, type PrekeyBundle } from './bundle.ts';
import type { Identity } from './identity.ts';
import {
  firstTranscript,
  identityKey,
  labelled,
  rootKey,
  secondTranscript,
  splitRoot,
} from './key-schedule.ts';
import { LENGTH_PREFIX_BYTES, pad, unpad } from './padding.ts';
import { agree } from './point.ts';
import { RatchetSession } from './ratchet-session.ts';
import { initiatorState, responderState } from './ratchet-state.ts';
import { SEALING_VERSION } from './sealing-version.ts';
import type { Session } from './session.ts';

const SEALED_IDENTITY_BYTES = POINT_BYTES + MAC_BYTES;
const FIXED_BYTES = 1 + POINT_BYTES + KEM_CIPHERTEXT_BYTES + SEALED_IDENTITY_BYTES;
const HANDSHAKE_ID_BYTES = 16;
const ZERO_NONCE = new Uint8Array(NONCE_BYTES);

/** What a first message adds to its padded payload: 1,187 bytes (Spec 09 §5). */
export const FIRST_MESSAGE_OVERHEAD: number = FIXED_BYTES + LENGTH_PREFIX_BYTES + MAC_BYTES;

/** Padded payload that fits a first message of `totalBytes`; 0 when not even an empty one does. */
export const firstMessageCapacity = (totalBytes: number): number =>
  Math.max(0, totalBytes - FIRST_MESSAGE_OVERHEAD);

/**
 * Why no first message can be made for a bundle: `own-bundle` (one's own invite), `point` (low-order
 * or non-canonical key), `kem-key` (fails the modulus check of FIPS 203 §7.2).
 */
export type InitiateError = { readonly code: 'own-bundle' | 'point' | 'kem-key' };

/**
 * Why a first message is refused: `malformed` (length), `unknown-version`, `point` (ephemeral or
 * identity key of low order or non-canonical), `sealed` (wrong secret, wrong bundle, or changed on
 * the way), `padding`. Told to one's own program only.
 */
export type RespondError = {
  readonly code: 'malformed' | 'unknown-version' | 'point' | 'sealed' | 'padding';
};

/** What accepting an invite gives. */
export interface Initiated {
  /** The first message. To send it again, send these bytes again: a new handshake would be a second session. */
  readonly message: Uint8Array;
  readonly session: Session;
  /** As {@link handshakeId}. */
  readonly handshakeId: Uint8Array;
}

/** What an inviter reads from a first message. */
export interface Responded {
  readonly session: Session;
  readonly payload: Uint8Array;
  /** The initiator's identity key, 32 bytes, proven by the handshake. */
  readonly peerIdentity: Uint8Array;
  /** As {@link handshakeId}. */
  readonly handshakeId: Uint8Array;
}

/** Secrets of one run, wiped together however it ends. */
class Spent {
  readonly #held: Uint8Array[] = [];

  /** Remembers `bytes` and gives them back. */
  keep(bytes: Uint8Array): Uint8Array {
    this.#held.push(bytes);
    return bytes;
  }

  /** As {@link agree}, remembered. */
  agree(suite: CryptoSuite, scalar: Uint8Array, point: Uint8Array): Uint8Array | undefined {
    const shared = agree(suite, scalar, point);
    return shared === undefined ? undefined : this.keep(shared);
  }

  /** Overwrites all of it. */
  wipe(): void {
    for (const each of this.#held) wipe(each);
  }
}

/** What the initiator brings. */
export interface InitiateOptions {
  readonly identity: Identity;
  readonly bundle: PrekeyBundle;
  /** 32 bytes, the invite's. */
  readonly secret: Uint8Array;
  /** First words and reply blocks. */
  readonly payload: Uint8Array;
  /** Length that the payload is padded to inside the seal, 0 to 65,535. */
  readonly paddedLength: number;
}

/**
 * Accepts an invite (Spec 09 §5): 64 bytes of `rng`, four X25519, one encapsulation.
 * Persist the session's state and the message before the message leaves.
 *
 * @throws RangeError when `secret` has a wrong length or the payload does not fit `paddedLength`.
 */
export function initiate(
  suite: CryptoSuite,
  rng: Rng,
  options: InitiateOptions,
): Result<Initiated, InitiateError> {
  expectLength('secret', options.secret, KEY_BYTES);
  const spent = new Spent();
  const padded = spent.keep(pad(options.payload, options.paddedLength));
  try {
    return initiateKeeping(suite, rng, options, padded, spent);
  } finally {
    spent.wipe();
  }
}

function initiateKeeping(
  suite: CryptoSuite,
  rng: Rng,
  { identity, bundle, secret }: InitiateOptions,
  padded: Uint8Array,
  spent: Spent,
): Result<Initiated, InitiateError> {
  if (equalBytes(identity.public, bundle.identity)) return err({ code: 'own-bundle' });
  const ephemeralSecret = spent.keep(randomBytes(rng, KEY_BYTES));
  const ephemeral = new Uint8Array(POINT_BYTES);
  suite.x25519Base(ephemeral, ephemeralSecret);
  const coins = spent.keep(randomBytes(rng, KEY_BYTES));
  const kemCiphertext = new Uint8Array(KEM_CIPHERTEXT_BYTES);
  const kemShared = spent.keep(new Uint8Array(KEY_BYTES));
  if (!suite.kemEncapsulate(kemCiphertext, kemShared, bundle.kemKey, coins)) {
    return err({ code: 'kem-key' });
  }
  const identityPrekey = spent.agree(suite, identity.secret, bundle.prekey);
  const ephemeralIdentity = spent.agree(suite, ephemeralSecret, bundle.identity);
  const ephemeralPrekey = spent.agree(suite, ephemeralSecret, bundle.prekey);
  if (!identityPrekey || !ephemeralIdentity || !ephemeralPrekey) return err({ code: 'point' });

  const shared = { secret, ephemeralPrekey, kemShared };
  const first = firstTranscript(suite, bundle.hash, ephemeral, kemCiphertext);
  const closing = spent.keep(identityKey(suite, { ...shared, transcript: first }));
  const sealedIdentity = new Uint8Array(SEALED_IDENTITY_BYTES);
  suite.aeadSeal(sealedIdentity, identity.public, first, closing, ZERO_NONCE);

  const transcript = secondTranscript(suite, first, identity.public, sealedIdentity);
  const inputs = { ...shared, identityPrekey, ephemeralIdentity, transcript };
  const keys = splitRoot(suite, spent.keep(rootKey(suite, inputs)));
  const sealedPayload = new Uint8Array(padded.length + MAC_BYTES);
  suite.aeadSeal(sealedPayload, padded, transcript, spent.keep(keys.payloadKey), ZERO_NONCE);

  const version = Uint8Array.of(SEALING_VERSION);
  const message = concat(version, ephemeral, kemCiphertext, sealedIdentity, sealedPayload);
  const start = { keys, peerIdentity: bundle.identity, ephemeral };
  const session = new RatchetSession(suite, initiatorState(suite, start, ephemeralSecret));
  return ok({ message, session, handshakeId: idOf(suite, first) });
}

/** What the responder holds for one invite. */
export interface RespondOptions {
  readonly identity: Identity;
  /** {@link PREKEY_SECRET_BYTES} long, of the bundle that the invite names. */
  readonly prekeySecret: Uint8Array;
  /** 32 bytes, the invite's. */
  readonly secret: Uint8Array;
}

/**
 * Answers a first message (Spec 09 §5). Knows nothing of replays: before it trusts the result, the
 * caller looks the `handshakeId` up among those of the invite, and stores it with the session.
 *
 * @param message - any bytes.
 * @throws RangeError when one of our own secrets has a wrong length.
 */
export function respond(
  suite: CryptoSuite,
  options: RespondOptions,
  message: Uint8Array,
): Result<Responded, RespondError> {
  expectLength('secret', options.secret, KEY_BYTES);
  expectLength('prekeySecret', options.prekeySecret, PREKEY_SECRET_BYTES);
  const reader = new ByteReader(message);
  const version = reader.u8();
  if (reader.ok && version !== SEALING_VERSION) return err({ code: 'unknown-version' });
  const fields = {
    ephemeral: reader.take(POINT_BYTES),
    kemCiphertext: reader.take(KEM_CIPHERTEXT_BYTES),
    sealedIdentity: reader.take(SEALED_IDENTITY_BYTES),
    sealedPayload: reader.rest(),
  };
  if (fields.sealedPayload.length < LENGTH_PREFIX_BYTES + MAC_BYTES) {
    return err({ code: 'malformed' });
  }
  const spent = new Spent();
  try {
    return respondKeeping(suite, options, fields, spent);
  } finally {
    spent.wipe();
  }
}

interface FirstMessage {
  readonly ephemeral: Uint8Array;
  readonly kemCiphertext: Uint8Array;
  readonly sealedIdentity: Uint8Array;
  readonly sealedPayload: Uint8Array;
}

function respondKeeping(
  suite: CryptoSuite,
  { identity, prekeySecret, secret }: RespondOptions,
  { ephemeral, kemCiphertext, sealedIdentity, sealedPayload }: FirstMessage,
  spent: Spent,
): Result<Responded, RespondError> {
  const { bundle, kemSecret } = expandPrekey(suite, prekeySecret, identity);
  const kemShared = spent.keep(new Uint8Array(KEY_BYTES));
  if (!suite.kemDecapsulate(kemShared, kemCiphertext, spent.keep(kemSecret))) {
    // The pair was made from its seed a moment ago: only a broken backend gets here.
    throw new TypeError('"suite" expected to take the ML-KEM key that it made');
  }
  const prekeyScalar = prekeySecret.subarray(0, KEY_BYTES);
  const ephemeralIdentity = spent.agree(suite, identity.secret, ephemeral);
  const ephemeralPrekey = spent.agree(suite, prekeyScalar, ephemeral);
  if (!ephemeralIdentity || !ephemeralPrekey) return err({ code: 'point' });

  const shared = { secret, ephemeralPrekey, kemShared };
  const first = firstTranscript(suite, bundle.hash, ephemeral, kemCiphertext);
  const closing = spent.keep(identityKey(suite, { ...shared, transcript: first }));
  const peerIdentity = new Uint8Array(POINT_BYTES);
  if (!suite.aeadOpen(peerIdentity, sealedIdentity, first, closing, ZERO_NONCE)) {
    return err({ code: 'sealed' });
  }
  const identityPrekey = spent.agree(suite, prekeyScalar, peerIdentity);
  if (!identityPrekey) return err({ code: 'point' });

  const transcript = secondTranscript(suite, first, peerIdentity, sealedIdentity);
  const inputs = { ...shared, identityPrekey, ephemeralIdentity, transcript };
  const keys = splitRoot(suite, spent.keep(rootKey(suite, inputs)));
  const start = { keys, peerIdentity, ephemeral };
  const session = new RatchetSession(suite, responderState(suite, start));
  const padded = spent.keep(new Uint8Array(sealedPayload.length - MAC_BYTES));
  const payloadKey = spent.keep(keys.payloadKey);
  const opened = suite.aeadOpen(padded, sealedPayload, transcript, payloadKey, ZERO_NONCE);
  const payload = opened ? unpad(padded) : undefined;
  if (payload === undefined) {
    session.wipe();
    return err({ code: opened ? 'padding' : 'sealed' });
  }
  return ok({ session, payload, peerIdentity, handshakeId: idOf(suite, first) });
}

/**
 * Names a handshake: 16 bytes from the first transcript. A first message that opens has one name
 * and cannot be changed into one with another, so a list of used names keeps replays out.
 */
const idOf = (suite: CryptoSuite, first: Uint8Array): Uint8Array =>
  labelled(suite, HANDSHAKE_ID_BYTES, 'handshakeId', first);

/**
 * The name of a first message before it is opened, for looking a replay up cheaply; undefined when
 * it is too short to have one.
 *
 * @param bundleHash - 32 bytes, of the bundle that the invite names.
 */
export function handshakeId(
  suite: CryptoSuite,
  bundleHash: Uint8Array,
  message: Uint8Array,
): Uint8Array | undefined {
  expectLength('bundleHash', bundleHash, HASH_BYTES);
  const reader = new ByteReader(message);
  reader.u8();
  const ephemeral = reader.take(POINT_BYTES);
  const kemCiphertext = reader.take(KEM_CIPHERTEXT_BYTES);
  if (!reader.ok) return undefined;
  return idOf(suite, firstTranscript(suite, bundleHash, ephemeral, kemCiphertext));
}
