import { LINK_REASONS, PACKET_REASONS } from '@sotto/mixing';
import { MICROS_PER_MS, MICROS_PER_SECOND } from '@sotto/wire';
import { Gauge, Registry } from 'prom-client';
import type { NodeStatus } from './node-status.ts';

/** The page shows the figures of a moment that no reader chooses, and new ones this much later, ms. */
export const METRICS_MILLIS = 60_000;

/**
 * Counts of packets are shown in whole hundreds. The grid alone leaves sums over a minute, and with
 * every count exact they would add up (Spec 05 §7): who sees the links as well would have the
 * number of messages that ended here, or were answered from here, to the last one.
 */
const STEP = 100;
/**
 * Packets in the pool, in whole tens: who has filled or emptied a pool with packets of his own, the
 * n−1 attack, would read from it whether the one that he follows is in it.
 */
const POOL_STEP = 10;

interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const each = (label: string, counts: Readonly<Record<string, number>>): Row[] =>
  Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));

const rounded = (value: number, step: number): number => value - (value % step);

/** To the nearest step; tenths without the rest that a division leaves. */
const inSteps = (value: number, step: number): number =>
  Number((Math.round(value / step) * step).toFixed(1));

/** {@link each}, in whole steps. */
const eachRounded = (label: string, counts: Readonly<Record<string, number>>): Row[] =>
  each(label, counts).map(({ labels, value }) => ({ labels, value: rounded(value, STEP) }));

const one = (value: number): Row[] => [{ labels: {}, value }];

/**
 * Reasons that say how the node and its links fare, exact: an operator acts on the first of them.
 * What they count is a matter of load, or of a neighbour's link.
 */
const EXACT_DROPS: ReadonlySet<string> = new Set([
  'replay-filter-full',
  'pool-full',
  'frame-length',
  'client-rate',
  'stopping',
  'unknown-loop',
  'receipt-invalid',
  'preface',
  'link-network',
  'link-kind',
  'link-stranger',
  'link-plan',
  'announce-refused',
  ...LINK_REASONS,
]);
const PACKETS: ReadonlySet<string> = new Set(PACKET_REASONS);

/**
 * Refusals by reason. Of packets that do not open in hundreds: a single `inner-body-mac` would tell
 * who has changed a packet on its way that it came here (tagging). Of the services' requests as one,
 * in hundreds: a full guard's box or alias is one person's, and a full stash one person's greetings.
 * Reasons that are added later are of this kind until somebody has thought about them.
 */
function drops(counts: Readonly<Record<string, number>>): Row[] {
  let service = 0;
  const shown: Record<string, number> = {};
  for (const [reason, count] of Object.entries(counts)) {
    if (EXACT_DROPS.has(reason)) shown[reason] = count;
    else if (PACKETS.has(reason)) shown[reason] = rounded(count, STEP);
    else service += count;
  }
  return each('reason', { ...shown, service: rounded(service, STEP) });
}

/**
 * Own loops, and everything else as one: single kinds are single acts of a person (`deliver` is mail
 * in a client's box, `greet` somebody who makes himself known), which the cover among the rest hides.
 */
function terminals({ loop, ...others }: Readonly<Record<string, number>>): Row[] {
  const other = Object.values(others).reduce((sum, count) => sum + count, 0);
  return eachRounded('kind', { loop: loop ?? 0, other });
}

const CLASSES = ['fast', 'slow'] as const;
const HALVES = ['sender', 'recipient'] as const;

function strata(
  status: NodeStatus,
  figure: 'held' | 'meanHeld' | 'meanHeldMicros',
  step: number,
): Row[] {
  return CLASSES.flatMap((delayClass) =>
    HALVES.map((half) => ({
      labels: { class: delayClass, half },
      value: inSteps(status.relay.pool.strata[delayClass][half][figure], step),
    })),
  );
}

/**
 * Name, help, labels and where the figure stands. What is not said to be rounded or merged is a
 * sum, a mean or a state of the node as a whole, in which no packet stands alone: the grid suffices.
 */
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
    (s) => eachRounded('from', s.relay.received),
  ],
  [
    'packets_sent_total',
    'Packets handed to links, frames to clients',
    ['to'],
    // A client's frames as one: mail beside filler would tell what the constant downlink hides.
    ({ relay: { sent } }) =>
      eachRounded('to', { link: sent.link, client: sent.mail + sent.filler }),
  ],
  [
    'link_packets',
    'Packets on links to other nodes: sent, of them again, waiting for a receipt; receipts sent',
    ['kind'],
    // Sent again and waiting are how links fare; the rest is the packets above once more.
    ({ relay: { links } }) => [
      ...eachRounded('kind', { packets: links.packets, receipts: links.receipts }),
      ...each('kind', { again: links.again, waiting: links.waiting }),
    ],
  ],
  [
    'loops_total',
    'Own loops by what became of them',
    ['outcome'],
    // Own, so nobody's: exact.
    (s) => each('outcome', { ...s.relay.loops }),
  ],
  ['terminals_total', 'Ends of paths at this node', ['kind'], (s) => terminals(s.relay.terminals)],
  [
    'drops_total',
    'Packets and requests refused by the core',
    ['reason'],
    (s) => drops(s.relay.drops),
  ],
  [
    'transport_refusals_total',
    'What the transport dropped or refused',
    ['reason'],
    // Connections and their ends, which whoever sees them sees anyway: the grid suffices.
    (s) => each('reason', s.transport),
  ],
  [
    'shell_refusals_total',
    'What lies between core and transport',
    ['reason'],
    (s) => each('reason', s.shell),
  ],
  [
    'pool_packets',
    'Packets held, to the nearest ten',
    ['class', 'half'],
    (s) => strata(s, 'held', POOL_STEP),
  ],
  [
    'pool_packets_mean',
    'Time average of packets held since the start',
    ['class', 'half'],
    // Times the uptime it is a sum over single packets, were it exact.
    (s) => strata(s, 'meanHeld', 0.1),
  ],
  [
    'pool_delay_mean_micros',
    'Mean time that packets were held, µs',
    ['class', 'half'],
    (s) => strata(s, 'meanHeldMicros', MICROS_PER_MS),
  ],
  [
    'links',
    'Links to other nodes by state',
    ['state'],
    ({ links: { up, opening, down } }) => each('state', { up, opening, down }),
  ],
  // Coming and going shows on the wire; the grid keeps it from being told to the second here.
  ['clients', 'Clients attached', [], (s) => one(s.links.clients)],
  ['nodes', 'Nodes known, this one included', [], (s) => one(s.relay.nodes)],
  ['gossip_neighbours', 'Neighbours in the gossip', [], (s) => one(s.gossipNeighbours)],
  // One each packet that opens: the packets once more.
  ['replay_tags', 'Replay tags held', [], (s) => one(rounded(s.relay.replayTags, STEP))],
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
  [
    'clock_ahead_seconds',
    'How far the clock is ahead of other nodes: median; absent before three were heard',
    [],
    ({ clock: { aheadMicros } }) =>
      aheadMicros === null ? [] : one(Math.round(aheadMicros / MICROS_PER_SECOND)),
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
  [
    'uptime_seconds',
    'Time from the start to when these figures were taken',
    [],
    (s) => one(s.uptimeSeconds),
  ],
];

/**
 * The figures of a status in Prometheus's text form, coarse enough to link nothing (Spec 13 §5).
 * Counts that only grow are set, not added up here, so they are gauges to the library; the name says
 * what they are.
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

/**
 * The Prometheus page: figures as they were at the start and at every {@link METRICS_MILLIS} after
 * it. They are taken by a timer, asked or not: taken when somebody asks, two readers just before and
 * after a step would see what one second brought, a message perhaps.
 */
export class MetricsPage {
  readonly #status: () => NodeStatus;
  readonly #timer: ReturnType<typeof setInterval>;
  #text: Promise<string>;

  /** Takes the first figures. */
  constructor(status: () => NodeStatus) {
    this.#status = status;
    this.#text = prometheusText(status());
    this.#timer = setInterval(() => this.#take(), METRICS_MILLIS);
    this.#timer.unref();
  }

  /** The page now. */
  text(): Promise<string> {
    return this.#text;
  }

  /** Takes no more. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #take(): void {
    this.#text = prometheusText(this.#status());
  }
}
