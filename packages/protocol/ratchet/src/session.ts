import type { Result, Rng } from '@sotto/wire';

/**
 * Why nothing is sealed. `exhausted`: 65,535 messages were, in one chain; until the peer is heard.
 * `closed`: the session is of another sealing version.
 */
export type SealError = { readonly code: 'exhausted' | 'closed' };

/**
 * Why a sealed message does not open. Only ever told to the person's own program, never to the wire.
 * `malformed`: too short, or its header contradicts the session. `unknown-version`. `duplicate`:
 * opened before, or its key was erased unused. `gap`: more than {@link MAX_GAP} messages of a chain
 * are missing before it. `sealed`: no key of ours fits, it was changed, or it is of a chain that is
 * complete; the state is as before. `padding`: the peer sealed it wrongly; its key is spent.
 */
export type OpenError = {
  readonly code: 'malformed' | 'unknown-version' | 'duplicate' | 'gap' | 'sealed' | 'padding';
};

/** Why stored bytes are not a session. */
export type ImportError = { readonly code: 'malformed' | 'unknown-version' };

/** How many messages of one chain may be missing before one that arrives (Spec 09 §6.5). */
export const MAX_GAP = 256;

/** How many keys of missing messages are held, in one session (Spec 09 §6.5). */
export const MAX_SKIPPED = 256;

/** After how many opened messages a key that is held is erased unused (Spec 09 §6.5). */
export const HELD_FOR = 1024;

/** Length of a nonce that is drawn, in a copied chain (Spec 09 §6.9). */
export const COPY_NONCE_BYTES = 12;

/**
 * A pair's shared state, whatever the sealing version: callers need nothing else.
 *
 * Order of work, or a crash would use a key twice: `seal`, then store `export()`, then let the
 * sealed bytes leave; `open`, then store `export()` with the plaintext, then delete the mail.
 */
export interface Session {
  /** First byte of what it seals. */
  readonly version: number;
  /** 16 bytes, equal on both sides; a name for storage, not a secret, and never on the wire. */
  readonly id: Uint8Array;
  /** The peer's identity key, 32 bytes, proven by the handshake; empty when the session is closed. */
  readonly peerIdentity: Uint8Array;
  /** Bytes of the padded length that the next message's nonce takes: 0, or {@link COPY_NONCE_BYTES} in a copied chain. */
  readonly nonceBytes: number;
  /**
   * Seals one message, `paddedLength` + `SEALED_OVERHEAD` bytes long. The state has moved when it returns.
   *
   * @param rng - for fresh ratchet keys: they heal a stolen state, whatever it knew.
   * @param paddedLength - 0 to 65,535, not below the plaintext's length and `nonceBytes`. What they leave free carries the KEM ratchet.
   * @throws RangeError when the plaintext does not fit `paddedLength`.
   */
  seal(rng: Rng, plaintext: Uint8Array, paddedLength: number): Result<Uint8Array, SealError>;
  /**
   * This state was copied from one that may have gone on, or has gone on itself while a copy of it may
   * have: what is sealed in the chain that it has begun, if any, gets a nonce of its own (Spec 09 §6.9).
   */
  markCopied(): void;
  /** Gives up the keys of the next messages, 0 to {@link MAX_GAP}: a copy of this state may have used them. */
  skip(count: number): void;
  /** Opens any bytes; each message once. An error other than `padding` leaves the state unchanged. */
  open(sealed: Uint8Array): Result<Uint8Array, OpenError>;
  /** The whole state, secret: the caller stores it encrypted. */
  export(): Uint8Array;
  /** Overwrites every key. The session seals and opens nothing afterwards: it throws `TypeError`. */
  wipe(): void;
}
