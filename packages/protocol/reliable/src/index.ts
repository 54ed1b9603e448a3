/** Acknowledgement, retransmission, order and parity above best effort (Spec 09 §7, 14). @module */
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
export { parityFor } from './parity.ts';
export { Sequence, type SequenceVerdict } from './sequence.ts';
