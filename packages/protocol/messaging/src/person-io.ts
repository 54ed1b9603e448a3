import type { NetworkParameters } from '@sotto/directory';
import type {
  Endpoint,
  EndpointInput,
  EndpointOutput,
  EndpointStatus,
  LoopAlarm,
  LoopAlarmTurn,
  Plan,
} from '@sotto/endpoint';
import type { Identity, InviteError, OpenError } from '@sotto/ratchet';
import type { MessageId } from '@sotto/reliable';
import type { CryptoSuite } from '@sotto/suite';
import type { Instant, Rng } from '@sotto/wire';
import type { ChannelRefusal } from '@sotto/channel';
import type { Contact, ContactStage } from './contact.ts';
import type { ContactSettings, SettingsBook } from './contact-settings.ts';
import type { Message, MessageState } from './history.ts';
import type { IntroductionState } from './introduction-entry.ts';
import type { InviteNotes } from './invite-notes.ts';
import type { PersonChannelEvent } from './person-channels.ts';

/** What happens to a person. */
export type PersonEvent =
  /** An invite can be given away. */
  | { readonly kind: 'invite-ready'; readonly invite: string; readonly link: string }
  /** It is open no more: somebody came by it, it was taken back, or it has expired. */
  | { readonly kind: 'invite-closed'; readonly invite: string }
  /** An address can be published. */
  | { readonly kind: 'address-ready'; readonly address: string; readonly link: string }
  /** It is open no more: it was given up, or has led to as many people as one may. */
  | { readonly kind: 'address-closed'; readonly address: string }
  /** Somebody accepted an invite (`invite`: which; of an address its id), or the owner of one that was accepted has answered. */
  | {
      readonly kind: 'contact-added';
      readonly contact: string;
      readonly label: string;
      readonly invite?: string;
    }
  | { readonly kind: 'contact-failed'; readonly contact: string; readonly code: AcceptFailure }
  | {
      readonly kind: 'message-received';
      readonly contact: string;
      readonly id: MessageId;
      readonly text: string;
      readonly viaMailbox: boolean;
      /** It is a photo, and `text` says what it shows. */
      readonly photo?: true;
    }
  | {
      readonly kind: 'message-state';
      readonly contact: string;
      readonly id: MessageId;
      readonly state: MessageState;
      /** It is `sent` for good: the contact acknowledges nothing. */
      readonly unconfirmed?: true;
    }
  /** One that went out has left once more: all but its state is new. */
  | { readonly kind: 'message-changed'; readonly contact: string; readonly id: MessageId }
  /** What comes from a contact does not open any more, or opens again. */
  | { readonly kind: 'out-of-step'; readonly contact: string; readonly outOfStep: boolean }
  /** The contact changed how long messages live. */
  | { readonly kind: 'lifetime-changed'; readonly contact: string }
  /** Messages of a conversation have lived long enough, and are gone. */
  | { readonly kind: 'messages-erased'; readonly contact: string }
  /** A channel was opened, has something to read, or is over. */
  | PersonChannelEvent
  /** An introduction is new or has changed: the whole of it, as it is now. */
  | { readonly kind: 'introduction-changed'; readonly introduction: IntroductionSummary }
  /** Another plan begins. */
  | { readonly kind: 'plan'; readonly plan: Plan }
  /** More of one's loops through a node stay out than loss explains, or it is over. */
  | ({ readonly kind: 'loop-alarm' } & LoopAlarmTurn)
  /** There are not the nodes for a path: fetch snapshots. */
  | { readonly kind: 'directory-needed' };

/**
 * Why accepting came to nothing. `closed`: the invite was used already or taken back, or the address is
 * given up; its contact point says so. `not-now`: as many strangers as its owner lets in have come in
 * this epoch, or nothing is left to reach the owner by. `no-answer`: the contact point is away, or the
 * owner. `bad-bundle`: the contact point served another bundle than the invite names. `own-invite`: it
 * is one's own.
 */
export type AcceptFailure = 'closed' | 'not-now' | 'no-answer' | 'bad-bundle' | 'own-invite';

/** Why an invite is not even tried. */
export type AcceptError = {
  readonly code: InviteError['code'] | 'other-network' | 'expired' | 'own-invite' | 'already-used';
};

/** Why a text is not taken. */
export type SendTextError = {
  readonly code:
    | 'unknown-contact'
    | 'contact-failed'
    | 'contact-blocked'
    | 'empty'
    | 'too-long'
    | 'full'
    | 'exhausted';
};

/** Why a photo is not taken. */
export type SendPhotoError = {
  readonly code: SendTextError['code'] | 'words-too-long' | 'no-picture';
};

/** Input and output are the endpoint's, with a person's events in place of its own. */
export type PersonInput = EndpointInput;
/** What the driver must do for a person. */
export type PersonOutput =
  | Exclude<EndpointOutput, { readonly kind: 'event' }>
  | { readonly kind: 'event'; readonly event: PersonEvent };

/** A contact as shown. */
export interface ContactSummary {
  readonly id: string;
  readonly label: string;
  readonly stage: ContactStage;
  /** Reply blocks of theirs that are held and work now. */
  readonly replyBlocks: number;
  readonly settings: Omit<ContactSettings, 'compared'>;
  /** The person has compared the safety number that they have now. */
  readonly verified: boolean;
  /** The newest message of the conversation. */
  readonly last: Message | undefined;
}

/** An invite of one's own that nobody has accepted yet, as shown. */
export interface InviteSummary {
  readonly invite: string;
  readonly label: string;
  /** Once it may be given away. */
  readonly link: string | undefined;
  readonly startedAt: Instant;
  /** An estimate until there is a link. */
  readonly readyAt: Instant;
  /** The end of its last epoch. */
  readonly expiresAt: Instant;
}

/** How an address is to be. */
export interface AddressOptions {
  /** What who comes by it will be called, at most 512 bytes. */
  readonly label?: string;
  /** Strangers that are let in in one epoch, 1 to 10; 5 if nothing is said. */
  readonly people?: number;
  /** Zero bits that a stranger must find for each of three to six packets, 0 to 24; 18 if nothing is said. */
  readonly cost?: number;
}

/** An address of one's own, as shown. */
export interface AddressSummary {
  readonly address: string;
  readonly label: string;
  /** Once it may be published. */
  readonly link: string | undefined;
  readonly startedAt: Instant;
  /** An estimate until there is a link. */
  readonly readyAt: Instant;
  readonly people: number;
  /** Of them, who may still come in this epoch. */
  readonly left: number;
  /** Epochs that its owner may be away: for so many to come reply blocks are laid out. */
  readonly awayEpochs: number;
  readonly cost: number;
  /** People who have come by it. */
  readonly met: number;
}

/** How two contacts are introduced to each other. */
export interface IntroduceOptions {
  /** What each is called to the other, 1 to 64 bytes of UTF-8; without them one's own names for them. */
  readonly names?: readonly [string, string];
  /** Said to both, at most 256 bytes. */
  readonly note?: string;
}

/** Why two contacts are not introduced. */
export type IntroduceError = {
  readonly code:
    | 'same-contact'
    | 'unknown-contact'
    | 'contact-failed'
    | 'contact-blocked'
    | 'bad-name'
    | 'too-long'
    | 'full';
};

/** An introduction as shown. */
export type IntroductionSummary = {
  readonly id: string;
  readonly state: IntroductionState;
  /** When it was offered. */
  readonly at: Instant;
} & (
  | { readonly side: 'introducer'; readonly contacts: readonly [string, string] }
  | {
      readonly side: 'introduced';
      /** The contact who introduces. */
      readonly by: string;
      /** What the introducer calls the other: any text. */
      readonly name: string;
      readonly note: string;
      /** The contact that came of it. */
      readonly met?: string;
    }
);

/** A person's own figures. */
export interface PersonStatus extends EndpointStatus {
  readonly contacts: number;
  readonly invites: number;
  readonly accepting: number;
  /** Slots by what they carried. */
  readonly slots: { readonly real: number; readonly loop: number; readonly drop: number };
  /** One's own loops by how they ended; those that came back garbled count as lost. */
  readonly loops: { readonly sent: number; readonly returned: number; readonly lost: number };
  /** What they say of nodes: alarms that stand. */
  readonly alarms: readonly LoopAlarm[];
  readonly counters: Readonly<Record<string, number>>;
}

/** Counted refusals of the person's own layer. */
export type PersonCounter =
  | 'fragment'
  /** One of a message that is whole: parity that was not needed, or a copy. */
  | 'fragment-late'
  /** A message whose fragments never came: its time was over, or newer ones took its place. */
  | 'fragments-expired'
  | 'fragments-evicted'
  /** A message did not open, and why; `sealed-gap` of one who skips too far. */
  | `sealed-${OpenError['code']}`
  | 'items'
  /** Frames of channels that are none, or that an earlier program of the peer's sent. */
  | ChannelRefusal['code']
  | 'blocks-refused'
  | 'duplicate'
  | 'stale'
  | 'unknown-contact'
  | 'blocked'
  | 'handshake'
  | 'handshake-items'
  /** A first message that has led to a contact already. */
  | 'handshake-repeated'
  /** An offer that is here already; one of a contact that has offered too many; what answers none; what does not fit where it stands. */
  | 'introduction-repeated'
  | 'introduction-limit'
  | 'introduction-unknown'
  | 'introduction-refused'
  /** A part of a photo that does not fit those that are here; one that came whole and is no picture; one that never came whole. */
  | 'photo-part'
  | 'photo-type'
  | 'photo-evicted'
  /** A change of the lifetime that is too far ahead. */
  | 'lifetime-refused'
  | 'text-missing'
  | 'unknown-invite'
  | 'state-entry'
  /** A stored contact whose session another version of this code made: kept, but closed. */
  | 'other-session';

/** What the parts of a person share. */
export interface PersonParts {
  readonly suite: CryptoSuite;
  readonly rng: Rng;
  readonly parameters: NetworkParameters;
  readonly plan: Plan;
  /** Whether blocks that end in a mailbox have twins at another one. */
  readonly secondMailbox: boolean;
  readonly networkId: Uint8Array;
  readonly identity: Identity;
  readonly endpoint: Endpoint;
  readonly contacts: Map<string, Contact>;
  readonly settings: SettingsBook;
  readonly notes: InviteNotes;
  /** Tells the person, once everything changed so far is stored. */
  readonly emit: (event: PersonEvent) => void;
  readonly count: (counter: PersonCounter) => void;
  readonly save: (contact: Contact) => void;
  /** Stores a message of the history. */
  readonly record: (message: Message) => void;
  /** Takes one out of the store. */
  readonly erase: (message: Message) => void;
  readonly epoch: (now: Instant) => number;
}
