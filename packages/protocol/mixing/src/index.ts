/** What a node does with peeled packets: pool, replay filter, loops, reasons of drops. @module */
export {
  alarmThreshold,
  FALSE_ALARMS_PER_SECOND,
  loopsBetweenCrossings,
  stepsToCross,
} from './alarm-threshold.ts';
export { Counters } from './counters.ts';
export { DROP_REASONS, type DropReason, LINK_REASONS, PACKET_REASONS } from './drop-reasons.ts';
export {
  LOOP_BACKLOG_MICROS,
  LoopClock,
  loopIntervalMicros,
  type LoopParameters,
  loopRate,
  type LoopTopology,
} from './loop-rate.ts';
export {
  ALARM_SLOWDOWN,
  LOOP_DEADLINE_MEANS,
  LOOP_LINK_ALLOWANCE_MICROS,
  LoopTracker,
  type LoopTrackerOptions,
  type SentLoop,
} from './loop-tracker.ts';
export { type LoopAlarm, type LoopCounts, type LoopOutcome } from './loop-subjects.ts';
export { DEFAULT_MAX_PACKETS, Pool, type PoolOptions, type Transmit } from './pool.ts';
export { type PoolStatistics, type StratumStatistics } from './pool-statistics.ts';
export { FingerprintTable } from './fingerprint-table.ts';
export {
  LEAST_TAGS,
  MAX_TABLES,
  MOST_TAGS,
  PLACE_BYTES,
  ReplayFilter,
  type ReplayFilterOptions,
  TagSequence,
  type TagVerdict,
} from './replay-filter.ts';
