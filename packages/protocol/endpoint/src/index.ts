/** A client below sealing: paths, slot clock, reply blocks, mailbox aliases, fragments, unwinding. @module */
export { type Alias, ALIAS_LIMITS, type AliasLimits, quietMicros } from './aliases.ts';
export { Counters } from './counters.ts';
export { DurableLog, type PersistBatch, type StoredEntry } from './durable-log.ts';
export { Endpoint } from './endpoint.ts';
export {
  fragment,
  FRAGMENT_BYTES,
  FRAGMENT_HEADER_BYTES,
  type FragmentError,
  MAX_FRAGMENTS,
  MAX_MESSAGE_BYTES,
  maxParity,
  MESSAGE_ID_BYTES,
  Reassembly,
  REASSEMBLY_LIMITS,
  type ReassemblyLimits,
} from './fragments.ts';
export {
  type BundleGetOrder,
  type BundlePutOrder,
  type ContactOrder,
  type EndpointCounter,
  type EndpointEvent,
  type EndpointInput,
  type EndpointLimits,
  type EndpointOptions,
  type EndpointOutput,
  type EndpointStatus,
  type MintCounts,
  type OrderError,
  type OutstandingLimits,
  type SendOrder,
  type CloseOrder,
  type GreetingOrder,
  type StashOrder,
  STATE_PREFIX,
  type SurbPair,
} from './interface.ts';
export { ENDPOINT_LIMITS } from './limits.ts';
export {
  HONEST_LOSS,
  type LoopAlarm,
  LoopAlarms,
  type LoopAlarmTurn,
  LOOPS_PER_FALSE_ALARM,
  LOSS_SCORE,
  LOSS_THRESHOLD,
} from './loop-alarms.ts';
export { type LoopCounts, LoopStatistics } from './loop-statistics.ts';
export { type Beat, LATE_SLOT_MICROS } from './punctuality.ts';
export { PATH_RULES, type PathRules, type PathView, type SenderPath } from './paths.ts';
export { HOME, MOBILE, type Plan, planByCode, PLANS, SAVER, SHIELD } from '@sotto/link';
export {
  decodeRecord,
  encodeRecord,
  type RecordPurpose,
  Records,
  type ReplyRecord,
} from './records.ts';
export {
  ACKNOWLEDGEMENT_SEATS,
  type Flow,
  type Lane,
  type QueueError,
  SendQueue,
  type SendQueueLimits,
} from './send-queue.ts';
export {
  ACKNOWLEDGEMENT_SHARE,
  CROSSING_DROP_SHARE,
  type Slot,
  SlotClock,
  type SlotShares,
  type SlotSource,
} from './slot-clock.ts';
export {
  decodeStickySets,
  encodeStickySets,
  refreshSticky,
  STICKY_RULES,
  type StickyGuard,
  type StickyMember,
  type StickyRules,
  type StickySets,
} from './sticky.ts';
export { StreamRng } from './stream-rng.ts';
export {
  type InviteSeed,
  type PurposeOf,
  unwind,
  type UnwindReason,
  type UnwindRefusal,
  type Unwound,
} from './unwind.ts';
