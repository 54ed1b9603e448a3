import type { MessageState } from '@sotto/messaging';
import type { Alarm, PlanInfo, SlotCounts } from './figures-io.ts';
import type { Message } from './message-io.ts';
import type { Address, Contact, Introduction, Invitation } from './people-io.ts';
import type { SottoErrorCode } from './sotto-error.ts';

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
