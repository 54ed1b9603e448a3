import { type Instant, instant } from '@sotto/wire';
import type { NetworkParameters } from './parameters.ts';

/** The epoch that `now` lies in (Spec 07 §3.1); below zero before the network's origin. */
export const epochAt = (parameters: NetworkParameters, now: Instant): number =>
  Math.floor((now - parameters.originMicros) / parameters.epochMicros);

/**
 * When an epoch starts (Spec 07 §3.1).
 *
 * @throws RangeError when `epoch` is negative or its start is not a safe integer.
 */
export function epochStart(parameters: NetworkParameters, epoch: number): Instant {
  if (!Number.isSafeInteger(epoch) || epoch < 0) {
    throw new RangeError(`"epoch" expected a safe non-negative integer, got ${epoch}`);
  }
  return instant(parameters.originMicros + epoch * parameters.epochMicros);
}

/**
 * The epochs whose routing keys peel at `now`, ascending (Spec 07 §3.2): the current one; the one
 * before it during its grace; the one after it within the skew. Never an earlier or a later one:
 * an early key would be open to replay before its filter exists, a late one after its erasure.
 */
export function acceptedEpochs(parameters: NetworkParameters, now: Instant): number[] {
  const current = epochAt(parameters, now);
  const within = now - (parameters.originMicros + current * parameters.epochMicros);
  const accepted: number[] = [];
  if (within < parameters.graceMicros) accepted.push(current - 1);
  accepted.push(current);
  if (within >= parameters.epochMicros - parameters.skewMicros) accepted.push(current + 1);
  return accepted.filter((epoch) => epoch >= 0);
}

/** The next instant after `now` at which {@link acceptedEpochs} changes: when a node must take up or erase a key. */
export function nextEpochChange(parameters: NetworkParameters, now: Instant): Instant {
  const { originMicros, epochMicros, graceMicros, skewMicros } = parameters;
  const current = epochAt(parameters, now);
  const start = originMicros + current * epochMicros;
  const times = [start + graceMicros, start + epochMicros - skewMicros, start + epochMicros];
  return instant(Math.min(...times.filter((time) => time > now)));
}
