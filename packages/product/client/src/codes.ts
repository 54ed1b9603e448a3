import type {
  AcceptError,
  AcceptFailure,
  IntroduceError,
  SendPhotoError,
  SendTextError,
} from '@sotto/messaging';
import type { SottoErrorCode } from './sotto-error.ts';

/** What an invite that is not even tried is refused with. */
export const ACCEPT_CODES: Readonly<Record<AcceptError['code'], SottoErrorCode>> = {
  'bad-prefix': 'invite-bad-prefix',
  'bad-alphabet': 'invite-bad-alphabet',
  'unknown-version': 'invite-unknown-version',
  'wrong-length': 'invite-wrong-length',
  checksum: 'invite-checksum',
  'other-network': 'invite-other-network',
  expired: 'invite-expired',
  'own-invite': 'invite-own',
  'already-used': 'invite-already-used',
};

/** What an acceptance that came to nothing is told by. */
export const FAILURE_CODES: Readonly<Record<AcceptFailure, SottoErrorCode>> = {
  closed: 'invite-closed',
  'not-now': 'invite-not-now',
  'no-answer': 'invite-no-answer',
  'bad-bundle': 'invite-bad-bundle',
  'own-invite': 'invite-own',
};

/** What an introduction that is not made is refused with. */
export const INTRODUCE_CODES: Readonly<Record<IntroduceError['code'], SottoErrorCode>> = {
  'unknown-contact': 'unknown-contact',
  'contact-failed': 'contact-failed',
  'contact-blocked': 'contact-blocked',
  'same-contact': 'same-contact',
  'bad-name': 'introduction-text',
  'too-long': 'introduction-text',
  full: 'queue-full',
};

/** What a text that is not taken is refused with. */
export const SEND_CODES: Readonly<Record<SendTextError['code'], SottoErrorCode>> = {
  'unknown-contact': 'unknown-contact',
  'contact-failed': 'contact-failed',
  'contact-blocked': 'contact-blocked',
  empty: 'text-empty',
  'too-long': 'text-too-long',
  full: 'queue-full',
  exhausted: 'contact-exhausted',
};

/** What a photo that is not taken is refused with. */
export const PHOTO_CODES: Readonly<Record<SendPhotoError['code'], SottoErrorCode>> = {
  ...SEND_CODES,
  'too-long': 'photo-too-long',
  'words-too-long': 'photo-words',
  'no-picture': 'photo-type',
};
