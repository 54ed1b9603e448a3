import type { ContactStage, IntroductionState } from '@sotto/messaging';
import type { Message } from './message-io.ts';

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
