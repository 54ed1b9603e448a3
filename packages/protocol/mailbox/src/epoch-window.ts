import { instant, type Instant } from '@sotto/wire';

/** Network-wide parameters of epochs, µs but for the horizon. */
export interface EpochParameters {
  readonly originMicros: number;
  readonly epochMicros: number;
  readonly horizonEpochs: number;
  readonly graceMicros: number;
}

const endOf = (p: EpochParameters, epoch: number): number =>
  p.originMicros + (epoch + 1) * p.epochMicros + p.graceMicros;

/** The epoch at `now`. */
export const epochAt = (p: EpochParameters, now: Instant): number =>
  Math.floor((now - p.originMicros) / p.epochMicros);

/** Whether an epoch and its grace are over: its reply blocks open nothing any more. */
export const isEpochOver = (p: EpochParameters, now: Instant, epoch: number): boolean =>
  endOf(p, epoch) <= now;

/** When the next epoch's grace ends. */
export function nextEpochEnd(p: EpochParameters, now: Instant): Instant {
  const over = Math.floor((now - p.originMicros - p.graceMicros) / p.epochMicros) - 1;
  return instant(Math.max(0, endOf(p, over + 1)));
}

/**
 * The full epoch that a reply block's low byte means: the nearest to the current one, since the
 * horizon is far below 128.
 *
 * @returns undefined when that epoch is over, beyond the horizon, or before the first.
 */
export function epochOfByte(p: EpochParameters, now: Instant, byte: number): number | undefined {
  const current = epochAt(p, now);
  const ahead = ((byte - current) << 24) >> 24;
  const epoch = current + ahead;
  return epoch < 0 || ahead > p.horizonEpochs || isEpochOver(p, now, epoch) ? undefined : epoch;
}
