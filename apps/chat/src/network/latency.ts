/** How long a message and its acknowledgement take when nothing is wrong, and how long one's own took. */

/** Machines that hold a packet for a while on each half of a way: guard, two mixes; cross-over, two mixes (Spec 08 §5). */
const HALF_HOPS = 3;

/** What a round trip is made of; means and constants in milliseconds. */
export interface RoundTrip {
  /** Mean wait for a slot that takes a message. */
  readonly slotMean: number;
  /** How long the other waits before it acknowledges. */
  readonly acknowledgeAfter: number;
  /** Mean wait for a slot in which acknowledgements have their turn. */
  readonly acknowledgementSlotMean: number;
  /** Mean delay at each of the hops up to the cross-over. */
  readonly senderHopMean: number;
  /** Mean delay at each of the hops after it. */
  readonly hopMean: number;
  /** Constant gap of the down-link. */
  readonly downlinkInterval: number;
}

/** Public rates of a plan and a network, from which a round trip follows. */
export interface Rates {
  readonly uplinkMeanMillis: number;
  readonly downlinkIntervalMillis: number;
  readonly fastMeanMillis: number;
  readonly slowMeanMillis: number;
  /** Packets of the plan take slow hops up to the cross-over (Spec 08 §2). */
  readonly slowHops: boolean;
  /** Shares of slots, 0 to 1. */
  readonly loopShare: number;
  readonly slowShare: number;
}

/** Share of payload slots in which acknowledgements have their turn, and none but these (Spec 08 §4). */
const ACKNOWLEDGEMENT_SHARE = 0.25;
/** How long the other waits for more to acknowledge. */
const ACKNOWLEDGE_AFTER_MILLIS = 500;

/** The round trip between two people of one plan, by reply blocks to the guard. */
export function roundTrip(rates: Rates): RoundTrip {
  const payload = (1 - rates.loopShare) * (1 - rates.slowShare);
  const slotMean = rates.uplinkMeanMillis / payload;
  return {
    slotMean,
    acknowledgeAfter: ACKNOWLEDGE_AFTER_MILLIS,
    acknowledgementSlotMean: slotMean / ACKNOWLEDGEMENT_SHARE,
    senderHopMean: rates.slowHops ? rates.slowMeanMillis : rates.fastMeanMillis,
    hopMean: rates.fastMeanMillis,
    downlinkInterval: rates.downlinkIntervalMillis,
  };
}

/**
 * Shares of round trips that end within each bin of `stepMillis`, from 0 on. Every wait is drawn by
 * itself, so the shares of their sum are the waits' shares folded into one another.
 */
export function expectedShares(trip: RoundTrip, stepMillis: number, bins: number): number[] {
  const shares = Array.from({ length: bins }, (_, i) => (i === 0 ? 1 : 0));
  foldExponential(shares, trip.slotMean / stepMillis);
  foldExponential(shares, trip.acknowledgementSlotMean / stepMillis);
  for (let hop = 0; hop < 2 * HALF_HOPS; hop++) {
    foldExponential(shares, trip.senderHopMean / stepMillis);
    foldExponential(shares, trip.hopMean / stepMillis);
  }
  foldUniform(shares, trip.downlinkInterval / stepMillis);
  foldUniform(shares, trip.downlinkInterval / stepMillis);
  const shift = Math.round(trip.acknowledgeAfter / stepMillis);
  return shares.map((_, i) => shares[i - shift] ?? 0);
}

/** An exponential wait in bins is a geometric one: a first-order recursion. Its mean is kept exactly. */
function foldExponential(shares: number[], meanBins: number): void {
  const stay = meanBins / (1 + meanBins);
  let before = 0;
  for (const [i, share] of shares.entries()) {
    before = stay * before + (1 - stay) * share;
    shares[i] = before;
  }
}

function foldUniform(shares: number[], bins: number): void {
  const width = Math.max(1, Math.round(bins));
  const original = [...shares];
  let sum = 0;
  for (const [i, share] of original.entries()) {
    sum += share - (original[i - width] ?? 0);
    shares[i] = sum / width;
  }
}

/** How many of `times` fall into each bin; those beyond the last are counted in it. */
export function histogram(times: readonly number[], stepMillis: number, bins: number): number[] {
  const counts = Array.from({ length: bins }, () => 0);
  for (const time of times) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(time / stepMillis)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/** The middle one of some times; undefined of none. */
export function middle(times: readonly number[]): number | undefined {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
