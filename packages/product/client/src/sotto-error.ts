/**
 * Every way in which a call of the client can fail, by code. `docs/errors.md` has one section a code,
 * saying what to do; a test holds the two together.
 */
export const ERROR_CODES = {
  aborted: 'the signal fired',
  closed: 'the client is closed',
  failed: 'the client has stopped after an error',
  'wrong-key': 'the storage key does not open this account',
  'store-damaged': 'what is stored cannot be read',
  'store-failed': 'the store refused',
  'account-of-other-network': 'the account belongs to another network',
  'few-peers': 'too few peers to begin with',
  'transport-failed': 'the transport could not start',
  'events-lost': 'events came faster than they were taken',
  'invite-bad-prefix': 'this is no invite: it does not start with "sotto:"',
  'invite-bad-alphabet': 'this is no invite: it has letters that an invite never has',
  'invite-unknown-version': 'the invite is of a version that this program does not know',
  'invite-wrong-length': 'the invite is cut off, or has run on',
  'invite-checksum': 'the invite has a mistyped letter',
  'invite-other-network': 'the invite is for another network',
  'invite-expired': 'the invite has expired',
  'invite-own': 'the invite is one of your own',
  'invite-already-used': 'the invite is being accepted already',
  'invite-no-answer': 'nobody answered: the invite was used already, or its contact point is away',
  'invite-bad-bundle': 'the contact point served other keys than the invite names',
  'unknown-contact': 'there is no such contact',
  'contact-failed': 'this contact never came about',
  'text-empty': 'the text is empty',
  'text-too-long': 'the text is longer than 65,536 bytes',
  'queue-full': 'too many messages to this contact wait already',
  'contact-exhausted': 'no more messages can be numbered for this contact',
} as const;

/** A code of {@link SottoError}. */
export type SottoErrorCode = keyof typeof ERROR_CODES;

/** An expected failure at the client's edge: `code` for programs, `message` for people. */
export class SottoError extends Error {
  override readonly name = 'SottoError';
  /** Which failure. */
  readonly code: SottoErrorCode;
  /** Where it is explained, below the repository's root. */
  readonly docsPath: string;

  /**
   * @param detail - added to the code's meaning; never a secret.
   * @param options - `cause`: the error of the layer below, or the signal's reason.
   */
  constructor(code: SottoErrorCode, detail = '', options?: ErrorOptions) {
    super(detail === '' ? ERROR_CODES[code] : `${ERROR_CODES[code]}: ${detail}`, options);
    this.code = code;
    this.docsPath = `docs/errors.md#${code}`;
  }
}

/** The failure that stands for an aborted signal. */
export const abortedBy = (signal: AbortSignal): SottoError =>
  new SottoError('aborted', '', { cause: signal.reason });
