import { type CryptoSuite, HASH_BYTES, type Label, LABELS } from '@sotto/suite';
import { concat, wipe } from '@sotto/wire';
import { SEALING_VERSION } from './sealing-version.ts';

/** Bytes of a session's name. */
export const SESSION_ID_BYTES = 16;

/** What the root key is made of (Spec 09 §5). Each is 32 bytes. */
export interface RootInputs {
  /** The invite's secret: the pre-shared key. */
  readonly secret: Uint8Array;
  /** DH(IK_i, PK_r): authenticates the initiator. */
  readonly identityPrekey: Uint8Array;
  /** DH(E_i, IK_r): authenticates the responder. */
  readonly ephemeralIdentity: Uint8Array;
  /** DH(E_i, PK_r): secret once the prekey is erased. */
  readonly ephemeralPrekey: Uint8Array;
  /** The ML-KEM-768 shared secret: against one who records now and computes later. */
  readonly kemShared: Uint8Array;
  /** Hash of all that was said, versions and both identities included. */
  readonly transcript: Uint8Array;
}

/** What the root key of a handshake splits into. The names of chains are of who seals with them. */
export interface SessionKeys {
  readonly payloadKey: Uint8Array;
  /** First root of the ratchet. */
  readonly root: Uint8Array;
  readonly initiatorChain: Uint8Array;
  readonly initiatorHeader: Uint8Array;
  /** Header key of the initiator's second chain. */
  readonly initiatorNextHeader: Uint8Array;
  /** Header key of the responder's first chain. */
  readonly responderHeader: Uint8Array;
  readonly sessionId: Uint8Array;
}

/** What a step of the root gives. */
export interface RootStep {
  readonly root: Uint8Array;
  readonly chain: Uint8Array;
  /** Header key of the chain after this one, of the same side. */
  readonly nextHeader: Uint8Array;
}

/** BLAKE2b of the parts under a label; the joined message is wiped. Every part has a fixed length. */
export function labelled(
  suite: CryptoSuite,
  length: number,
  label: Label,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  const message = concat(...parts);
  const out = new Uint8Array(length);
  suite.blake2b(out, message, LABELS[label]);
  wipe(message);
  return out;
}

/** t1 = H(version ‖ bundle hash ‖ E ‖ KEM ciphertext), Spec 09 §5. */
export const firstTranscript = (
  suite: CryptoSuite,
  bundleHash: Uint8Array,
  ephemeral: Uint8Array,
  kemCiphertext: Uint8Array,
): Uint8Array =>
  labelled(
    suite,
    HASH_BYTES,
    'handshakeTranscript',
    Uint8Array.of(SEALING_VERSION),
    bundleHash,
    ephemeral,
    kemCiphertext,
  );

/**
 * t2 = H(t1 ‖ IK_i ‖ sealed identity), Spec 09 §5. The identity goes in open as well as sealed:
 * ChaCha20-Poly1305 does not commit to its key, so a sealed form alone could stand for two of them.
 */
export const secondTranscript = (
  suite: CryptoSuite,
  first: Uint8Array,
  identity: Uint8Array,
  sealedIdentity: Uint8Array,
): Uint8Array =>
  labelled(suite, HASH_BYTES, 'handshakeTranscript', first, identity, sealedIdentity);

/** The key that closes the initiator's identity (Spec 09 §5). 32 bytes. */
export const identityKey = (
  suite: CryptoSuite,
  inputs: Pick<RootInputs, 'secret' | 'ephemeralPrekey' | 'kemShared' | 'transcript'>,
): Uint8Array =>
  labelled(
    suite,
    HASH_BYTES,
    'handshakeIdentity',
    inputs.secret,
    inputs.ephemeralPrekey,
    inputs.kemShared,
    inputs.transcript,
  );

/** The root of a session (Spec 09 §5). 32 bytes. */
export const rootKey = (suite: CryptoSuite, inputs: RootInputs): Uint8Array =>
  labelled(
    suite,
    HASH_BYTES,
    'handshake',
    inputs.secret,
    inputs.identityPrekey,
    inputs.ephemeralIdentity,
    inputs.ephemeralPrekey,
    inputs.kemShared,
    inputs.transcript,
  );

/** The children of a handshake's root, told apart by a last byte (Spec 09 §5). */
export function splitRoot(suite: CryptoSuite, root: Uint8Array): SessionKeys {
  const child = (which: number, length: number): Uint8Array =>
    labelled(suite, length, 'rootToChains', root, Uint8Array.of(which));
  return {
    payloadKey: child(0, HASH_BYTES),
    root: child(1, HASH_BYTES),
    initiatorChain: child(2, HASH_BYTES),
    initiatorHeader: child(3, HASH_BYTES),
    initiatorNextHeader: child(4, HASH_BYTES),
    responderHeader: child(5, HASH_BYTES),
    sessionId: child(6, SESSION_ID_BYTES),
  };
}

const NO_KEM_SECRET = new Uint8Array(HASH_BYTES);

/**
 * One step of the root (Spec 09 §6.1): a new chain from an agreement that neither a stolen root nor a
 * stolen ratchet key alone foretells.
 *
 * @param shared - X25519 of the two ratchet keys, 32 bytes.
 * @param kemSecret - 32 bytes, when the step brings one along.
 */
export function stepRoot(
  suite: CryptoSuite,
  root: Uint8Array,
  shared: Uint8Array,
  kemSecret: Uint8Array = NO_KEM_SECRET,
): RootStep {
  const child = (which: number): Uint8Array =>
    labelled(suite, HASH_BYTES, 'rootStep', root, shared, kemSecret, Uint8Array.of(which));
  return { root: child(0), chain: child(1), nextHeader: child(2) };
}

/**
 * One step of a chain (Spec 09 §6): overwrites `chainKey` with the next and returns the key of
 * this message. One-way, so that a state seen later opens nothing earlier.
 */
export function stepChain(suite: CryptoSuite, chainKey: Uint8Array): Uint8Array {
  const messageKey = labelled(suite, HASH_BYTES, 'messageKey', chainKey);
  const next = labelled(suite, HASH_BYTES, 'chainStep', chainKey);
  chainKey.set(next);
  wipe(next);
  return messageKey;
}
