import type { CryptoSuite } from '@sotto/suite';
import type { Rng } from '@sotto/wire';
import type { ExpiryClock } from './expiry-clock.ts';
import { GEOMETRY, PACKET_NAME_BYTES } from '@sotto/sphinx';

/** Bytes that one stored mail counts for: η, ζ and δ. */
export const MAIL_BYTES: number = PACKET_NAME_BYTES + GEOMETRY.logBytes + GEOMETRY.bodyBytes;
/** Reply blocks that wait for one alias at most. */
export const MAX_WAITING_SURBS = 12;

/** Bounds of one aggregation point, all of them hard (Spec 06 §7). */
export interface AggregationLimits {
  /** Aliases at most, those that only hold mail still to expire among them. */
  readonly maxAliases: number;
  /** Bytes of mail at most. */
  readonly maxMailBytes: number;
  /** Reply blocks that wait, over all aliases. */
  readonly maxWaitingSurbs: number;
}

/** Bounds when nothing else is said: 64 MiB of mail, 5 MB of reply blocks. */
export const DEFAULT_AGGREGATION_LIMITS: AggregationLimits = {
  maxAliases: 20_000,
  maxMailBytes: 64 * 2 ** 20,
  maxWaitingSurbs: 16_384,
};

/** What an aggregation point needs to know. */
export interface AggregationOptions {
  readonly suite: CryptoSuite;
  /** Draws its clocks. */
  readonly rng: Rng;
  /** Network-wide parameters: mean between two answers to one alias, life of mail, µs; mails that an alias holds at most. */
  readonly parameters: {
    readonly answerMeanMicros: number;
    readonly mailLifeMicros: number;
    readonly aliasQuota: number;
  };
  readonly limits?: Partial<AggregationLimits>;
  /** By what mail and aliases are over; one's own clock when left out. */
  readonly expiry?: ExpiryClock;
}

/** What happened since the start. */
export interface AggregationCounts {
  /** Aliases announced for the first time. */
  announced: number;
  /** Mail taken in. */
  stored: number;
  /** Mail deleted because its owner asked. */
  deleted: number;
  /** Names to delete that the alias did not hold: a repeated request, mostly. */
  deleteUnknown: number;
  /** Answers that carried mail. */
  answeredMail: number;
  /** Answers that carried none. */
  answeredEmpty: number;
  /** Waiting reply blocks discarded because younger ones of the same alias came: at most 12 wait. */
  surbsDiscarded: number;
  /** Reply blocks not taken because the node has no room for more. */
  surbsRefused: number;
  /** Mail that nobody deleted in its life. */
  mailExpired: number;
  /** Aliases that nobody asked for. */
  aliasesExpired: number;
  /** Stored entries that could not be read back. */
  restoreRefused: number;
}

/** All zero. */
export const noCounts = (): AggregationCounts => ({
  announced: 0,
  stored: 0,
  deleted: 0,
  deleteUnknown: 0,
  answeredMail: 0,
  answeredEmpty: 0,
  surbsDiscarded: 0,
  surbsRefused: 0,
  mailExpired: 0,
  aliasesExpired: 0,
  restoreRefused: 0,
});
