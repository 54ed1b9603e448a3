// What must hold of a network that has run for a while, read off its nodes' own figures.
import { PACKET_REASONS } from '@sotto/mixing';
import type { NodeStatus } from '@sotto/node';

type Relay = NodeStatus['relay'];

/** What is looked at of one node. */
export interface SoakStatus {
  readonly pid: number;
  readonly process: Pick<NodeStatus['process'], 'rssBytes'>;
  readonly relay: Pick<
    Relay,
    'received' | 'sent' | 'held' | 'terminals' | 'drops' | 'loops' | 'alarms' | 'nodes'
  >;
}

/** All nodes at one moment; a node that does not answer is undefined. */
export interface Sample {
  /** Since the network was ready. */
  readonly seconds: number;
  readonly nodes: readonly (SoakStatus | undefined)[];
}

/** What a soak left behind. */
export interface Course {
  readonly samples: readonly Sample[];
  /** From here on nothing was disturbed, and all that a disturbance took has been given up. */
  readonly quietFromSeconds: number;
  readonly messagesSent: number;
  readonly messagesReceived: number;
}

/** Megabytes a minute that a node may grow by (design.md §9) … */
const SLOPE_LIMIT = 1;
/** … over the last two thirds of its life, when that is at least so long: of 15 minutes it is, but for a sample. */
const LEAST_SLOPE_MINUTES = 9.5;
const WARM_SHARE = 1 / 3;
/** Packets held in a network that only covers: a hundred times fewer than fit. */
const HELD_LIMIT = 2000;
/** Own loops of a quiet time that may be missing: a machine that is held up makes some late. */
const LOST_SHARE = 0.01;

/** Slope of the least-squares line; 0 of fewer than two points. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const n = points.length;
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / n;
  const [x, y] = [mean(0), mean(1)];
  const spread = points.reduce((sum, [px]) => sum + (px - x) ** 2, 0);
  return spread === 0 || n < 2
    ? 0
    : points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0) / spread;
}

/** Resident memory of node `i` by the minute, of its present life. */
function memory(samples: readonly Sample[], i: number): (readonly [number, number])[] {
  const pid = samples.at(-1)?.nodes[i]?.pid;
  return samples.flatMap(({ seconds, nodes }) => {
    const status = nodes[i];
    return status === undefined || status.pid !== pid
      ? []
      : [[seconds / 60, status.process.rssBytes / 2 ** 20] as const];
  });
}

/** Megabytes a minute of each node over the last two thirds of its life, and whether that is long enough to judge. */
export function memorySlopes(
  samples: readonly Sample[],
): readonly { readonly slope: number; readonly judged: boolean }[] {
  return (samples.at(-1)?.nodes ?? []).map((_, i) => {
    const all = memory(samples, i);
    const start = all[0]?.[0] ?? 0;
    const end = all.at(-1)?.[0] ?? 0;
    const from = start + (end - start) * WARM_SHARE;
    return {
      slope: slope(all.filter(([minute]) => minute >= from)),
      judged: end - from >= LEAST_SLOPE_MINUTES,
    };
  });
}

/** Whether every packet is accounted for (Spec 05 §7). */
function addsUp({ received, sent, held, terminals, drops }: SoakStatus['relay']): boolean {
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  const dropped = PACKET_REASONS.reduce((total, reason) => total + (drops[reason] ?? 0), 0);
  return sum(received) === sent.link + held + sum(terminals) + dropped;
}

/** What does not hold; empty when all is well. */
export function broken(course: Course): string[] {
  const { samples, quietFromSeconds, messagesSent, messagesReceived } = course;
  const found = new Set<string>();
  for (const { nodes } of samples) {
    for (const [i, status] of nodes.entries()) {
      if (status !== undefined && !addsUp(status.relay)) found.add(`node ${i}: sums`);
    }
  }
  const quiet = samples.filter(({ seconds }) => seconds >= quietFromSeconds);
  const first = quiet[0];
  const last = quiet.at(-1);
  if (first === undefined || last === undefined || first === last) {
    return [...found, 'the quiet time has no two samples'];
  }
  for (const [i, status] of last.nodes.entries()) {
    const before = first.nodes[i];
    if (status === undefined || before === undefined) {
      found.add(`node ${i}: does not answer`);
      continue;
    }
    const { loops, held, nodes } = status.relay;
    const returned = loops.returned - before.relay.loops.returned;
    const { lost, garbled } = before.relay.loops;
    const missing = loops.lost + loops.garbled - lost - garbled;
    if (returned < 1) found.add(`node ${i}: no loops come back`);
    if (missing > LOST_SHARE * returned) found.add(`node ${i}: loops are lost`);
    if (held > HELD_LIMIT) found.add(`node ${i}: its pool does not drain`);
    if (nodes !== last.nodes.length) found.add(`node ${i}: does not know all`);
    if (quiet.every((sample) => (sample.nodes[i]?.relay.alarms ?? 0) > 0)) {
      found.add(`node ${i}: its alarm stands`);
    }
  }
  for (const [i, { slope: grows, judged }] of memorySlopes(samples).entries()) {
    if (judged && grows > SLOPE_LIMIT) found.add(`node ${i}: memory grows`);
  }
  if (messagesReceived < messagesSent) found.add('messages are missing');
  return [...found];
}
