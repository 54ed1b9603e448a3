import { MAX_ADDRESSES } from '@sotto/messaging';
import { MICROS_PER_MS } from '@sotto/wire';
import type { AskedOnce } from './asked-once.ts';
import type { Abortable, ClientOptions } from './client-io.ts';
import type { ClientEvent } from './event-io.ts';
import type { Address, AddressOptions, Contact, Invitation } from './people-io.ts';
import { ACCEPT_CODES } from './codes.ts';
import type { Engine } from './engine.ts';
import type { EventFeed } from './event-feed.ts';
import { invitationOf } from './invitation.ts';
import { contactOf } from './shown.ts';
import { SottoError } from './sotto-error.ts';

/** What a call by which people meet takes, besides what applications know of. */
export type MeetingOptions = Abortable & {
  readonly name?: string;
  /** Of an order that may be given twice. */
  readonly token?: string;
};

/** What the calls by which people meet and talk work with. */
export interface SharedParts {
  readonly options: ClientOptions;
  readonly engine: Engine;
  readonly feed: EventFeed<ClientEvent>;
  readonly asked: AskedOnce;
  /** @throws SottoError when the client is closed. */
  readonly checkOpen: (signal?: AbortSignal) => void;
}

/** Makes an invite, or waits for the one that was begun under this token. */
export async function makeInvite(
  parts: SharedParts,
  { signal, name = '', token }: MeetingOptions,
): Promise<Invitation> {
  const { engine, feed, asked, checkOpen } = parts;
  const before = asked.of(token);
  if (before !== undefined) return inviteReady(parts, before.name, signal);
  for (;;) {
    checkOpen(signal);
    const started = engine.command((person, now) => {
      const made = person.createInvite(now, name);
      if (made !== undefined) person.keep(asked.take(token, { name: made.invite, id: 0 }));
      return made;
    });
    if (started !== undefined) {
      const { invite, readyInMicros } = started;
      const readyInMillis = Math.round(readyInMicros / MICROS_PER_MS);
      feed.publish({ kind: 'invite-started', invite, readyInMillis });
      return inviteReady(parts, invite, signal);
    }
    // No contact point is known yet.
    await feed.first(({ kind }) => (kind === 'directory' ? true : undefined), signal);
  }
}

async function inviteReady(
  { options, engine, feed }: SharedParts,
  invite: string,
  signal: AbortSignal | undefined,
): Promise<Invitation> {
  const open = engine.command((person) => person.invites()).find((each) => each.invite === invite);
  if (open === undefined) throw new SottoError('unknown-invite');
  if (open.link !== undefined) {
    return invitationOf(options.suite, options.parameters, invite, open.link);
  }
  return feed.first((event) => {
    if (event.kind === 'invite-ready' && event.invitation.id === invite) return event.invitation;
    if (event.kind === 'invite-closed' && event.invite === invite) {
      throw new SottoError('unknown-invite');
    }
    return undefined;
  }, signal);
}

/** Makes an address, or waits for the one that was begun under this token. */
export async function makeAddress(
  parts: SharedParts,
  { signal, token, name = '', people, cost }: AddressOptions & MeetingOptions,
): Promise<Address> {
  const { engine, feed, asked, checkOpen } = parts;
  let id = asked.of(token)?.name;
  while (id === undefined) {
    checkOpen(signal);
    const wanted = {
      label: name,
      ...(people === undefined ? {} : { people }),
      ...(cost === undefined ? {} : { cost }),
    };
    const started = engine.command((person, now) => {
      if (person.addresses(now).length >= MAX_ADDRESSES) throw new SottoError('address-options');
      const made = person.createAddress(now, wanted);
      if (made !== undefined) person.keep(asked.take(token, { name: made.address, id: 0 }));
      return made;
    });
    if (started === undefined) {
      // No contact point is known yet.
      // oxlint-disable-next-line no-await-in-loop
      await feed.first(({ kind }) => (kind === 'directory' ? true : undefined), signal);
      continue;
    }
    id = started.address;
    const readyInMillis = Math.round(started.readyInMicros / MICROS_PER_MS);
    feed.publish({ kind: 'address-started', address: id, readyInMillis });
  }
  const open = engine
    .command((person, now) => person.addresses(now))
    .find(({ address }) => address === id);
  if (open === undefined) throw new SottoError('unknown-address');
  if (open.link !== undefined) return { id, link: open.link };
  return feed.first((event) => {
    if (event.kind === 'address-ready' && event.address.id === id) return event.address;
    if (event.kind === 'address-closed' && event.address === id) {
      throw new SottoError('unknown-address');
    }
    return undefined;
  }, signal);
}

/** Accepts an invite or an address, or waits for what comes of the acceptance that was begun under this token. */
export async function acceptInvite(
  parts: SharedParts,
  link: string,
  { signal, name = '', token }: MeetingOptions,
): Promise<Contact> {
  const { options, engine, feed, asked } = parts;
  const before = asked.of(token);
  if (before !== undefined) {
    const summary = engine.command((person, now) => person.contact(now, before.name));
    if (summary?.stage === 'active') return contactOf(options.parameters, summary);
    const waits = engine.command((person) => person.isAccepting(before.name));
    if (!waits) throw new SottoError('invite-no-answer');
    return met(feed, before.name, signal);
  }
  const begun = engine.command((person, now) => {
    const made = person.acceptInvite(now, link, name);
    if (made.ok) person.keep(asked.take(token, { name: made.value, id: 0 }));
    return made;
  });
  if (!begun.ok) throw new SottoError(ACCEPT_CODES[begun.error.code]);
  feed.publish({ kind: 'accept-started', contact: begun.value });
  return met(feed, begun.value, signal);
}

const met = (
  feed: EventFeed<ClientEvent>,
  id: string,
  signal: AbortSignal | undefined,
): Promise<Contact> =>
  feed.first((event) => {
    if (event.kind === 'contact-added' && event.contact.id === id) return event.contact;
    if (event.kind === 'contact-failed' && event.contact === id) throw new SottoError(event.code);
    if (event.kind === 'contact-removed' && event.contact === id) {
      throw new SottoError('unknown-contact');
    }
    return undefined;
  }, signal);
