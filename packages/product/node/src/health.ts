import { ALARM_SLOWDOWN, LOOP_DEADLINE_MEANS, LOOP_LINK_ALLOWANCE_MICROS } from '@sotto/mixing';
import { MICROS_PER_MS } from '@sotto/wire';
import type { NodeStatus } from './node-status.ts';

/** Why a node does not serve (Spec 13 §5.1). */
export type HealthReason =
  /** It was asked to end. */
  | 'stopping'
  /** It can store no more, or has met a fault of its own, and ends. */
  | 'failed'
  /** It has not been healthy yet. */
  | 'starting'
  /** It does not stand in its own list: its descriptor has run out, or finds no room. */
  | 'not-listed'
  /** It knows nobody else. */
  | 'no-other-node'
  /** It sends loops, and none has come back for {@link quietMillis}. */
  | 'no-loop-back';

/** How often figures are looked at when nobody asks, ms. */
export const HEALTH_MILLIS = 10_000;
/** Loops that were sent since one came back, at least, before their absence says something. */
const LEAST_LOOPS = 10;
const LEAST_QUIET_MILLIS = 120_000;
const HOPS = 7;

/**
 * For how long no loop may come back, ms: two minutes, or as long as a fast one may take where
 * delays are longer, stretched as they are under attack.
 *
 * @param fastMeanMicros - of the network's parameters.
 */
export function quietMillis(fastMeanMicros: number): number {
  const longest =
    HOPS * LOOP_DEADLINE_MEANS * fastMeanMicros * ALARM_SLOWDOWN + LOOP_LINK_ALLOWANCE_MICROS;
  return Math.max(LEAST_QUIET_MILLIS, Math.ceil(longest / MICROS_PER_MS));
}

/**
 * Whether a node does what it is there for, from its figures. Alarms do not count, its own neither:
 * whoever attacks a node raises them at will, and must not have it taken out of service that way.
 */
export class Health {
  readonly #quietMillis: number;
  #wasUp = false;
  /** Loops when one last came back, and when the first was sent after it. */
  #returned = -1;
  #sent = 0;
  #since = 0;

  /** Nothing was looked at yet. */
  constructor(quiet: number) {
    this.#quietMillis = quiet;
  }

  /**
   * Looks at figures; at least every {@link HEALTH_MILLIS}, or a return is noticed late.
   *
   * @param nowMillis - since any fixed moment; never decreases.
   * @returns what is wrong: nothing of a healthy node.
   */
  look(nowMillis: number, { state, listed, relay }: NodeStatus): readonly HealthReason[] {
    const { sent, returned } = relay.loops;
    if (returned !== this.#returned || sent === this.#sent) {
      this.#returned = returned;
      this.#sent = sent;
      this.#since = nowMillis;
    }
    if (state !== 'up') return [state];
    const why: HealthReason[] = [];
    if (!listed) why.push('not-listed');
    if (relay.nodes <= (listed ? 1 : 0)) why.push('no-other-node');
    const quiet = nowMillis - this.#since > this.#quietMillis && sent - this.#sent >= LEAST_LOOPS;
    if (quiet) why.push('no-loop-back');
    this.#wasUp ||= why.length === 0;
    return this.#wasUp ? why : ['starting', ...why];
  }
}
