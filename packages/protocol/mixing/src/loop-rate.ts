import { after, exponentialMicros, type Instant, MICROS_PER_SECOND, type Rng } from '@sotto/wire';

/** Network-wide parameters that set how many loops mixes send. */
export interface LoopParameters {
  /** Mean delay of the fast class, µs. */
  readonly fastMeanMicros: number;
  /** Packets of the fast class that every pool is to hold in each half. */
  readonly poolTarget: number;
  /** Loops a second through every mix, at least. */
  readonly minLoopsPerMixPerSecond: number;
  /** Share of packets in the slow class, of 65,536; loops take it like everything else. */
  readonly slowShare: number;
}

/** What the directory shows. */
export interface LoopTopology {
  readonly parameters: LoopParameters;
  /** Mixes in layer 1, 2, 3. */
  readonly mixesInLayer: readonly [number, number, number];
  /** Nodes that send loops. */
  readonly nodes: number;
}

/** Times that a loop G m1 m2 X r1 r2 G passes a layer, over both halves. */
const PASSES = [2, 2, 1] as const;

/**
 * Mean time between two loops of one node, µs, from public figures alone (Spec 05 §6): when all
 * `nodes` send at this rate, every pool holds `poolTarget` packets of the fast class in each half
 * without any client, and every mix is passed `minLoopsPerMixPerSecond` times a second.
 *
 * Behind the crossover all loops are fast, before it the share f; a mix holds its own loops too, as
 * their guard. With N nodes, M mixes in a layer and mean τ a pool holds, at rate r, N·r·τ/M of the
 * recipient's half and (N/M + 1)·f·r·τ of the sender's (layers 1 and 2).
 *
 * The counts come from descriptors, which cost nothing: whoever lists thousands of mixes would have
 * every node work itself to death, and whoever lists thousands of guards would empty the pools. So
 * the rate stays within half and twice that of a balanced network of any size, M = N/3.
 *
 * @returns undefined while a layer has no mix, so that no loop can be laid, or when the parameters ask for none. At least 1 µs.
 * @throws RangeError when `nodes` is not a positive integer.
 */
export function loopIntervalMicros(topology: LoopTopology): number | undefined {
  const { parameters, mixesInLayer, nodes } = topology;
  if (!Number.isSafeInteger(nodes) || nodes < 1)
    throw new RangeError(`"nodes" expected a positive integer, got ${nodes}`);
  if (mixesInLayer.some((mixes) => mixes < 1)) return undefined;
  const interval = Math.min(
    ...PASSES.map((passes, i) => layerInterval(parameters, passes, (mixesInLayer[i] ?? 0) / nodes)),
  );
  if (!Number.isFinite(interval)) return undefined;
  const balanced = Math.min(...PASSES.map((passes) => layerInterval(parameters, passes, 1 / 3)));
  return Math.max(1, Math.floor(Math.min(Math.max(interval, balanced / 2), 2 * balanced)));
}

/** What one layer asks for, µs; infinity when nothing. @param share - M/N. */
function layerInterval(parameters: LoopParameters, passes: number, share: number): number {
  const { fastMeanMicros, poolTarget, minLoopsPerMixPerSecond, slowShare } = parameters;
  let interval = Number.POSITIVE_INFINITY;
  // A mean of zero holds nothing at any rate: no reason to send.
  if (poolTarget > 0 && fastMeanMicros > 0) {
    interval = fastMeanMicros / (poolTarget * share);
    const fast = (65_536 - slowShare) / 65_536;
    const sender = ((1 / share + 1) * fast * fastMeanMicros) / poolTarget;
    if (passes === 2 && sender > 0) interval = Math.min(interval, sender);
  }
  if (minLoopsPerMixPerSecond > 0) {
    interval = Math.min(interval, (passes * MICROS_PER_SECOND) / (minLoopsPerMixPerSecond * share));
  }
  return interval;
}

/** {@link loopIntervalMicros} as loops per second of one node, for people to read; 0 while no loop can be laid. */
export function loopRate(topology: LoopTopology): number {
  const interval = loopIntervalMicros(topology);
  return interval === undefined ? 0 : MICROS_PER_SECOND / interval;
}

/** Behind by more than this, a clock goes on from now: a process that slept owes no burst. */
export const LOOP_BACKLOG_MICROS: number = MICROS_PER_SECOND;

/** A Poisson clock: when a node sends its loops. It hears of nothing but its own draws and the public rate. */
export class LoopClock {
  readonly #rng: Rng;
  #intervalMicros: number | undefined;
  #nextAt: Instant | undefined;

  /** Stands still until it is given an interval. */
  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** When the next loop is due; undefined while the clock stands. */
  get nextAt(): Instant | undefined {
    return this.#nextAt;
  }

  /**
   * Sets the mean interval, µs, or stops the clock with undefined. A changed interval draws anew
   * from `now`, which the missing memory of the exponential allows; the same one changes nothing.
   */
  setInterval(now: Instant, intervalMicros: number | undefined): void {
    if (intervalMicros === this.#intervalMicros) return;
    this.#intervalMicros = intervalMicros;
    this.#nextAt = intervalMicros === undefined ? undefined : this.#draw(now, intervalMicros);
  }

  /** Whether a loop is due at `now`; each true takes one. The next is drawn from the due time, so a late call costs no loop. */
  popDue(now: Instant): boolean {
    const due = this.#nextAt;
    if (due === undefined || due > now || this.#intervalMicros === undefined) return false;
    const from = now - due > LOOP_BACKLOG_MICROS ? now : due;
    this.#nextAt = this.#draw(from, this.#intervalMicros);
    return true;
  }

  #draw(from: Instant, intervalMicros: number): Instant {
    return after(from, exponentialMicros(this.#rng, intervalMicros));
  }
}
