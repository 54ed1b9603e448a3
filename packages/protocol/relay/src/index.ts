/** One node, sans-IO: packet, mix, mailbox and directory composed. @module */
export { ClientSessions } from './client-sessions.ts';
export type { KeyOutput, StoredEpoch } from './epoch-keys.ts';
export type { ReceiptOutput } from './inbound-links.ts';
export type { LinkRefusal, LinkVerdict } from './link-judge.ts';
export type { OutboundOutput } from './outbound-links.ts';
export type { PersistOutput } from './store-writes.ts';
export { Relay } from './relay.ts';
export { MAIL_PREFIX, OTHER_PREFIXES, type RelayOptions } from './relay-options.ts';
export type { RelayInput, RelayMetrics, RelayOutput, TerminalKind } from './relay-io.ts';
export { TagRoomError } from './tag-room-error.ts';
