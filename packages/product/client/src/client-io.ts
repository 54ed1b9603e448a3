import type { NetworkParameters } from '@sotto/directory';
import type { Clock, Timers } from '@sotto/driver';
import type { Plan } from '@sotto/endpoint';
import type { KeyValueStore } from '@sotto/storage';
import type { CryptoSuite, PasswordHash } from '@sotto/suite';
import type { PeerTarget, Transport } from '@sotto/transport';
import type { Rng } from '@sotto/wire';
import type { ChannelCalls } from './channel-io.ts';
import type { ClientEvent } from './event-io.ts';
import type { ClientStatus, PlanInfo } from './figures-io.ts';
import type { Message, MessageHandle, Picture } from './message-io.ts';
import type {
  Address,
  AddressOptions,
  Contact,
  Introduction,
  Invitation,
  OpenAddress,
  OpenInvite,
} from './people-io.ts';

/** What a client is made of. `openClient` takes store and transport over and closes both. */
export interface ClientOptions {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly clock: Clock;
  /** The platform's when left out. */
  readonly timers?: Timers;
  /** One account's, empty the first time. */
  readonly store: KeyValueStore;
  /** 32 bytes: what the account is encrypted under. Not kept; the caller may wipe it afterwards. */
  readonly storageKey: Uint8Array;
  /** Not started. */
  readonly transport: Transport;
  readonly parameters: NetworkParameters;
  /** Peers to begin with, two or more: no single peer is believed. */
  readonly bootstrap: readonly PeerTarget[];
  /** The public traffic class of an account that has chosen none. */
  readonly plan: Plan;
  /** Mail goes to two mailboxes each (Spec 08 §8.5). */
  readonly secondMailbox?: boolean;
  /** Makes the key of an exported file. */
  readonly passwordHash: PasswordHash;
  /** Erases what the store was on, after it was closed: for `wipe`. The entries are deleted before. */
  readonly erase?: () => Promise<void>;
  /** Goes on with an account that was exported and has stopped; its file must not be used any more. */
  readonly resume?: boolean;
}

/** What every waiting call takes to be cut short: it then rejects with `aborted`. */
export interface Abortable {
  readonly signal?: AbortSignal;
}

/**
 * A person's client: runs by itself until `close`. Every method rejects with a `SottoError`; the same
 * in Node, in a worker, and in a page that talks to its worker.
 */
export interface Client extends ChannelCalls {
  /**
   * Resolves when the link to the guard is up, at once when it is.
   *
   * @example
   * ```ts
   * await client.online({ signal: AbortSignal.timeout(60_000) });
   * console.log((await client.status()).guard);
   * ```
   */
  online(options?: Abortable): Promise<void>;
  /**
   * Makes an invite; resolves when it can be given away, after minutes in a public network
   * (`invite-started` says about when). Aborting ends the wait, not the invite.
   *
   * @param options - `name`: what the friend will be called who comes by it.
   *
   * @example
   * ```ts
   * const invitation = await client.invite({ name: 'Bob' });
   * console.log(invitation.link, invitation.expires); // for Bob alone
   * ```
   */
  invite(options?: Abortable & { readonly name?: string }): Promise<Invitation>;
  /**
   * Invites that are open, those of earlier runs too.
   *
   * @example
   * ```ts
   * for (const { name, link, readyAt } of await client.invites()) {
   *   console.log(name, link ?? `ready at about ${readyAt.toISOString()}`);
   * }
   * ```
   */
  invites(): Promise<readonly OpenInvite[]>;
  /**
   * Takes an invite back: who has the link can do nothing with it any more. Rejects with `unknown-invite`.
   *
   * @example
   * ```ts
   * for (const { id, name } of await client.invites()) {
   *   if (name === 'Mallory') await client.revokeInvite(id);
   * }
   * ```
   */
  revokeInvite(invite: string): Promise<void>;
  /**
   * Makes an address by which strangers may write, to be printed or published; resolves when it can be.
   * It works until it is revoked, and while its owner comes by at least every few days. Aborting ends
   * the wait, not the address. Rejects with `address-options`.
   *
   * @example
   * ```ts
   * const { link } = await client.address({ name: 'from my card', people: 3, cost: 12 });
   * console.log(link); // anybody may read it
   * ```
   */
  address(options?: Abortable & AddressOptions): Promise<Address>;
  /**
   * Addresses that are open.
   *
   * @example
   * ```ts
   * for (const { name, left, people } of await client.addresses()) {
   *   console.log(`${name}: ${left} of ${people} may still come today`);
   * }
   * ```
   */
  addresses(): Promise<readonly OpenAddress[]>;
  /**
   * Gives an address up: who comes later is told `invite-closed`. Rejects with `unknown-address`.
   *
   * @example
   * ```ts
   * const [address] = await client.addresses();
   * if (address !== undefined) await client.revokeAddress(address.id);
   * ```
   */
  revokeAddress(address: string): Promise<void>;
  /**
   * Offers two contacts to each other; both must say yes. One learns of the other what the introducer
   * says here, and meets them without the introducer from then on. Resolves with the introduction's id.
   * Rejects with `unknown-contact`, `contact-failed`, `contact-blocked`, `same-contact`,
   * `introduction-text` or `queue-full`.
   *
   * @param options - `names`: what each is called to the other, 1 to 64 bytes; else one's own names for
   *   them. `note`: said to both, at most 256 bytes.
   *
   * @example
   * ```ts
   * await client.introduce(bob, carol, { names: ['Bob', 'Carol'], note: 'You both collect moss.' });
   * ```
   */
  introduce(
    first: string,
    second: string,
    options?: { readonly names?: readonly [string, string]; readonly note?: string },
  ): Promise<string>;
  /**
   * Introductions, of one's own and offered, until a day after they are over.
   *
   * @example
   * ```ts
   * for (const each of await client.introductions()) {
   *   if (each.side === 'introduced') console.log(`${each.name}: ${each.note}`);
   * }
   * ```
   */
  introductions(): Promise<readonly Introduction[]>;
  /**
   * Says yes to an offer. Rejects with `unknown-introduction`.
   *
   * @example
   * ```ts
   * const offered = await client.introductions();
   * const moss = offered.find((each) => each.side === 'introduced' && each.name === 'Carol');
   * if (moss !== undefined) await client.acceptIntroduction(moss.id);
   * ```
   */
  acceptIntroduction(introduction: string): Promise<void>;
  /**
   * Says no to one, or takes one's own back; the other is not told which. Rejects with `unknown-introduction`.
   *
   * @example
   * ```ts
   * for (const { id, state } of await client.introductions()) {
   *   if (state === 'offered') await client.declineIntroduction(id);
   * }
   * ```
   */
  declineIntroduction(introduction: string): Promise<void>;
  /**
   * Accepts an invite or an address; resolves when its owner has answered, which may take days. The acceptance goes on
   * when the wait is aborted or the process ends. Rejects with an `invite-…` code.
   *
   * @param options - `name`: the contact's local name.
   *
   * @example
   * ```ts
   * const alice = await client.accept(link, { name: 'Alice' });
   * await client.send(alice.id, 'It is me.');
   * ```
   */
  accept(link: string, options?: Abortable & { readonly name?: string }): Promise<Contact>;
  /**
   * Everybody one knows.
   *
   * @example
   * ```ts
   * const names = (await client.contacts()).map(({ name, unread }) => `${name} (${unread})`);
   * ```
   */
  contacts(): Promise<readonly Contact[]>;
  /**
   * Gives a contact a local name. Rejects with `unknown-contact` or `name-too-long`.
   *
   * @example
   * ```ts
   * await client.rename(contact, 'Bob from work');
   * ```
   */
  rename(contact: string, name: string): Promise<void>;
  /**
   * Says whether one wants to be told of what comes; it comes all the same.
   *
   * @example
   * ```ts
   * await client.setMuted(contact, true);
   * const loud = (await client.contacts()).filter(({ muted }) => !muted);
   * ```
   */
  setMuted(contact: string, muted: boolean): Promise<void>;
  /**
   * Drops a contact's mail unread, and counts it, until it is taken back. Nothing tells them. Texts that
   * have not left wait; channels with them are over, and who reads or writes gets `contact-blocked`.
   *
   * @example
   * ```ts
   * await client.setBlocked(contact, true);
   * await client.setBlocked(contact, false); // what came between is lost
   * ```
   */
  setBlocked(contact: string, blocked: boolean): Promise<void>;
  /**
   * Says whether a contact is told that its messages came. Where it is not, its program sends each of
   * them once and shows no more than that it left. Reply blocks come to it all the same, and with
   * them a count of what arrived that another program could read.
   *
   * @example
   * ```ts
   * await client.setAcknowledges(contact, false); // they see `sent` and no more
   * ```
   */
  setAcknowledges(contact: string, acknowledges: boolean): Promise<void>;
  /**
   * Says after how many seconds messages of this conversation are erased, on both sides: 0 for never, or
   * one of {@link LIFETIMES}. The contact is told, and may set another. What leaves from now on begins to
   * live when it left at its sender, and at its receiver when it was read; what had arrived before stays.
   * The other side can keep a copy all the same. Rejects with `unknown-contact` or `unknown-lifetime`.
   *
   * @example
   * ```ts
   * await client.setLifetime(contact, 86_400); // a day
   * ```
   */
  setLifetime(contact: string, seconds: number): Promise<void>;
  /**
   * What two people compare by another way, by voice say, to know that nobody stands between: twelve groups
   * of five digits, the same on both sides (Spec 09 §10). Rejects with `unknown-contact`, or with
   * `contact-failed` when there are no keys of theirs.
   *
   * @example
   * ```ts
   * const number = await client.safetyNumber(contact);
   * console.log(number); // to be read out to each other
   * ```
   */
  safetyNumber(contact: string): Promise<string>;
  /**
   * Marks a contact as verified by the number that was compared; '' takes the mark away. It is lost when
   * the number changes. Rejects with `unknown-contact`, or with `safety-number-changed` when it is not
   * theirs now.
   *
   * @example
   * ```ts
   * await client.setVerified(contact, await client.safetyNumber(contact)); // after it was compared
   * ```
   */
  setVerified(contact: string, number: string): Promise<void>;
  /**
   * Erases a contact: keys, reply blocks, conversation. Nothing of theirs is taken any more; nothing tells them.
   *
   * @example
   * ```ts
   * await client.removeContact(contact);
   * ```
   */
  removeContact(contact: string): Promise<void>;
  /**
   * Erases what was said, but for what is still on its way out.
   *
   * @example
   * ```ts
   * await client.clearConversation(contact);
   * ```
   */
  clearConversation(contact: string): Promise<void>;
  /**
   * All that is here now was read.
   *
   * @example
   * ```ts
   * await client.markRead(contact);
   * ```
   */
  markRead(contact: string): Promise<void>;
  /**
   * A conversation, oldest first. Rejects with `unknown-contact`.
   *
   * @example
   * ```ts
   * for (const { direction, text, state } of await client.messages(contact)) {
   *   console.log(direction, text, state);
   * }
   * ```
   */
  messages(contact: string): Promise<readonly Message[]>;
  /**
   * Takes a text for a contact; resolves when it is stored, and goes out by itself. Rejects with
   * `unknown-contact`, `contact-failed`, `contact-blocked`, `text-empty`, `text-too-long`, `queue-full`,
   * `contact-exhausted`, or with `aborted` when the signal has fired before the call.
   *
   * @example
   * ```ts
   * const sent = await client.send(contact, 'Hello');
   * for await (const state of sent) console.log(state); // queued, sent, delivered
   * ```
   */
  send(contact: string, text: string, options?: Abortable): Promise<MessageHandle>;
  /**
   * Takes a photo for a contact: a JPEG, PNG or WebP of at most 60,000 bytes, sent as it is, with all that
   * a camera wrote into it. It goes in parts, each repeated until it is acknowledged, over a restart as
   * well; {@link Message.photo} says how far. Rejects as `send` does, or with `photo-type`,
   * `photo-too-long` or `photo-words`; with `queue-full` while four are on their way to the contact.
   *
   * @param options - `words`: what it shows, for who cannot see it; at most 255 bytes.
   *
   * @example
   * ```ts
   * const photo = await client.sendPhoto(contact, jpeg, { words: 'moss on a stone' });
   * console.log(photo.state);
   * ```
   */
  sendPhoto(
    contact: string,
    bytes: Uint8Array,
    options?: Abortable & { readonly words?: string },
  ): Promise<MessageHandle>;
  /**
   * The picture of a message. Rejects with `photo-gone` when it is none, or not kept any more.
   *
   * @example
   * ```ts
   * for (const message of await client.messages(contact)) {
   *   if (message.photo?.kept !== true) continue;
   *   const { type, bytes } = await client.photo(message);
   *   console.log(message.text, type, bytes.length);
   * }
   * ```
   */
  photo(which: Pick<Message, 'contact' | 'direction' | 'id'>): Promise<Picture>;
  /**
   * Events from this call on, for as many readers as call it.
   *
   * @example
   * ```ts
   * for await (const event of client.events({ signal })) {
   *   if (event.kind === 'message-received') console.log(event.text); // any text: escape it
   * }
   * ```
   */
  events(options?: Abortable): AsyncIterableIterator<ClientEvent>;
  /**
   * Figures now.
   *
   * @example
   * ```ts
   * const { slots, loops, alarms } = await client.status();
   * console.log(slots.real, `${loops.returned} of ${loops.sent} came back`, alarms.length);
   * ```
   */
  status(): Promise<ClientStatus>;
  /**
   * The plan in use, and what follows it.
   *
   * @example
   * ```ts
   * const { name, bytesAMonth } = await client.plan();
   * console.log(`${name}: ${Math.round(bytesAMonth / 1e6)} MB a month`);
   * ```
   */
  plan(): Promise<PlanInfo>;
  /**
   * Chooses another plan, from the next public hour or epoch on, when others may change as well.
   * Rejects with `unknown-plan`.
   *
   * @example
   * ```ts
   * const { from } = await client.setPlan('mobile');
   * console.log(`begins ${from.toISOString()}`);
   * ```
   */
  setPlan(name: string): Promise<{ readonly from: Date }>;
  /**
   * What only this device knows of oneself.
   *
   * @example
   * ```ts
   * const { name } = await client.profile();
   * ```
   */
  profile(): Promise<Profile>;
  /**
   * Rejects with `name-too-long`.
   *
   * @example
   * ```ts
   * await client.setProfile({ name: 'Ada' });
   * ```
   */
  setProfile(profile: Profile): Promise<void>;
  /**
   * The whole account as one file, encrypted under a passphrase, to move it to another device. The
   * client stops for it, and this copy stays stopped: every call but `wipe` and `close` rejects with
   * `account-moved` from then on, and so does opening it again, unless that says `resume`. Else what it
   * went on to send would turn ratchets away from under the file (docs/decisions/0018). Rejects with
   * `passphrase-empty`, and then nothing has stopped.
   *
   * @example
   * ```ts
   * const file = await client.exportAccount('four or five random words');
   * await client.close(); // `importAccount` takes the file in elsewhere
   * ```
   */
  exportAccount(passphrase: string): Promise<Uint8Array>;
  /**
   * Erases the account on this device and ends the client. It cannot be undone.
   *
   * @example
   * ```ts
   * await client.wipe();
   * ```
   */
  wipe(): Promise<void>;
  /**
   * Ends everything; what was taken is stored. A second call waits for the first.
   *
   * @example
   * ```ts
   * await client.close();
   * ```
   */
  close(): Promise<void>;
}

/** What only this device knows of its person. */
export interface Profile {
  readonly name: string;
}
