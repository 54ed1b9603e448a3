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
 * A layer is passed once in each half (layer 3 in one), so with N nodes, M mixes in the layer,
 * fast share f and mean τ: rate = max over layers of max(poolTarget·M / (N·f·τ), minLoops·M / (N·passes)).
 *
 * @returns undefined while a layer has no mix, so that no loop can be laid, or when the parameters ask for none. At least 1 µs.
 * @throws RangeError when `nodes` is not a positive integer.
 */
export function loopIntervalMicros(topology: LoopTopology): number | undefined {
  const { parameters, mixesInLayer, nodes } = topology;
  const { fastMeanMicros, poolTarget, minLoopsPerMixPerSecond, slowShare } = parameters;
  if (!Number.isSafeInteger(nodes) || nodes < 1)
    throw new RangeError(`"nodes" expected a positive integer, got ${nodes}`);
  const fastMicros = (nodes * (65_536 - slowShare) * fastMeanMicros) / 65_536;
  let interval = Number.MAX_SAFE_INTEGER;
  for (const [layer, passes] of PASSES.entries()) {
    const mixes = mixesInLayer[layer] ?? 0;
    if (mixes < 1) return undefined;
    // A mean of zero holds nothing at any rate: no reason to send.
    if (poolTarget > 0 && fastMicros > 0)
      interval = Math.min(interval, Math.floor(fastMicros / (poolTarget * mixes)));
    if (minLoopsPerMixPerSecond > 0) {
      const micros = nodes * passes * MICROS_PER_SECOND;
      interval = Math.min(interval, Math.floor(micros / (minLoopsPerMixPerSecond * mixes)));
    }
  }
  if (interval === Number.MAX_SAFE_INTEGER) return undefined;
  const balanced = balancedInterval(parameters);
  const least = Math.max(1, Math.floor(balanced / 2));
  return Math.min(Math.max(interval, least), Math.max(1, Math.floor(2 * balanced)));
}

/** The interval of a network whose layers are equal and whose nodes are all guards, µs. */
function balancedInterval(parameters: LoopParameters): number {
  const { fastMeanMicros, poolTarget, minLoopsPerMixPerSecond, slowShare } = parameters;
  const byPool = (3 * (65_536 - slowShare) * fastMeanMicros) / 65_536 / poolTarget;
  return minLoopsPerMixPerSecond === 0
    ? byPool
    : Math.min(byPool, (3 * MICROS_PER_SECOND) / minLoopsPerMixPerSecond);
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
