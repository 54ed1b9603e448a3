import type { NetworkParameters } from '@sotto/directory';
import type { Clock, Timers } from '@sotto/driver';
import type { Plan } from '@sotto/endpoint';
import type { ContactStage, MessageState } from '@sotto/messaging';
import type { KeyValueStore } from '@sotto/storage';
import type { CryptoSuite } from '@sotto/suite';
import type { PeerTarget, Transport } from '@sotto/transport';
import type { Rng } from '@sotto/wire';
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
  /** The public traffic class; keep to one. */
  readonly plan: Plan;
}

/** What every waiting call takes to be cut short: it then rejects with `aborted`. */
export interface Abortable {
  readonly signal?: AbortSignal;
}

/** Somebody that one knows. */
export interface Contact {
  readonly id: string;
  /** A local name; '' until one is given. */
  readonly name: string;
  readonly stage: ContactStage;
  /** Reply blocks of theirs that are held and work now: with none, messages wait. */
  readonly replyBlocks: number;
}

/** One message of a conversation. */
export interface Message {
  readonly contact: string;
  readonly direction: 'in' | 'out';
  /** Its number in its direction. */
  readonly id: number;
  /** Of an incoming one: any text, by anybody who is a contact. Escape it before showing it. */
  readonly text: string;
  readonly at: Date;
  readonly state: MessageState;
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
  /** An acceptance was begun; `contact` is the id that the contact will have. */
  | { readonly kind: 'accept-started'; readonly contact: string }
  | { readonly kind: 'contact-added'; readonly contact: Contact }
  | {
      readonly kind: 'contact-failed';
      readonly contact: string;
      readonly code: SottoErrorCode;
    }
  | {
      readonly kind: 'message-received';
      readonly contact: string;
      readonly id: number;
      /** Any text: escape it before showing it. */
      readonly text: string;
      readonly viaMailbox: boolean;
    }
  | {
      readonly kind: 'message-state';
      readonly contact: string;
      readonly id: number;
      readonly state: MessageState;
    };

/** Figures of one's own client; of nobody else. */
export interface ClientStatus {
  readonly plan: string;
  readonly online: boolean;
  /** Hex name of the guard. */
  readonly guard: string | undefined;
  readonly nodes: number;
  /** Slots of the clock by what they carried. */
  readonly slots: { readonly real: number; readonly loop: number; readonly drop: number };
  /** Packets that wait for a slot. */
  readonly queued: number;
  /** Reply blocks made and waited for. */
  readonly records: number;
  readonly aliases: { readonly total: number; readonly ready: number };
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

/** A person's client: runs by itself until `close`. Methods throw, or reject with, a `SottoError`. */
export interface Client {
  /** Resolves when the link to the guard is up, at once when it is. */
  online(options?: Abortable): Promise<void>;
  /**
   * Makes an invite; resolves when it can be given away, after minutes in a public network
   * (`invite-started` says about when). Aborting ends the wait, not the invite.
   */
  invite(options?: Abortable): Promise<Invitation>;
  /**
   * Accepts an invite; resolves when its owner has answered, which may take days. The acceptance goes on
   * when the wait is aborted or the process ends. Rejects with an `invite-…` code.
   *
   * @param options - `name`: the contact's local name.
   */
  accept(link: string, options?: Abortable & { readonly name?: string }): Promise<Contact>;
  /** Everybody one knows. */
  contacts(): readonly Contact[];
  /** Gives a contact a local name. */
  rename(contact: string, name: string): void;
  /** A conversation, oldest first. */
  messages(contact: string): readonly Message[];
  /**
   * Takes a text for a contact; resolves when it is stored, and goes out by itself. Rejects with
   * `unknown-contact`, `contact-failed`, `text-empty`, `text-too-long`, `queue-full`, `contact-exhausted`.
   */
  send(contact: string, text: string): Promise<MessageHandle>;
  /** Events from this call on, for as many readers as call it. */
  events(options?: Abortable): AsyncIterableIterator<ClientEvent>;
  /** Figures now. */
  status(): ClientStatus;
  /** Ends everything; what was taken is stored. A second call waits for the first. */
  close(): Promise<void>;
}
