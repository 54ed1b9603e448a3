import { phaseAt, type Plan } from '@sotto/link';
import { type Instant, MICROS_PER_SECOND } from '@sotto/wire';

/** Means after which an answer is here, but for one in a thousand: seven hops there and back. */
const ROUND_TRIP_MEANS = 16;
/** Slots that a packet waits for at most, all but always: the queue holds more than one. */
const SLOTS = 20;
/** Frames that come down before it, likewise. */
const FRAMES = 40;
/** Links, and clocks that are a little apart. */
const LINKS_MICROS = 2 * MICROS_PER_SECOND;

/** Microseconds that the client links of two people on this plan take for a question and its answer; a slow plan takes long. */
function lineMicros(plan: Plan, now: Instant): number {
  const { uplinkMeanMicros, downlinkIntervalMicros } = phaseAt(plan, now).phase;
  return SLOTS * uplinkMeanMicros + FRAMES * downlinkIntervalMicros + LINKS_MICROS;
}

/** After how long a question has been answered, if anybody is there: mixing at a class's mean, and both client links. */
export const roundTripMicros = (plan: Plan, now: Instant, meanMicros: number): number =>
  ROUND_TRIP_MEANS * meanMicros + lineMicros(plan, now);
