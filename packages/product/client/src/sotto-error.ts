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
  'account-in-use': 'the account is open already, in another program or another browser',
  'account-newer': 'the account was written by a newer version of this program',
  'account-exists': 'there is an account already',
  'account-moved': 'the account was exported, and this copy of it has stopped',
  'passphrase-needed': 'the account is under a passphrase',
  'passphrase-not-used': 'the account is not under a passphrase',
  'passphrase-empty': 'the passphrase is empty',
  'storage-denied': 'this browser lets the page store nothing',
  'network-invalid': 'the description of the network cannot be used',
  'unknown-plan': 'there is no such plan',
  'few-peers': 'too few peers to begin with',
  'transport-failed': 'the transport could not start',
  'worker-failed': 'the worker in which the client runs cannot be started',
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
  'invite-closed': 'the invite was used already, or taken back',
  'invite-not-now': 'nobody more can come by it today',
  'invite-no-answer': 'nobody answered: the other, or the contact point, is away',
  'invite-bad-bundle': 'the contact point served other keys than the invite names',
  'unknown-invite': 'there is no such invite, or it is open no more',
  'unknown-address': 'there is no such address, or it is open no more',
  'address-options':
    'an address lets in 1 to 10 people a day, for a puzzle of 0 to 24 bits; 4 may be open',
  'unknown-introduction': 'there is no such introduction, or it is too late',
  'introduction-text': 'a name for an introduction has 1 to 64 bytes, its note at most 256',
  'same-contact': 'these two are one contact',
  'unknown-contact': 'there is no such contact',
  'contact-failed': 'this contact never came about',
  'contact-blocked': 'you have blocked this contact',
  'unknown-lifetime': 'messages live for good, for an hour, a day, or a week',
  'safety-number-changed': 'this is not the safety number of this contact now',
  'name-too-long': 'the name is longer than 512 bytes',
  'text-empty': 'the text is empty',
  'text-too-long': 'the text is longer than 28,000 bytes',
  'photo-type': 'this is no JPEG, PNG or WebP',
  'photo-too-long': 'the picture is longer than 60,000 bytes',
  'photo-words': 'the words to a photo are longer than 255 bytes',
  'photo-gone': 'there is no such photo, or it is not kept any more',
  'queue-full': 'too many messages to this contact wait already',
  'contact-exhausted': 'no more messages can be numbered for this contact',
  'channel-name': 'the name of a channel has 1 to 64 bytes',
  'too-many-channels': 'too many channels with this contact are open',
  'channel-ended': 'this side of the channel has ended',
  'channel-reset': 'the channel was cut off',
  'reply-too-long': 'the other said more than may be read',
  'file-not-account': 'this is no exported account',
  'file-newer': 'the file was written by a newer version of this program',
  'file-damaged': 'the file was cut off or changed',
  'file-wrong-passphrase': 'the passphrase does not open this file, or the file was changed',
} as const;

/** A code of {@link SottoError}. */
export type SottoErrorCode = keyof typeof ERROR_CODES;

/** An expected failure at the client's edge: `code` for programs, `message` for people. */
export class SottoError extends Error {
  override readonly name = 'SottoError';
  /** Which failure. */
  readonly code: SottoErrorCode;
  /** What is added to the code's meaning in `message`; '' when nothing is. */
  readonly detail: string;
  /** Where it is explained, below the repository's root. */
  readonly docsPath: string;

  /**
   * @param detail - added to the code's meaning; never a secret.
   * @param options - `cause`: the error of the layer below, or the signal's reason.
   */
  constructor(code: SottoErrorCode, detail = '', options?: ErrorOptions) {
    super(detail === '' ? ERROR_CODES[code] : `${ERROR_CODES[code]}: ${detail}`, options);
    this.code = code;
    this.detail = detail;
    this.docsPath = `docs/errors.md#${code}`;
  }
}

/** The failure that stands for an aborted signal. */
export const abortedBy = (signal: AbortSignal): SottoError =>
  new SottoError('aborted', '', { cause: signal.reason });
