/** Acknowledgement and retransmission above best effort (Spec 09 §7). @module */
export {
  type AcknowledgementError,
  decodeAcknowledgements,
  encodeAcknowledgements,
  MAX_ACKNOWLEDGEMENTS,
  type MessageId,
  WINDOW,
} from './acknowledgement.ts';
export { Inbox, type InboxOptions } from './inbox.ts';
export {
  type EnqueueError,
  Outbox,
  type OutboxOptions,
  type OutboxState,
  type StateError,
} from './outbox.ts';
