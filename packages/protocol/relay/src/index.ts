/** One node, sans-IO: packet, mix, mailbox and directory composed. @module */
export type { KeyOutput, StoredEpoch } from './epoch-keys.ts';
export { type LinkRefusal, Relay, type RelayOptions } from './relay.ts';
export type {
  RelayInput,
  RelayMetrics,
  RelayOutput,
  TerminalKind,
  UndeliveredReason,
} from './relay-io.ts';
