import { Gauge, Registry } from 'prom-client';
import type { NodeStatus } from './node-status.ts';

interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const each = (label: string, counts: Readonly<Record<string, number>>): Row[] =>
  Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));

const one = (value: number): Row[] => [{ labels: {}, value }];

const CLASSES = ['fast', 'slow'] as const;
const HALVES = ['sender', 'recipient'] as const;

function strata(status: NodeStatus, figure: 'held' | 'meanHeld' | 'meanHeldMicros'): Row[] {
  return CLASSES.flatMap((delayClass) =>
    HALVES.map((half) => ({
      labels: { class: delayClass, half },
      value: status.relay.pool.strata[delayClass][half][figure],
    })),
  );
}

/** Name, help, labels and where the figure stands. */
const FIGURES: readonly (readonly [
  name: string,
  help: string,
  labels: readonly string[],
  rows: (status: NodeStatus) => readonly Row[],
])[] = [
  [
    'packets_received_total',
    'Packets by where they came from',
    ['from'],
    (s) => each('from', s.relay.received),
  ],
  [
    'packets_sent_total',
    'Packets handed to links, frames to clients',
    ['to'],
    (s) => each('to', s.relay.sent),
  ],
  [
    'link_packets',
    'Packets on links to other nodes: sent, of them again, waiting for a receipt; receipts sent',
    ['kind'],
    (s) => each('kind', s.relay.links),
  ],
  [
    'loops_total',
    'Own loops by what became of them',
    ['outcome'],
    (s) => each('outcome', { ...s.relay.loops }),
  ],
  [
    'terminals_total',
    'Ends of paths at this node',
    ['kind'],
    (s) => each('kind', s.relay.terminals),
  ],
  [
    'drops_total',
    'Packets and requests refused by the core',
    ['reason'],
    (s) => each('reason', s.relay.drops),
  ],
  [
    'transport_refusals_total',
    'What the transport dropped or refused',
    ['reason'],
    (s) => each('reason', s.transport),
  ],
  [
    'shell_refusals_total',
    'What lies between core and transport',
    ['reason'],
    (s) => each('reason', s.shell),
  ],
  ['pool_packets', 'Packets held now', ['class', 'half'], (s) => strata(s, 'held')],
  [
    'pool_packets_mean',
    'Time average of packets held since the start',
    ['class', 'half'],
    (s) => strata(s, 'meanHeld'),
  ],
  [
    'pool_delay_mean_micros',
    'Mean time that packets were held, µs',
    ['class', 'half'],
    (s) => strata(s, 'meanHeldMicros'),
  ],
  [
    'links',
    'Links to other nodes by state',
    ['state'],
    ({ links: { up, opening, down } }) => each('state', { up, opening, down }),
  ],
  ['clients', 'Clients attached', [], (s) => one(s.links.clients)],
  ['nodes', 'Nodes known, this one included', [], (s) => one(s.relay.nodes)],
  ['gossip_neighbours', 'Neighbours in the gossip', [], (s) => one(s.gossipNeighbours)],
  ['replay_tags', 'Replay tags held', [], (s) => one(s.relay.replayTags)],
  [
    'replay_filter_bytes',
    'Memory of the replay filters, bytes',
    [],
    (s) => one(s.relay.replayFilterBytes),
  ],
  ['alarms', 'Alarms of nodes, links or own inputs that stand', [], (s) => one(s.relay.alarms)],
  [
    'delay_factor',
    'Factor of the mean delays: 1, 4 under attack',
    [],
    (s) => one(s.relay.slowdown),
  ],
  [
    'pool_lateness_p99_micros',
    'How late packets leave, 99 of 100 of the last ten seconds, µs',
    [],
    (s) => one(s.relay.pool.p99LatenessMicros),
  ],
  [
    'clock_confirmed',
    '1 when descriptors of others confirm the clock; else no mail expires',
    [],
    (s) => one(s.relay.clockConfirmed ? 1 : 0),
  ],
  ['epoch', 'Epoch', [], (s) => one(s.relay.epoch)],
  [
    'wake_lateness_p99_micros',
    'How late the core is woken, µs',
    [],
    (s) => one(s.lateness.p99Micros),
  ],
  [
    'tag_write_p99_micros',
    'How long the disk takes to have replay tags, 99 of 100 writes, µs',
    [],
    (s) => one(s.tagWrites.p99Micros),
  ],
  ['process_resident_bytes', 'Memory of the process', [], (s) => one(s.process.rssBytes)],
  [
    'process_cpu_seconds_total',
    'Processor time of the process',
    [],
    (s) => one(s.process.cpuSeconds),
  ],
  ['uptime_seconds', 'Time since the start', [], (s) => one(s.uptimeSeconds)],
];

/**
 * The figures of a status in Prometheus's text form. Counts that only grow are set, not added up
 * here, so they are gauges to the library; the name says what they are.
 */
export async function prometheusText(status: NodeStatus): Promise<string> {
  const registry = new Registry();
  for (const [name, help, labelNames, rows] of FIGURES) {
    const gauge = new Gauge({
      name: `sotto_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
    });
    for (const { labels, value } of rows(status)) gauge.set(labels, value);
  }
  return registry.metrics();
}
