import { SottoError, type SottoErrorCode } from '@sotto/client';
import { ServerAway } from '../account-door.ts';

/** What is said, and what can be done about it, for the failures that people meet. */
const WORDS: Partial<Record<SottoErrorCode, string>> = {
  'wrong-key': 'That is not the passphrase of this account. There is no other way in.',
  'store-damaged': 'What is stored on this device cannot be read. Take in an exported account.',
  'store-failed':
    'The browser does not keep data for this page. Private windows and full disks do that.',
  'storage-denied':
    'This browser lets the page store nothing. Leave the private window, allow storage, or open the page by https or 127.0.0.1.',
  'worker-failed':
    'This browser could not start the part of Sotto that does the work. Load this page again.',
  'network-invalid':
    'The server of this page describes a network that cannot be used. Tell whoever runs it.',
  'account-in-use': 'This account is open in another tab. Close it there first.',
  'account-newer': 'This account was written by a newer Sotto. Load this page again.',
  'account-exists': 'There is an account on this device already. Wipe it first.',
  'account-moved': 'This account was exported, and has stopped on this device.',
  'passphrase-needed': 'This account is under a passphrase. Load this page again and type it.',
  'passphrase-empty': 'Type a passphrase.',
  'file-not-account': 'This file is no exported account.',
  'file-newer': 'This file was written by a newer Sotto. Load this page again.',
  'file-damaged': 'This file was cut off or changed. Export the account again.',
  'file-wrong-passphrase': 'That is not the passphrase of this file.',
  'contact-blocked': 'You have blocked them. Unblock them to write.',
  'safety-number-changed':
    'Their safety number is another one by now. Open this screen again and compare once more.',
  'name-too-long': 'This name is too long.',
  'unknown-invite': 'This invite is open no more.',
  'invite-closed': 'This invite was used already, or taken back. Ask for a new one.',
  'invite-not-now': 'Nobody more gets in by this address today. Try again tomorrow.',
  'unknown-address': 'This address is open no more.',
  'address-options': 'Four addresses may be open at a time. Close one first.',
  'unknown-introduction': 'This introduction is over.',
  'introduction-text': 'A name or the note is too long. Make it shorter.',
  'unknown-lifetime': 'Messages live for good, an hour, a day or a week.',
  'unknown-contact': 'This contact is not here any more.',
  'account-of-other-network': 'The account on this device belongs to another network.',
  'few-peers': 'Too few machines of the network answered. Try again in a moment.',
  'transport-failed': 'This browser could not open a connection to the network.',
  'invite-bad-prefix': 'This is no invite. One starts with “sotto:”.',
  'invite-bad-alphabet': 'There are letters in this invite that none ever has. Copy it again.',
  'invite-unknown-version': 'This invite was made by a newer Sotto. Load this page again.',
  'invite-wrong-length': 'This invite was cut off, or has run on. Copy the whole of it.',
  'invite-checksum': 'A letter of this invite is wrong. Copy it again.',
  'invite-other-network': 'This invite is for another network than yours.',
  'invite-expired': 'This invite has expired. Ask for a new one.',
  'invite-own': 'You made this invite yourself. Give it to a friend.',
  'invite-already-used': 'You are accepting this invite already.',
  'invite-no-answer':
    'Nobody answered. Either the invite was used or taken back, or its owner cannot be reached. Ask for a new one, and ask whether your friend has met somebody who was not you.',
  'invite-bad-bundle':
    'The meeting point gave other keys than the invite names. Ask for a new one.',
  'queue-full': '256 messages to them are waiting already. Send more when some have arrived.',
  'photo-type': 'This is no picture that can be sent.',
  'photo-too-long': 'This picture does not get small enough to be sent.',
  'photo-words': 'What describes a photo has at most 255 bytes. Shorten it, or send it by itself.',
  'photo-gone': 'This picture is not kept any more.',
  'text-too-long': 'This is too long for one message. Send it in parts.',
  'contact-failed': 'They never answered the invite. Meet by a new one.',
  'contact-exhausted': 'Every number for messages to them is used up. Meet by a new invite.',
  'events-lost': 'This page fell behind. Load it again.',
  closed: 'The account was closed. Load this page again.',
  failed: 'Sotto stopped on this device. What was stored is safe; load this page again.',
};

/** One or two sentences for a person. Never a name, a text or a key. */
export function failureWords(error: unknown): string {
  if (error instanceof ServerAway)
    return 'The program that serves this page does not answer. Is it still running?';
  if (error instanceof SottoError) return WORDS[error.code] ?? `It did not work: ${error.message}.`;
  return 'Something went wrong on this device. Load this page again.';
}

/** The same for a code alone. */
export const codeWords = (code: string): string =>
  Object.entries(WORDS).find(([known]) => known === code)?.[1] ??
  'Sotto stopped. Load this page again.';
