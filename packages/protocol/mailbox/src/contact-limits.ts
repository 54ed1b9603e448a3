import type { ExpiryClock } from './expiry-clock.ts';
import type { CryptoSuite } from '@sotto/suite';
import type { Rng } from '@sotto/wire';
import type { EpochParameters } from './epoch-window.ts';

/** Network-wide parameters that a contact point goes by. */
export interface ContactParameters extends EpochParameters {
  /** Mean delay of an answer, µs. */
  readonly answerMeanMicros: number;
}

/** Bounds of one contact point, all of them hard (Spec 06 §7). */
export interface ContactLimits {
  /** Boxes at most. */
  readonly maxBoxes: number;
  /** Reply blocks in all stashes. */
  readonly maxStashedSurbs: number;
  /** Answers that wait for their time. */
  readonly maxAnswers: number;
  /** Life of a box since its owner's last request, µs. */
  readonly boxLifeMicros: number;
}

/** Bounds when nothing else is said: 8 MB of bundles, 17 MB of reply blocks, 30 days. */
export const DEFAULT_CONTACT_LIMITS: ContactLimits = {
  maxBoxes: 2_000,
  maxStashedSurbs: 65_536,
  maxAnswers: 4_096,
  boxLifeMicros: 30 * 86_400_000_000,
};
/** What a contact point needs to know. */
export interface ContactOptions {
  readonly suite: CryptoSuite;
  /** Draws when answers leave. */
  readonly rng: Rng;
  readonly parameters: ContactParameters;
  readonly limits?: Partial<ContactLimits>;
  /** By what boxes are over; one's own clock when left out. Reply blocks end with their epochs. */
  readonly expiry?: ExpiryClock;
}
