/**
 * Whether a node under load grows: 3,500 packets a second by one link, for 15 minutes, its memory every
 * ten seconds. A line through the last ten minutes says how much it grows a minute; before, V8 takes
 * its size. The replay filter must grow, by 3.33 bytes a packet: it is told apart. Packets are built
 * while it runs, or they would take gigabytes. `SOTTO_BENCH_MINUTES` sets another time.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { slope } from '../tools/soak/judge.ts';
import { dropsBetween, loopsOut, send } from './node-load.ts';
import { type Around, type LoadPlan, openLinks, sleep, withNode } from './node-neighbours.ts';
import { newNodeKeys } from './node-packets.ts';
import type { PacketOrder } from './packet-maker.ts';
import { round, type Row } from './row.ts';
import { runtime } from './runtime.ts';

const MINUTES = Number(process.env['SOTTO_BENCH_MINUTES'] ?? 15);
/** Of them, the last are judged. */
const JUDGED_SHARE = 2 / 3;
/** Half of what a node takes where one X25519 takes 50 µs; many more cannot be built beside it on two cores. */
const PER_SECOND = 3500;
const OUTBOUND = 4;
/** Five seconds of them. */
const CHUNK_PACKETS = 5 * PER_SECOND;
const SAMPLE_MILLIS = 10_000;
const SETTLE_MILLIS = 6000;

/** What the node took at a moment: all of it, and the tables of its replay filter. */
interface Sample {
  readonly minute: number;
  readonly megabytes: number;
  readonly filterMegabytes: number;
}

/** Gives chunks of packets, each built while the one before is sent. */
class Maker {
  readonly #thread: Worker;
  #next: Promise<Uint8Array>;

  constructor(order: PacketOrder) {
    this.#thread = new Worker(new URL('packet-maker.ts', import.meta.url), { workerData: order });
    this.#next = this.#order();
  }

  async take(): Promise<Uint8Array> {
    const chunk = await this.#next;
    this.#next = this.#order();
    return chunk;
  }

  async stop(): Promise<void> {
    await this.#next;
    await this.#thread.terminate();
  }

  async #order(): Promise<Uint8Array> {
    this.#thread.postMessage('another');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the thread beside this one
    const [packets] = (await once(this.#thread, 'message')) as [Uint8Array];
    return packets;
  }
}

/** One row: megabytes a minute. */
export async function* memorySlopeBench(): AsyncGenerator<Row> {
  const keys = newNodeKeys(OUTBOUND);
  const maker = new Maker({ keys, count: CHUNK_PACKETS, outbound: OUTBOUND });
  const plan: LoadPlan = {
    keys,
    packets: new Uint8Array(0),
    transport: 'tls',
    inbound: 1,
    outbound: OUTBOUND,
    perSecond: PER_SECOND,
  };
  try {
    yield await withNode(plan, (around) => grow(plan, around, maker));
  } finally {
    await maker.stop();
  }
}

async function grow(plan: LoadPlan, { neighbours, node }: Around, maker: Maker): Promise<Row> {
  const links = await openLinks(plan, neighbours, node);
  const before = await node.status();
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 60_000;
  const samples: Sample[] = [];
  const look = async (): Promise<void> => {
    const minute = elapsed();
    const { process: figures, relay } = await node.status();
    const filterMegabytes = relay.replayFilterBytes / 1e6;
    samples.push({ minute, megabytes: figures.rssBytes / 1e6, filterMegabytes });
    process.stderr.write(
      `minute ${round(minute, 1)}: ${round(figures.rssBytes / 1e6, 0)} MB, filter ${round(filterMegabytes, 1)} MB, heap ${round(figures.heapUsedBytes / 1e6, 0)} MB, ${relay.held} held\n`,
    );
  };
  const watch = setInterval(() => void look(), SAMPLE_MILLIS);
  let sent = 0;
  while (elapsed() < MINUTES) {
    const packets = await maker.take();
    await send({ ...plan, packets }, links, neighbours.received, 0, CHUNK_PACKETS);
    sent += CHUNK_PACKETS;
  }
  clearInterval(watch);
  const seconds = elapsed() * 60;
  await sleep(SETTLE_MILLIS);
  const after = await node.status();
  const judged = samples.filter(({ minute }) => minute >= MINUTES * (1 - JUDGED_SHARE));
  const growth = (of: (sample: Sample) => number): number =>
    round(slope(judged.map((sample) => [sample.minute, of(sample)] as const)), 2);
  return {
    bench: 'memory-slope',
    metric: 'growth',
    value: growth(({ megabytes }) => megabytes),
    unit: 'MB/min',
    minutes: MINUTES,
    links: `1+${OUTBOUND}`,
    packets: sent,
    packetsPerSecond: round(sent / seconds, 0),
    lost: sent - (neighbours.received() - loopsOut(after)),
    drops: dropsBetween(before, after),
    withoutFilter: growth(({ megabytes, filterMegabytes }) => megabytes - filterMegabytes),
    megabytesFirst: round(judged[0]?.megabytes ?? 0, 0),
    megabytesLast: round(judged.at(-1)?.megabytes ?? 0, 0),
    runtime,
  };
}
