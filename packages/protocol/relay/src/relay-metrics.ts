import type { LoopTracker, Pool } from '@sotto/mixing';
import type { Instant } from '@sotto/wire';
import type { EpochKeys } from './epoch-keys.ts';
import type { OutboundLinks } from './outbound-links.ts';
import type { PacketWork } from './packet-work.ts';
import type { RelayMetrics } from './relay-io.ts';

/** What a relay counts of packets and frames by itself. */
export const TRAFFIC = ['link', 'client', 'own', 'sent', 'mail', 'filler', 'receipt'] as const;

/** Where a relay's figures stand. */
export interface MetricSources extends Pick<
  RelayMetrics,
  'drops' | 'clients' | 'clockConfirmed' | 'nodes' | 'epoch' | 'layer'
> {
  readonly traffic: Readonly<Record<(typeof TRAFFIC)[number], number>>;
  readonly pool: Pool;
  readonly keys: EpochKeys;
  readonly loops: LoopTracker;
  readonly outbound: OutboundLinks;
  readonly packets: PacketWork;
}

/** Figures of a node since its start, out of its parts. */
export function relayMetrics(now: Instant, sources: MetricSources): RelayMetrics {
  const { traffic, pool, keys, loops, outbound, packets, ...rest } = sources;
  return {
    ...rest,
    received: {
      link: traffic.link,
      client: traffic.client,
      own: traffic.own,
      run: packets.runs,
    },
    sent: { link: traffic.sent, mail: traffic.mail, filler: traffic.filler },
    links: {
      packets: outbound.counts.frames,
      again: outbound.counts.again,
      receipts: traffic.receipt,
      waiting: outbound.held,
      unsent: outbound.unsent,
    },
    loops: loops.counts,
    alarms: loops.standing,
    slowdown: loops.slowdown,
    terminals: packets.terminals,
    pool: pool.statistics(now),
    held: pool.size,
    replayTags: keys.tags,
    replayFilterBytes: keys.filterBytes,
  };
}
