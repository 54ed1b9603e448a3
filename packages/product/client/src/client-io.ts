import type { NetworkParameters } from '@sotto/directory';
import type { Clock, Timers } from '@sotto/driver';
import type { Plan } from '@sotto/endpoint';
import type {
  ContactStage,
  IntroductionState,
  MessageFailure,
  MessageState,
} from '@sotto/messaging';
import type { KeyValueStore } from '@sotto/storage';
import type { CryptoSuite, PasswordHash } from '@sotto/suite';
import type { PeerTarget, Transport } from '@sotto/transport';
import type { Rng } from '@sotto/wire';
import type { ChannelCalls } from './channel-io.ts';
import type { SottoErrorCode } from './sotto-error.ts';

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

/** Somebody that one knows. */
export interface Contact {
  readonly id: string;
  /** A local name; '' until one is given. Nobody else learns it. */
  readonly name: string;
  readonly stage: ContactStage;
  /** Reply blocks of theirs that are held and work now: with none, messages wait. */
  readonly replyBlocks: number;
  /** Nothing is shown of what comes from them; it is kept and read as ever. */
  readonly muted: boolean;
  /** Their mail is dropped unread and counted; nothing tells them. */
  readonly blocked: boolean;
  /** They are told that their messages came. */
  readonly acknowledges: boolean;
  /** They tell the same, as far as is known: without it what one writes to them stays `sent`. */
  readonly peerAcknowledges: boolean;
  /** After how many seconds messages are erased on both sides; 0 for never. Either side sets it. */
  readonly lifetimeSeconds: number;
  /** Messages received since `markRead`. */
  readonly unread: number;
  /**
   * What comes from them does not open any more: one of the two goes on with an older copy of an account,
   * a restored backup say, or with a second one. Words are lost both ways until they meet by a new invite.
   */
  readonly outOfStep: boolean;
  /** Their safety number was compared, and is the same still. */
  readonly verified: boolean;
  /** The newest message of the conversation. */
  readonly last?: Message;
}

/** One message of a conversation. */
export interface Message {
  readonly contact: string;
  readonly direction: 'in' | 'out';
  /** Its number in its direction. */
  readonly id: number;
  /** Of an incoming one: any text, by anybody who is a contact. Escape it before showing it. */
  readonly text: string;
  /** Written, or received. */
  readonly at: Date;
  readonly state: MessageState;
  /** How it went, or came: `direct` to the other's guard, or by a `mailbox`. Undefined before it left. */
  readonly via?: 'direct' | 'mailbox';
  /** Of one that left by a mailbox and was not acknowledged yet: until when it is stored there. */
  readonly keptUntil?: Date;
  /** From when it was written to when the other's acknowledgement was here, in milliseconds. */
  readonly deliveredInMillis?: number;
  /** When it failed: nobody confirmed it while it could lie in a mailbox, its contact never came about, or neither can reach the other any more. */
  readonly reason?: MessageFailure;
  /** It left, and nobody will say whether it came: the contact does not tell. It stays `sent`. */
  readonly unconfirmed?: true;
  /** It is a photo, and `text` says what it shows; {@link Client.photo} gives the picture. */
  readonly photo?: PhotoProgress;
  /** When it is erased: of one's own from when it left, of another's from when it was read. */
  readonly erasedAt?: Date;
}

/** How a photo goes. */
export interface PhotoProgress {
  /** Parts in which it goes, each on its own. */
  readonly parts: number;
  /** Parts of one's own that have arrived; of one that came all. */
  readonly done: number;
  /** False of an old one: 32 pictures of a conversation are kept. */
  readonly kept: boolean;
}

/** A picture. Of a contact's: show it as an image by its `type` alone, and save it under no name of theirs. */
export interface Picture {
  /** By its first bytes. */
  readonly type: 'image/jpeg' | 'image/png' | 'image/webp';
  readonly bytes: Uint8Array;
}

/** A message that is on its way. */
export interface MessageHandle extends AsyncIterable<MessageState> {
  readonly contact: string;
  readonly id: number;
  /** Its state now. */
  readonly state: MessageState;
  /** Its state, then each change, until it is delivered or failed. */
  [Symbol.asyncIterator](): AsyncIterator<MessageState>;
}

/** An invite that can be given away, to one person, over a channel that is private. */
export interface Invitation {
  readonly id: string;
  /** Secret: who has it can come in your friend's place. */
  readonly link: string;
  readonly expires: Date;
}

/** An invite that nobody has accepted yet. */
export interface OpenInvite {
  readonly id: string;
  /** What the friend will be called who comes by it; '' when nothing was said. */
  readonly name: string;
  /** Secret; undefined until it can be given away. */
  readonly link: string | undefined;
  readonly startedAt: Date;
  /** When it is, or was, ready: an estimate until then. */
  readonly readyAt: Date;
  readonly expires: Date;
}

/** An address that can be printed: whoever has it can write, for a puzzle. */
export interface Address {
  readonly id: string;
  /** Not a secret. */
  readonly link: string;
}

/** How an address is to be. */
export interface AddressOptions {
  /** What who comes by it will be called. */
  readonly name?: string;
  /** Strangers that are let in in one epoch, which is a day: 1 to 10, else 5. */
  readonly people?: number;
  /** Cost of the puzzle for each of a stranger's three to six packets: 2^cost tries, 0 to 24, else 18. */
  readonly cost?: number;
}

/** An address of one's own that is open. */
export interface OpenAddress {
  readonly id: string;
  readonly name: string;
  /** Undefined until it can be published. */
  readonly link: string | undefined;
  readonly startedAt: Date;
  /** When it is, or was, ready: an estimate until then. */
  readonly readyAt: Date;
  /** Strangers that are let in in one day. */
  readonly people: number;
  /** Of them, who may still come today; who tried in vain is not known here, and not counted. */
  readonly left: number;
  /** How long one may be away, about, before nobody gets in, in milliseconds. */
  readonly awayMillis: number;
  readonly cost: number;
  /** People who have come by it. */
  readonly met: number;
}

/**
 * An introduction of two people by a third who knows both. `side`: whether one introduces, the
 * `contacts`, or is introduced, `by` a contact to somebody called `name` there.
 */
export type Introduction = {
  readonly id: string;
  readonly state: IntroductionState;
  /** When it was offered. */
  readonly at: Date;
} & (
  | { readonly side: 'introducer'; readonly contacts: readonly [string, string] }
  | {
      readonly side: 'introduced';
      readonly by: string;
      /** Any text, by the introducer: escape it before showing it. So is the note. */
      readonly name: string;
      readonly note: string;
      /** The contact that came of it. */
      readonly met?: string;
    }
);

/** Slots of the clock by what they carried. */
export interface SlotCounts {
  readonly real: number;
  readonly loop: number;
  readonly drop: number;
}

/** What happens to a client. */
export type ClientEvent =
  /** The link to the guard came up, or went down. */
  | { readonly kind: 'online'; readonly guard: string }
  | { readonly kind: 'offline' }
  /** The directory in use changed. */
  | { readonly kind: 'directory'; readonly nodes: number }
  /** An invite was begun; the time is an estimate. */
  | {
      readonly kind: 'invite-started';
      readonly invite: string;
      readonly readyInMillis: number;
    }
  | { readonly kind: 'invite-ready'; readonly invitation: Invitation }
  /** It is open no more: somebody came by it, it was taken back, or it has expired. */
  | { readonly kind: 'invite-closed'; readonly invite: string }
  | {
      readonly kind: 'address-started';
      readonly address: string;
      readonly readyInMillis: number;
    }
  | { readonly kind: 'address-ready'; readonly address: Address }
  /** It was given up, or has led to as many people as one may. */
  | { readonly kind: 'address-closed'; readonly address: string }
  /** An introduction is new or has changed: the whole of it, as it is now. */
  | { readonly kind: 'introduction'; readonly introduction: Introduction }
  /** An acceptance was begun; `contact` is the id that the contact will have. */
  | { readonly kind: 'accept-started'; readonly contact: string }
  /** `invite`: by which of one's own they came. */
  | { readonly kind: 'contact-added'; readonly contact: Contact; readonly invite?: string }
  | {
      readonly kind: 'contact-failed';
      readonly contact: string;
      readonly code: SottoErrorCode;
    }
  /** Name, stage, lifetime, unread, muted, blocked, acknowledgements, verified, out of step or the newest message changed. */
  | { readonly kind: 'contact-changed'; readonly contact: Contact }
  /** One's own doing, in this tab or another. */
  | { readonly kind: 'contact-removed'; readonly contact: string }
  | { readonly kind: 'conversation-cleared'; readonly contact: string }
  /** Messages of a conversation have lived long enough: {@link Contact.lifetimeSeconds}. */
  | { readonly kind: 'messages-erased'; readonly contact: string }
  | {
      readonly kind: 'message-received';
      readonly contact: string;
      readonly id: number;
      /** Any text: escape it before showing it. */
      readonly text: string;
      readonly viaMailbox: boolean;
      /** It is a photo, whole; `text` says what it shows. */
      readonly photo?: true;
    }
  | {
      readonly kind: 'message-state';
      readonly contact: string;
      readonly id: number;
      readonly state: MessageState;
      /** It is `sent` for good: the contact does not tell what comes. */
      readonly unconfirmed?: true;
    }
  /** A contact went out of step, or is back; see {@link Contact.outOfStep}. */
  | { readonly kind: 'out-of-step'; readonly contact: string; readonly outOfStep: boolean }
  /** A message is new or has changed: the whole of it, as it is now. */
  | { readonly kind: 'message-changed'; readonly message: Message }
  /**
   * In a page: the worker is another one, since it broke or its tab was closed, or events were lost. What
   * was asked is answered all the same; whoever shows something reads it anew.
   */
  | { readonly kind: 'restarted' }
  /** Slots so far in this run; at most once a second. */
  | { readonly kind: 'slots'; readonly slots: SlotCounts }
  /** Another plan was chosen, or begins. */
  | { readonly kind: 'plan'; readonly plan: PlanInfo }
  /** `loops-lost`: an alarm is raised. `loops-back`: it is over. `standing` alarms stand now. */
  | {
      readonly kind: 'alarm';
      readonly code: 'loops-lost' | 'loops-back';
      readonly alarm: Alarm;
      readonly standing: number;
    };

/** What one's own loops say of a node: `lost` of the last `loops` through it stayed out, more than loss explains. */
export interface Alarm {
  /** One's own guard, which all loops pass, or another node of one's paths. */
  readonly subject: 'guard' | 'node';
  /** Its hex name. */
  readonly node: string;
  readonly loops: number;
  readonly lost: number;
}

/** A plan: a public traffic class, the same for all its people. */
export interface PlanInfo {
  readonly name: string;
  /** Both ways, in a mean month. */
  readonly bytesAMonth: number;
  /** Mean of the slot clock outside the public hours, milliseconds. */
  readonly uplinkMeanMillis: number;
  readonly downlinkIntervalMillis: number;
  /** Whether every packet takes the slow class up to its crossover. */
  readonly slowHops: boolean;
  /** Whole hours of the day, UTC, with their own beat. */
  readonly hours?: {
    readonly hoursOfDay: readonly number[];
    readonly uplinkMeanMillis: number;
    readonly downlinkIntervalMillis: number;
    readonly slowHops: boolean;
  };
  /** Chosen, and not yet begun. */
  readonly next?: { readonly name: string; readonly from: Date };
}

/** Figures of one's own client; of nobody else. */
export interface ClientStatus {
  readonly plan: string;
  readonly online: boolean;
  /** Hex name of the guard. */
  readonly guard: string | undefined;
  readonly nodes: number;
  readonly slots: SlotCounts;
  /** Loops of one's own by how they ended. */
  readonly loops: { readonly sent: number; readonly returned: number; readonly lost: number };
  /** Alarms that stand. */
  readonly alarms: readonly Alarm[];
  /** Packets that wait for a slot. */
  readonly queued: number;
  /** Reply blocks made and waited for. */
  readonly records: number;
  readonly aliases: { readonly total: number; readonly ready: number };
  /** Packets both ways since the calendar month began, UTC, in bytes; `month` is `2026-11`. */
  readonly data: { readonly month: string; readonly bytes: number };
  /** Contacts with the reply blocks held of each. */
  readonly contacts: readonly Contact[];
  /** Own invites that are open; acceptances under way. */
  readonly invites: number;
  readonly accepting: number;
  /** Every counted refusal and loss, by reason. */
  readonly counters: {
    readonly person: Readonly<Record<string, number>>;
    readonly link: Readonly<Record<string, number>>;
    readonly directory: Readonly<Record<string, number>>;
    readonly transport: Readonly<Record<string, number>>;
  };
}

/**
 * A person's client: runs by itself until `close`. Every method rejects with a `SottoError`; the same
 * in Node, in a worker, and in a page that talks to its worker.
 */
export interface Client extends ChannelCalls {
  /** Resolves when the link to the guard is up, at once when it is. */
  online(options?: Abortable): Promise<void>;
  /**
   * Makes an invite; resolves when it can be given away, after minutes in a public network
   * (`invite-started` says about when). Aborting ends the wait, not the invite.
   *
   * @param options - `name`: what the friend will be called who comes by it.
   */
  invite(options?: Abortable & { readonly name?: string }): Promise<Invitation>;
  /** Invites that are open, those of earlier runs too. */
  invites(): Promise<readonly OpenInvite[]>;
  /** Takes an invite back: who has the link can do nothing with it any more. Rejects with `unknown-invite`. */
  revokeInvite(invite: string): Promise<void>;
  /**
   * Makes an address by which strangers may write, to be printed or published; resolves when it can be.
   * It works until it is revoked, and while its owner comes by at least every few days. Aborting ends
   * the wait, not the address. Rejects with `address-options`.
   */
  address(options?: Abortable & AddressOptions): Promise<Address>;
  /** Addresses that are open. */
  addresses(): Promise<readonly OpenAddress[]>;
  /** Gives an address up: who comes later is told `invite-closed`. Rejects with `unknown-address`. */
  revokeAddress(address: string): Promise<void>;
  /**
   * Offers two contacts to each other; both must say yes. One learns of the other what the introducer
   * says here, and meets them without the introducer from then on. Resolves with the introduction's id.
   * Rejects with `unknown-contact`, `contact-failed`, `contact-blocked`, `same-contact`,
   * `introduction-text` or `queue-full`.
   *
   * @param options - `names`: what each is called to the other, 1 to 64 bytes; else one's own names for
   *   them. `note`: said to both, at most 256 bytes.
   */
  introduce(
    first: string,
    second: string,
    options?: { readonly names?: readonly [string, string]; readonly note?: string },
  ): Promise<string>;
  /** Introductions, of one's own and offered, until a day after they are over. */
  introductions(): Promise<readonly Introduction[]>;
  /** Says yes to an offer. Rejects with `unknown-introduction`. */
  acceptIntroduction(introduction: string): Promise<void>;
  /** Says no to one, or takes one's own back; the other is not told which. Rejects with `unknown-introduction`. */
  declineIntroduction(introduction: string): Promise<void>;
  /**
   * Accepts an invite or an address; resolves when its owner has answered, which may take days. The acceptance goes on
   * when the wait is aborted or the process ends. Rejects with an `invite-…` code.
   *
   * @param options - `name`: the contact's local name.
   */
  accept(link: string, options?: Abortable & { readonly name?: string }): Promise<Contact>;
  /** Everybody one knows. */
  contacts(): Promise<readonly Contact[]>;
  /** Gives a contact a local name. Rejects with `unknown-contact` or `name-too-long`. */
  rename(contact: string, name: string): Promise<void>;
  /** Says whether one wants to be told of what comes; it comes all the same. */
  setMuted(contact: string, muted: boolean): Promise<void>;
  /** Drops a contact's mail unread, and counts it, until it is taken back. Nothing tells them. */
  setBlocked(contact: string, blocked: boolean): Promise<void>;
  /**
   * Says whether a contact is told that its messages came. Where it is not, its program sends each of
   * them once and shows no more than that it left. Reply blocks come to it all the same, and with
   * them a count of what arrived that another program could read.
   */
  setAcknowledges(contact: string, acknowledges: boolean): Promise<void>;
  /**
   * Says after how many seconds messages of this conversation are erased, on both sides: 0 for never, or
   * one of {@link LIFETIMES}. The contact is told, and may set another. What leaves from now on begins to
   * live when it left at its sender, and at its receiver when it was read; what had arrived before stays.
   * The other side can keep a copy all the same. Rejects with `unknown-contact` or `unknown-lifetime`.
   */
  setLifetime(contact: string, seconds: number): Promise<void>;
  /**
   * What two people compare by another way, by voice say, to know that nobody stands between: twelve groups
   * of five digits, the same on both sides (Spec 09 §10). Rejects with `unknown-contact`, or with
   * `contact-failed` when there are no keys of theirs.
   */
  safetyNumber(contact: string): Promise<string>;
  /**
   * Marks a contact as verified by the number that was compared; '' takes the mark away. It is lost when
   * the number changes. Rejects with `unknown-contact`, or with `safety-number-changed` when it is not
   * theirs now.
   */
  setVerified(contact: string, number: string): Promise<void>;
  /** Erases a contact: keys, reply blocks, conversation. Nothing of theirs is taken any more; nothing tells them. */
  removeContact(contact: string): Promise<void>;
  /** Erases what was said, but for what is still on its way out. */
  clearConversation(contact: string): Promise<void>;
  /** All that is here now was read. */
  markRead(contact: string): Promise<void>;
  /** A conversation, oldest first. Rejects with `unknown-contact`. */
  messages(contact: string): Promise<readonly Message[]>;
  /**
   * Takes a text for a contact; resolves when it is stored, and goes out by itself. Rejects with
   * `unknown-contact`, `contact-failed`, `contact-blocked`, `text-empty`, `text-too-long`, `queue-full`,
   * `contact-exhausted`, or with `aborted` when the signal has fired before the call.
   */
  send(contact: string, text: string, options?: Abortable): Promise<MessageHandle>;
  /**
   * Takes a photo for a contact: a JPEG, PNG or WebP of at most 60,000 bytes, sent as it is, with all that
   * a camera wrote into it. It goes in parts, each repeated until it is acknowledged, over a restart as
   * well; {@link Message.photo} says how far. Rejects as `send` does, or with `photo-type`,
   * `photo-too-long` or `photo-words`; with `queue-full` while four are on their way to the contact.
   *
   * @param options - `words`: what it shows, for who cannot see it; at most 255 bytes.
   */
  sendPhoto(
    contact: string,
    bytes: Uint8Array,
    options?: Abortable & { readonly words?: string },
  ): Promise<MessageHandle>;
  /** The picture of a message. Rejects with `photo-gone` when it is none, or not kept any more. */
  photo(which: Pick<Message, 'contact' | 'direction' | 'id'>): Promise<Picture>;
  /** Events from this call on, for as many readers as call it. */
  events(options?: Abortable): AsyncIterableIterator<ClientEvent>;
  /** Figures now. */
  status(): Promise<ClientStatus>;
  /** The plan in use, and what follows it. */
  plan(): Promise<PlanInfo>;
  /**
   * Chooses another plan, from the next public hour or epoch on, when others may change as well.
   * Rejects with `unknown-plan`.
   */
  setPlan(name: string): Promise<{ readonly from: Date }>;
  /** What only this device knows of oneself. */
  profile(): Promise<Profile>;
  /** Rejects with `name-too-long`. */
  setProfile(profile: Profile): Promise<void>;
  /**
   * The whole account as one file, encrypted under a passphrase, to move it to another device. The
   * client stops for it, and this copy stays stopped: every call but `wipe` and `close` rejects with
   * `account-moved` from then on, and so does opening it again, unless that says `resume`. Else what it
   * went on to send would turn ratchets away from under the file (docs/decisions/0018). Rejects with
   * `passphrase-empty`, and then nothing has stopped.
   */
  exportAccount(passphrase: string): Promise<Uint8Array>;
  /** Erases the account on this device and ends the client. It cannot be undone. */
  wipe(): Promise<void>;
  /** Ends everything; what was taken is stored. A second call waits for the first. */
  close(): Promise<void>;
}

/** What only this device knows of its person. */
export interface Profile {
  readonly name: string;
}
