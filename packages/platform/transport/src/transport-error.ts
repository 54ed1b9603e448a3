/**
 * Why a call of a transport failed.
 *
 * - `address-in-use`: an own listening address is taken; the message names it.
 * - `not-listening`: an own listening address cannot be used for another reason.
 * - `not-running`: called before `start` or after `stop`.
 * - `bad-address`: none of the peer's addresses is one that this transport can dial.
 * - `unreachable`: nobody answered at the peer's addresses, or the connection broke off.
 * - `identity-mismatch`: somebody answered with another key.
 * - `protocol-refused`: the peer does not speak the protocol asked for.
 * - `aborted`: the caller's signal fired.
 * - `timeout`: the exchange took longer than its limit.
 * - `snapshot-oversized`: the answer exceeds a limit of items or bytes.
 * - `snapshot-truncated`: the answer ended before its end mark, e.g. since it was refused.
 */
export type TransportErrorCode =
  | 'address-in-use'
  | 'not-listening'
  | 'not-running'
  | 'bad-address'
  | 'unreachable'
  | 'identity-mismatch'
  | 'protocol-refused'
  | 'aborted'
  | 'timeout'
  | 'snapshot-oversized'
  | 'snapshot-truncated';

/** An expected failure of a transport's call; `code` says which. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** Which failure, for programs. */
  readonly code: TransportErrorCode;

  /** `message` is for people; `cause` is the error of the layer below, when there is one. */
  constructor(code: TransportErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
