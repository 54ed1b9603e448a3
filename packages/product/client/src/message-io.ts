import type { MessageFailure, MessageState } from '@sotto/messaging';

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
