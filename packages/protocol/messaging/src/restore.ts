import type { StoredEntry } from '@sotto/endpoint';
import { createIdentity, type Identity, identityFromSecret, SEALING_VERSION } from '@sotto/ratchet';
import { ACCEPT_PREFIX, type Acceptances, GREETING_PREFIX } from './acceptances.ts';
import { CLOSING_PREFIX, type ClosingBoxes } from './closing-boxes.ts';
import { Contact } from './contact.ts';
import { SETTINGS_PREFIX } from './contact-settings.ts';
import { MESSAGE_PREFIX } from './history.ts';
import { INTRODUCTION_MAIL_PREFIX, type IntroductionMail } from './introduction-mail.ts';
import { INTRODUCTION_PREFIX, type Introductions } from './introductions.ts';
import { NOTE_PREFIX } from './invite-notes.ts';
import { ADDRESS_FRAGMENT_PREFIX, ADDRESS_PREFIX, type OwnAddresses } from './own-addresses.ts';
import { INVITE_PREFIX, type OwnInvites, STRANGER_PREFIX } from './own-invites.ts';
import type { PersonParts } from './person-io.ts';
import { PHOTO_PREFIX, type Photos } from './photos.ts';
import { CHANNELS_PREFIX, type PersonChannels } from './person-channels.ts';
import { PLAN_KEY } from './plan-choice.ts';
import { OWN_WAY_PREFIX, type OwnWays } from './own-ways.ts';
import { WAY_PREFIX, type Ways } from './ways.ts';
import { UNSEEN_MOST } from './restraint.ts';

/** Where a person's identity is stored. */
export const IDENTITY_KEY = 'person/identity';
const IDENTITY_BYTES = 32;
/** Where contacts are stored. */
export const CONTACT_PREFIX = 'person/contact/';
/** Says that the entries were copied from an account that may have gone on since. */
export const COPIED_KEY = 'person/copied';
/** Messages that a copy passes over in every chain at most; never more than half of those that may still go unconfirmed. */
const COPY_SKIP = 100;

/** Whether an entry is one packet of a first message; restored after what it belongs to. */
const isFragment = (key: string): boolean =>
  key.startsWith(GREETING_PREFIX) ||
  key.startsWith(STRANGER_PREFIX) ||
  key.startsWith(ADDRESS_FRAGMENT_PREFIX);

/** What a person is put together from. */
interface Restoring {
  readonly parts: PersonParts;
  readonly invites: OwnInvites;
  readonly acceptances: Acceptances;
  readonly addresses: OwnAddresses;
  readonly closing: ClosingBoxes;
  readonly ownWays: OwnWays;
  readonly ways: Ways;
  readonly introductions: Introductions;
  readonly channels: PersonChannels;
  readonly mail: IntroductionMail;
  readonly photos: Photos;
}

/** The stored identity; the first time one is drawn, and saved. @throws RangeError when what is stored is none. */
export function restoreIdentity(
  { suite, rng }: Pick<PersonParts, 'suite' | 'rng'>,
  stored: readonly StoredEntry[],
  save: (key: string, value: Uint8Array) => void,
): Identity {
  const secret = stored.find(({ key }) => key === IDENTITY_KEY)?.value;
  if (secret !== undefined) {
    // Drawing another would part one from all contacts without a word.
    if (secret.length !== IDENTITY_BYTES) {
      throw new RangeError(
        `"stored identity" expected ${IDENTITY_BYTES} bytes, got ${secret.length}`,
      );
    }
    return identityFromSecret(suite, secret);
  }
  const identity = createIdentity(suite, rng);
  save(IDENTITY_KEY, identity.secret.slice());
  return identity;
}

/** Takes back what an earlier life of a person has stored; each entry that cannot be read is counted. */
export function restorePerson(person: Restoring, stored: readonly StoredEntry[]): void {
  const { parts, invites, addresses, acceptances } = person;
  const others = new Set([IDENTITY_KEY, PLAN_KEY, COPIED_KEY]);
  for (const { key, value } of stored) {
    if (value === undefined || !key.startsWith('person/') || others.has(key)) continue;
    if (key.startsWith(MESSAGE_PREFIX) || isFragment(key)) continue;
    if (!restoreEntry(person, key, value)) parts.count('state-entry');
  }
  for (const { key, value } of stored) {
    if (value === undefined || !isFragment(key)) continue;
    const wanted = key.startsWith(GREETING_PREFIX)
      ? acceptances.restoreGreeting(key, value)
      : key.startsWith(ADDRESS_FRAGMENT_PREFIX)
        ? addresses.restoreFragment(key, value)
        : invites.restoreFragment(key, value);
    if (!wanted) parts.endpoint.persist([{ key, value: undefined }]);
  }
  if (stored.some(({ key }) => key === COPIED_KEY)) passOver(parts);
}

function restoreEntry(
  {
    parts,
    invites,
    addresses,
    acceptances,
    closing,
    ownWays,
    ways,
    introductions,
    mail,
    channels,
    photos,
  }: Restoring,
  key: string,
  value: Uint8Array,
): boolean {
  if (key.startsWith(INVITE_PREFIX)) return invites.restore(value);
  if (key.startsWith(INTRODUCTION_PREFIX)) return introductions.restore(key, value);
  if (key.startsWith(INTRODUCTION_MAIL_PREFIX)) return mail.restore(key, value);
  if (key.startsWith(ADDRESS_PREFIX)) return addresses.restore(value);
  if (key.startsWith(OWN_WAY_PREFIX)) return ownWays.restore(value);
  if (key.startsWith(WAY_PREFIX)) return ways.restore(key, value);
  if (key.startsWith(CLOSING_PREFIX)) return closing.restore(key, value);
  if (key.startsWith(SETTINGS_PREFIX)) return parts.settings.restore(key, value);
  if (key.startsWith(CHANNELS_PREFIX)) return channels.restore(key);
  if (key.startsWith(PHOTO_PREFIX)) return photos.restore(key, value);
  if (key.startsWith(NOTE_PREFIX)) return parts.notes.restore(key, value);
  if (key.startsWith(ACCEPT_PREFIX)) return acceptances.restore(key, value);
  if (!key.startsWith(CONTACT_PREFIX)) return false;
  const id = key.slice(CONTACT_PREFIX.length);
  const contact = Contact.import(parts.suite, id, value);
  if (contact === undefined) return false;
  parts.contacts.set(id, contact);
  if (contact.session.version !== SEALING_VERSION) parts.count('other-session');
  return true;
}

/**
 * The first account may have sealed messages since it was copied, and other copies may: what is sealed in
 * chains that were begun before gets nonces of its own, and begins a stretch further on, so that a
 * peer who has the first account's still opens it.
 */
function passOver({ contacts, save, endpoint }: PersonParts): void {
  for (const contact of contacts.values()) {
    const left = Math.max(0, UNSEEN_MOST - contact.supply.unseen);
    const count = Math.min(COPY_SKIP, left >>> 1);
    contact.session.skip(count);
    contact.supply.passOver(count);
    contact.session.markCopied();
    save(contact);
  }
  endpoint.persist([{ key: COPIED_KEY, value: undefined }]);
}
