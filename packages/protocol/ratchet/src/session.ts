import type { Result } from '@sotto/wire';
import type { SealingVersion } from './sealing-version.ts';

/** Why nothing more can be sealed: 2^32 − 1 messages were. */
export type SealError = { readonly code: 'exhausted' };

/**
 * Why a sealed message does not open. Only ever told to the person's own program, never to the wire.
 * `malformed`: too short, or counter out of range. `unknown-version`. `duplicate`: opened before, or
 * its key was evicted. `gap`: more than {@link MAX_GAP} messages ahead. `sealed`: wrong tag; the state
 * is as before. `padding`: the peer sealed it wrongly; its key is spent.
 */
export type OpenError = {
  readonly code: 'malformed' | 'unknown-version' | 'duplicate' | 'gap' | 'sealed' | 'padding';
};

/** Why stored bytes are not a session. */
export type ImportError = { readonly code: 'malformed' | 'unknown-version' };

/** How many messages may be missing before one that arrives (Spec 09 §6). */
export const MAX_GAP = 256;

/** How many keys of missing messages are held, in one session (Spec 09 §6). */
export const MAX_SKIPPED = 256;

/**
 * A pair's shared state, whatever the sealing version: callers need nothing else.
 *
 * Order of work, or a crash would use a key twice: `seal`, then store `export()`, then let the
 * sealed bytes leave; `open`, then store `export()` with the plaintext, then delete the mail.
 */
export interface Session {
  /** First byte of what it seals. */
  readonly version: SealingVersion;
  /** 16 bytes, equal on both sides; a name for storage, not a secret, and never on the wire. */
  readonly id: Uint8Array;
  /**
   * Seals one message, `paddedLength` + `SEALED_OVERHEAD` bytes long. The state has moved when it returns.
   *
   * @param paddedLength - 0 to 65,535, not below the plaintext's length.
   * @throws RangeError when the plaintext does not fit `paddedLength`.
   */
  seal(plaintext: Uint8Array, paddedLength: number): Result<Uint8Array, SealError>;
  /** Gives up the keys of the next messages, 0 to {@link MAX_GAP}: a copy of this state may have used them. */
  skip(count: number): void;
  /** Opens any bytes; each message once. An error other than `padding` leaves the state unchanged. */
  open(sealed: Uint8Array): Result<Uint8Array, OpenError>;
  /** The whole state, secret: the caller stores it encrypted. */
  export(): Uint8Array;
  /** Overwrites every key. The session seals and opens nothing afterwards: it throws `TypeError`. */
  wipe(): void;
}
