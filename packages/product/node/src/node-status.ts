import type { Lateness } from '@sotto/wire';
import type { RelayMetrics } from '@sotto/relay';
import type { ClockFinding } from './clock-comparison.ts';
import type { Machine, NodeLimits } from './self-check.ts';

/** As JSON shows it: exact sums, which are bigints, as decimal strings. */
export type Plain<T> = T extends bigint
  ? string
  : T extends object
    ? { readonly [K in keyof T]: Plain<T[K]> }
    : T;

/**
 * What `/status` and `sotto status --json` show of a node, as of now. It names nobody; but two of
 * them a second apart tell when a client got mail, so it is for the owner of the data folder alone.
 */
export interface NodeStatus {
  /** 16 bytes in hex. */
  readonly name: string;
  /** Ed25519, 32 bytes in hex. */
  readonly identityKey: string;
  /** Addresses with the peer id, as `--bootstrap` takes them. */
  readonly addresses: readonly string[];
  /** 16 bytes in hex: whose parameters and geometry it shares. */
  readonly networkId: string;
  readonly pid: number;
  /** `stopping` from the call that ends it on; `failed` when it can store no more or has met a fault of its own. */
  readonly state: 'up' | 'stopping' | 'failed';
  /** Whether it stands in its own list of nodes, and not as one that leaves. */
  readonly listed: boolean;
  /** Its clock beside those of others (Spec 13 §2.2). */
  readonly clock: {
    /** Others whose words count. */
    readonly compared: number;
    /** Null before three others have spoken. */
    readonly finding: ClockFinding | null;
    /** Median of how far it is ahead, µs; below 0 when behind; null before three others have spoken. */
    readonly aheadMicros: number | null;
  };
  readonly uptimeSeconds: number;
  /** Of the process, which may run several nodes. */
  readonly process: {
    readonly rssBytes: number;
    readonly heapUsedBytes: number;
    readonly cpuSeconds: number;
  };
  /** The machine as it was measured at the start, and the bounds that follow from it. */
  readonly machine: Machine & NodeLimits;
  /** How late the core was woken, µs. */
  readonly lateness: PlainTimes;
  /** How long a write of replay tags took until the disk had it, µs. */
  readonly tagWrites: PlainTimes;
  /** Links to other nodes that this one opened, by state, and links of clients. */
  readonly links: {
    readonly up: number;
    readonly opening: number;
    readonly down: number;
    readonly clients: number;
  };
  readonly gossipNeighbours: number;
  /** What the n−1 alarm says now: on whose way loops are lost, late or changed. */
  readonly alarms: readonly {
    /** A node, a link between two, or all that comes in here. */
    readonly subject: 'node' | 'link' | 'self';
    /** Hex name; of a link both, with '>' between. */
    readonly key: string;
    /** Links of the subject that are most suspect. */
    readonly suspects: readonly string[];
  }[];
  /** The core's figures. */
  readonly relay: Plain<RelayMetrics>;
  /** Drops and refusals of the transport, by reason. */
  readonly transport: Readonly<Record<string, number>>;
  /** Drops and refusals of the shell between them, by reason. */
  readonly shell: Readonly<Record<string, number>>;
}

/** A histogram of times since the start, in figures. */
export interface PlainTimes {
  readonly count: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly maxMicros: number;
}

/** The figures of a histogram. */
export const plainTimes = (times: Lateness): PlainTimes => ({
  count: times.count,
  p50Micros: times.quantile(0.5),
  p99Micros: times.quantile(0.99),
  maxMicros: times.maxMicros,
});

/** Bigints of the statistics of one delay class and half as decimal strings. */
function plainStratum<S extends { occupancy: bigint; drawnMicros: bigint; heldMicros: bigint }>(
  stratum: S,
): Omit<S, 'occupancy' | 'drawnMicros' | 'heldMicros'> & {
  readonly occupancy: string;
  readonly drawnMicros: string;
  readonly heldMicros: string;
} {
  return {
    ...stratum,
    occupancy: String(stratum.occupancy),
    drawnMicros: String(stratum.drawnMicros),
    heldMicros: String(stratum.heldMicros),
  };
}

/** The core's figures as JSON can hold them. */
export function plainMetrics(metrics: RelayMetrics): Plain<RelayMetrics> {
  const { fast, slow } = metrics.pool.strata;
  return {
    ...metrics,
    pool: {
      ...metrics.pool,
      latenessMicros: String(metrics.pool.latenessMicros),
      strata: {
        fast: { sender: plainStratum(fast.sender), recipient: plainStratum(fast.recipient) },
        slow: { sender: plainStratum(slow.sender), recipient: plainStratum(slow.recipient) },
      },
    },
  };
}

/** Memory and processor time of this process. */
export function processFigures(): NodeStatus['process'] {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return { rssBytes: rss, heapUsedBytes: heapUsed, cpuSeconds: (user + system) / 1e6 };
}
