/**
 * What a whole node carries: `sotto node` as a process of its own, on real libp2p links, with its
 * replay filter, its metrics and its cover on. Distinct packets come in by some links and go out by
 * others; a packet counts when a neighbour has it. Per CPU-second of the node's whole process, so
 * that other work on the machine does not count.
 *
 * `SOTTO_BENCH_PACKETS` sets the number of packets, 300,000 unless set; `SOTTO_BENCH_LINKS` and
 * `SOTTO_BENCH_TRANSPORT` choose one set-up (`1+4`, `50+50`; `tls`, `noise`).
 */
import { availableParallelism } from 'node:os';
import { buildPackets, newNodeKeys } from './node-packets.ts';
import { type Figures, runLoad } from './node-load.ts';
import type { LoadPlan } from './node-neighbours.ts';
import { stagesOf } from './node-profile.ts';
import { median, round, type Row } from './row.ts';
import { runtime } from './runtime.ts';

const PACKETS = Number(process.env['SOTTO_BENCH_PACKETS'] ?? 300_000);
/** At half load, if the packets suffice: four windows of the node’s own figure lie within. */
const HALF_LOAD_SECONDS = 65;
/** Of the packets, for the profile. */
const SHORT_PASS = 0.2;

const chosen = <T extends string>(all: readonly T[], name: string): readonly T[] => {
  const wanted = process.env[name];
  return wanted === undefined ? all : all.filter((each) => each === wanted);
};

/** Rows of each transport and number of links. */
export async function* nodeBench(): AsyncGenerator<Row> {
  const keys = newNodeKeys(50);
  for (const links of chosen(['1+4', '50+50'], 'SOTTO_BENCH_LINKS')) {
    const [inbound = 1, outbound = 4] = links.split('+').map(Number);
    const packets = buildPackets(keys, PACKETS, outbound);
    for (const transport of chosen(['tls', 'noise'], 'SOTTO_BENCH_TRANSPORT')) {
      const plan: LoadPlan = { keys, packets, transport, inbound, outbound };
      const same = { bench: 'node', transport, links, cores: availableParallelism(), runtime };
      const full = await runLoad(plan);
      yield* fullRows(same, full);
      const perSecond = full.carried / full.seconds / 2;
      const share = Math.min(1, (HALF_LOAD_SECONDS * perSecond) / PACKETS);
      const half = await runLoad({ ...plan, perSecond, share });
      const windows = half.p99LatenessMicros.map((micros) => round(micros / 1000));
      yield {
        ...same,
        metric: 'p99LatenessAtHalfLoad',
        // The middle one of several windows of ten seconds: a host that takes turns from this
        // machine makes all packets of such a turn late, whatever runs here.
        value: round(median(windows)),
        unit: 'ms',
        windows: windows.join(' '),
        stolenPercent: half.stolenPercent,
        packetsPerSecond: round(half.carried / half.seconds, 0),
        wakeP99Millis: round(half.wakeP99Micros / 1000),
        tagWriteP50Millis: round(half.tagWriteMicros.p50Micros / 1000),
        tagWriteP99Millis: round(half.tagWriteMicros.p99Micros / 1000),
        // A disk that stops for longer than a packet's delay makes it late: its tag comes first.
        tagWriteMaxMillis: round(half.tagWriteMicros.maxMicros / 1000),
        neighboursGaveWay: half.neighboursGaveWay,
        lost: half.sent - half.carried,
        drops: half.drops,
      };
      const profiled = await runLoad({ ...plan, share: SHORT_PASS, profile: true });
      for (const { stage, micros } of await stagesOf(profiled)) {
        yield { ...same, metric: 'cpuPerPacket', value: round(micros, 1), unit: 'µs', stage };
      }
    }
  }
}

function* fullRows(same: Omit<Row, 'metric' | 'value' | 'unit'>, full: Figures): Generator<Row> {
  const { bench } = same;
  const cpuMicrosPerPacket = (full.cpuSeconds / full.carried) * 1e6;
  const more = {
    ...same,
    bench: String(bench),
    packets: PACKETS,
    carried: full.carried,
    lost: full.sent - full.carried,
  };
  yield {
    ...more,
    metric: 'packetsPerCpuSecond',
    value: round(full.carried / full.cpuSeconds, 0),
    unit: '1/s',
    cpuMicrosPerPacket: round(cpuMicrosPerPacket, 1),
    x25519Micros: full.x25519Micros,
    x25519PerPacket: round(cpuMicrosPerPacket / full.x25519Micros, 2),
    drops: full.drops,
  };
  yield {
    ...more,
    metric: 'packetsPerSecond',
    value: round(full.carried / full.seconds, 0),
    unit: '1/s',
  };
  yield {
    ...more,
    metric: 'residentMemory',
    value: round(full.rssBytes / 1e6, 0),
    unit: 'MB',
    heldAtMost: full.heldAtMost,
  };
}
