/**
 * What a node pays to peel one packet, in units of one X25519 of the same library (Spec 03 §5): the
 * node's own function with a real replay filter, over packets that are all distinct. Both kinds of
 * work alternate in one run, so that a busy or slow machine moves them together.
 */
import { randomFillSync } from 'node:crypto';
import { ReplayFilter } from '@sotto/mixing';
import { open as openNoble } from '@sotto/noble';
import { open as openNative } from '@sotto/sodium/native';
import { open as openWasm } from '@sotto/sodium/wasm';
import { type AcceptedKey, Builder, GEOMETRY, type HopKey, OFFSET, Peeler } from '@sotto/sphinx';
import { type CryptoSuite, POINT_BYTES } from '@sotto/suite';
import { randomBytes, type Rng } from '@sotto/wire';
import { median, round, type Row, runtime } from './row.ts';

const EPOCH = 300;
/** Operations of one kind in a row: long against the clock's grain, short against a change of load. */
const CHUNK = 50;
const rng: Rng = { fill: (out) => void randomFillSync(out) };

interface Plan {
  readonly open: () => Promise<CryptoSuite>;
  readonly packets: number;
  readonly rounds: number;
}

const plans: readonly Plan[] = [
  { open: openNative, packets: 4000, rounds: 9 },
  { open: openWasm, packets: 2000, rounds: 9 },
  { open: openNoble, packets: 200, rounds: 5 },
];

function newNode(suite: CryptoSuite): HopKey {
  const secret = randomBytes(rng, POINT_BYTES);
  const publicKey = new Uint8Array(POINT_BYTES);
  suite.x25519Base(publicKey, secret);
  return { secret, public: publicKey, epoch: EPOCH, nodeName: randomBytes(rng, 16) };
}

/** Packets for one node, each with two more hops behind it. */
function build(suite: CryptoSuite, key: HopKey, count: number): Uint8Array[] {
  const builder = new Builder(suite, rng);
  const others = [newNode(suite), newNode(suite)];
  const hops = [key, ...others].map((hop) => ({ name: hop.nodeName, routingKey: hop.public }));
  const terminal = { kind: 'arrive', service: 1 } as const;
  return Array.from({ length: count }, () =>
    builder.forward({
      hops,
      epoch: EPOCH,
      delayClass: 'fast',
      terminal,
      body: randomBytes(rng, GEOMETRY.bodyBytes),
    }),
  );
}

/** CPU time of the process so far, µs: waiting for a core that others use does not count. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** CPU time of one peel and of one X25519 over one pass through all packets, µs. */
function pass(
  suite: CryptoSuite,
  peeler: Peeler,
  key: HopKey,
  packets: readonly Uint8Array[],
): { readonly peel: number; readonly x25519: number } {
  const filter = new ReplayFilter({ suite, secret: key.secret, maxTags: 2 ** 20 });
  const accepted: AcceptedKey = { key, filter };
  const keyFor = (byte: number): AcceptedKey | undefined =>
    byte === EPOCH % 256 ? accepted : undefined;
  const shared = new Uint8Array(POINT_BYTES);
  // Peeling overwrites: each pass gets copies, made outside of the measured time.
  const copies = packets.map((packet) => packet.slice());
  const points = packets.map((packet) => packet.slice(OFFSET.ct, OFFSET.mac));
  let peel = 0;
  let x25519 = 0;
  for (let from = 0; from < copies.length; from += CHUNK) {
    const start = cpuMicros();
    for (const packet of copies.slice(from, from + CHUNK)) {
      const peeled = peeler.peel(packet, keyFor);
      if (!peeled.ok) throw new Error(`an honest packet was dropped: ${peeled.error.code}`);
    }
    const middle = cpuMicros();
    for (const point of points.slice(from, from + CHUNK)) {
      if (!suite.x25519(shared, key.secret, point)) throw new Error('a point of low order');
    }
    peel += middle - start;
    x25519 += cpuMicros() - middle;
  }
  return { peel: peel / copies.length, x25519: x25519 / copies.length };
}

/** One row a backend: the median over rounds, after one round that only warms up. */
export async function* peelBench(): AsyncGenerator<Row> {
  // The fastest builds for all: what is built is the same.
  const maker = await openNative();
  for (const plan of plans) {
    const suite = await plan.open();
    const key = newNode(maker);
    const packets = build(maker, key, plan.packets);
    const peeler = new Peeler(suite);
    pass(suite, peeler, key, packets);
    const rounds = Array.from({ length: plan.rounds }, () => pass(suite, peeler, key, packets));
    yield {
      bench: 'peel',
      metric: 'ratioToX25519',
      value: round(median(rounds.map((each) => each.peel / each.x25519))),
      unit: 'ratio',
      backend: suite.name,
      peelMicros: round(median(rounds.map((each) => each.peel)), 2),
      x25519Micros: round(median(rounds.map((each) => each.x25519)), 2),
      packets: plan.packets,
      runtime,
    };
  }
}
