// What the demo reads off the nodes: differences of their own counters between two moments.
import type { NodeStatus } from '@sotto/node';

type Stratum = NodeStatus['relay']['pool']['strata']['fast']['sender'];

/** Statuses by node number; a node that does not answer is left out. */
export type Reading = ReadonlyMap<number, NodeStatus>;

const strataOf = (status: NodeStatus): Stratum[] => {
  const { sender, recipient } = status.relay.pool.strata.fast;
  // Layer 3 carries the recipient's half alone: what it holds of the other is its guard's role.
  return status.relay.layer === 3 ? [recipient] : [sender, recipient];
};

/** The earlier status, unless the node was started again since: its counters began anew. */
const sameRun = (earlier: NodeStatus | undefined, later: NodeStatus): NodeStatus | undefined =>
  earlier?.pid === later.pid ? earlier : undefined;

/** Mean time that packets of the fast class were really held at a hop between two readings, ms. */
export function meanHopDelayMs(before: Reading, after: Reading): number {
  let micros = 0;
  let released = 0;
  for (const [i, later] of after) {
    const earlier = sameRun(before.get(i), later);
    if (earlier === undefined) continue;
    for (const half of ['sender', 'recipient'] as const) {
      const a = earlier.relay.pool.strata.fast[half];
      const b = later.relay.pool.strata.fast[half];
      micros += Number(BigInt(b.heldMicros) - BigInt(a.heldMicros));
      released += b.released - a.released;
    }
  }
  return released === 0 ? 0 : micros / released / 1000;
}

/** Packets of the fast class that the emptiest mix held on time average, in the emptier half of its layer. */
export function lowestMeanPool(before: Reading, after: Reading): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const [i, later] of after) {
    const earlier = sameRun(before.get(i), later);
    if (earlier === undefined) continue;
    const micros = later.relay.pool.elapsedMicros - earlier.relay.pool.elapsedMicros;
    const strata = strataOf(earlier);
    for (const [k, stratum] of strataOf(later).entries()) {
      const occupancy = BigInt(stratum.occupancy) - BigInt(strata[k]?.occupancy ?? '0');
      lowest = Math.min(lowest, Number(occupancy) / micros);
    }
  }
  return Number.isFinite(lowest) ? lowest : 0;
}

/** Loops that the nodes sent since their start. */
export const nodeLoops = (reading: Reading): number =>
  [...reading.values()].reduce((sum, status) => sum + status.relay.loops.sent, 0);

/** The `share` quantile of a list of times, ms; undefined of an empty one. */
export function quantile(times: readonly number[], share: number): number | undefined {
  const sorted = times.toSorted((a, b) => a - b);
  const at = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  return at === undefined ? undefined : Math.round(at);
}
