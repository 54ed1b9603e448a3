/**
 * What packets cost, in units of X25519 of the same library (Spec 03 §5, §7; 04 §5). Portable: Node
 * and Chromium run this file. In each chunk the work and the X25519 operations alternate, so that a
 * busy or slow machine moves both together; every packet and every point is another one.
 */
import { ReplayFilter } from '@sotto/mixing';
import {
  type AcceptedKey,
  Builder,
  type Delivered,
  GEOMETRY,
  type HopKey,
  OFFSET,
  Peeler,
  sealBody,
  type SurbRecord,
  unwindLayers,
} from '@sotto/sphinx';
import { type CryptoSuite, POINT_BYTES } from '@sotto/suite';
import { randomBytes, type Rng } from '@sotto/wire';
import { median, round, type Row } from './row.ts';

/** Where it runs, and how much of it. */
export interface Plan {
  readonly suite: CryptoSuite;
  /** Makes the packets to be peeled: the fastest that there is, since what is built is the same. */
  readonly maker: CryptoSuite;
  readonly rng: Rng;
  /** A clock in microseconds; of CPU time where there is one. */
  readonly micros: () => number;
  readonly runtime: string;
  /** Operations of one kind before the other has its turn: long against the clock's grain. */
  readonly chunk: number;
  readonly operations: number;
  readonly rounds: number;
}

/** The names of what is measured here. */
export const PACKET_BENCHES = ['peel', 'build', 'forward', 'surb', 'unwind'] as const;
export type PacketBench = (typeof PACKET_BENCHES)[number];

const EPOCH = 300;
const path = { epoch: EPOCH, delayClass: 'fast' } as const;
const BOX = new Uint8Array(16).fill(7);

/** One kind of work, and the X25519 operations that it is measured against. */
export interface Work {
  /** What a unit is, for the row. */
  readonly unit: string;
  /** Makes what a pass consumes, outside of the measured time. @returns what does the operation of a number. */
  readonly prepare: () => (i: number) => void;
  readonly reference: (i: number) => void;
}

function newNode({ suite, rng }: { suite: CryptoSuite; rng: Rng }): HopKey {
  const secret = randomBytes(rng, POINT_BYTES);
  const publicKey = new Uint8Array(POINT_BYTES);
  suite.x25519Base(publicKey, secret);
  return { secret, public: publicKey, epoch: EPOCH, nodeName: randomBytes(rng, 16) };
}

const hopOf = ({
  nodeName,
  public: routingKey,
}: HopKey): { name: Uint8Array; routingKey: Uint8Array } => ({
  name: nodeName,
  routingKey,
});

/** X25519 of points that are all distinct. */
function points({ suite, rng, operations }: Plan, own: HopKey): (i: number) => void {
  const shared = new Uint8Array(POINT_BYTES);
  const given = Array.from({ length: operations }, () => {
    const point = randomBytes(rng, POINT_BYTES);
    point[31] = (point[31] ?? 0) & 0x7f;
    return point;
  });
  return (i) => {
    const point = given[i];
    if (point === undefined || !suite.x25519(shared, own.secret, point))
      throw new Error('no point');
  };
}

/** The node's own function with a real replay filter, on a transmit of the sender's half. */
function peelWork(plan: Plan): Work {
  const { suite, maker, rng, operations } = plan;
  const own = newNode({ suite: maker, rng });
  const hops = [own, newNode({ suite: maker, rng }), newNode({ suite: maker, rng })].map(hopOf);
  const builder = new Builder(maker, rng);
  const terminal = { kind: 'arrive', service: 1 } as const;
  const packets = Array.from({ length: operations }, () => {
    const body = randomBytes(rng, GEOMETRY.bodyBytes);
    return builder.forward({ ...path, hops, terminal, body });
  });
  const given = packets.map((packet) => packet.slice(OFFSET.ct, OFFSET.mac));
  const shared = new Uint8Array(POINT_BYTES);
  const peeler = new Peeler(suite);
  return {
    unit: 'one X25519',
    prepare: () => {
      const filter = new ReplayFilter({ suite, secret: own.secret, maxTags: 2 ** 20 });
      const accepted: AcceptedKey = { key: own, filter };
      const keyFor = (byte: number): AcceptedKey | undefined =>
        byte === EPOCH % 256 ? accepted : undefined;
      // Peeling overwrites: each pass gets copies.
      const copies = packets.map((packet) => packet.slice());
      return (i) => {
        const packet = copies[i];
        if (packet === undefined) throw new Error('no packet');
        const peeled = peeler.peel(packet, keyFor);
        if (!peeled.ok) throw new Error(`an honest packet was dropped: ${peeled.error.code}`);
      };
    },
    reference: (i) => {
      const point = given[i];
      if (point === undefined || !suite.x25519(shared, own.secret, point)) {
        throw new Error('a point of low order');
      }
    },
  };
}

/** The X25519 operations that a path of `hops` must do: for each hop a point of its own and a shared secret. */
function pathReference(plan: Plan, hops: number): (i: number) => void {
  const { suite, rng, operations } = plan;
  const variable = points({ ...plan, operations: operations * hops }, newNode(plan));
  const out = new Uint8Array(POINT_BYTES);
  const scalars = Array.from({ length: operations }, () => randomBytes(rng, POINT_BYTES));
  return (i) => {
    const scalar = scalars[i];
    if (scalar === undefined) throw new Error('no scalar');
    for (let hop = 0; hop < hops; hop++) {
      suite.x25519Base(out, scalar);
      variable(i * hops + hop);
    }
  };
}

const HOPS = 4;

/** The whole path of a loop, as a slot builds it: own reply block, sealed body, packet that crosses over. */
function buildWork(plan: Plan): Work {
  const { suite, maker, rng } = plan;
  const hops = Array.from({ length: HOPS }, () => hopOf(newNode({ suite: maker, rng })));
  const back = hops.toReversed();
  const builder = new Builder(suite, rng);
  const content = randomBytes(rng, 300);
  const deliver = { kind: 'deliver', box: BOX } as const;
  return {
    unit: '8 fixed-base and 8 X25519',
    prepare: () => () => {
      const { surb } = builder.surb({ ...path, hops: back, terminal: deliver });
      const body = sealBody(suite, surb.bodySeed, content);
      builder.forward({ ...path, hops, terminal: { kind: 'cross', surb }, body });
    },
    reference: pathReference(plan, 2 * HOPS),
  };
}

/** A packet over guard, m1, m2 and X, with a reply block of somebody else's to cross over into. */
function forwardWork(plan: Plan): Work {
  const { suite, maker, rng } = plan;
  const hops = Array.from({ length: HOPS }, () => hopOf(newNode({ suite: maker, rng })));
  const builder = new Builder(suite, rng);
  const { surb } = new Builder(maker, rng).surb({
    ...path,
    hops: hops.toReversed(),
    terminal: { kind: 'deliver', box: BOX },
  });
  const body = sealBody(maker, surb.bodySeed, randomBytes(rng, 300));
  return {
    unit: '4 fixed-base and 4 X25519',
    prepare: () => () => {
      builder.forward({ ...path, hops, terminal: { kind: 'cross', surb }, body });
    },
    reference: pathReference(plan, HOPS),
  };
}

/** A reply block over X, r1, r2 and its end. */
function surbWork(plan: Plan): Work {
  const { suite, maker, rng } = plan;
  const hops = Array.from({ length: HOPS }, () => hopOf(newNode({ suite: maker, rng })));
  const builder = new Builder(suite, rng);
  return {
    unit: '4 fixed-base and 4 X25519',
    prepare: () => () =>
      void builder.surb({ ...path, hops, terminal: { kind: 'deliver', box: BOX } }),
    reference: pathReference(plan, HOPS),
  };
}

/** The four layers of one reply block undone. */
function unwindWork(plan: Plan): Work {
  const { rng, operations } = plan;
  let publicKeyOperations = 0;
  const refuse = (): never => {
    publicKeyOperations++;
    throw new Error('unwinding asked for a public-key operation');
  };
  const suite: CryptoSuite = { ...plan.suite, x25519: refuse, x25519Base: refuse };
  const record: SurbRecord = {
    name: randomBytes(rng, 16),
    hopKeys: Array.from({ length: HOPS }, () => randomBytes(rng, 32)),
    bodySeed: randomBytes(rng, 32),
  };
  const mails: Delivered[] = Array.from({ length: operations }, () => ({
    name: record.name,
    log: randomBytes(rng, GEOMETRY.logBytes),
    body: randomBytes(rng, GEOMETRY.bodyBytes),
  }));
  return {
    unit: 'one X25519',
    prepare: () => (i) => {
      const mail = mails[i];
      if (mail === undefined || publicKeyOperations > 0) throw new Error('no mail');
      unwindLayers(suite, record, mail);
    },
    reference: points(plan, newNode(plan)),
  };
}

const works: Readonly<Record<PacketBench, (plan: Plan) => Work>> = {
  peel: peelWork,
  build: buildWork,
  forward: forwardWork,
  surb: surbWork,
  unwind: unwindWork,
};

/** One kind of work, ready to be done. */
export const packetWork = (bench: PacketBench, plan: Plan): Work => works[bench](plan);

/** One row: the median over rounds, after one round that only warms up. */
export function measure(bench: PacketBench, plan: Plan): Row {
  const { micros, chunk, operations, rounds } = plan;
  const work = packetWork(bench, plan);
  const pass = (): { readonly own: number; readonly reference: number } => {
    const operate = work.prepare();
    let own = 0;
    let reference = 0;
    for (let from = 0; from < operations; from += chunk) {
      const end = Math.min(operations, from + chunk);
      const start = micros();
      for (let i = from; i < end; i++) operate(i);
      const middle = micros();
      for (let i = from; i < end; i++) work.reference(i);
      own += middle - start;
      reference += micros() - middle;
    }
    return { own: own / operations, reference: reference / operations };
  };
  pass();
  const passes = Array.from({ length: rounds }, pass);
  return {
    bench,
    metric: 'ratioToX25519',
    value: round(median(passes.map((each) => each.own / each.reference))),
    unit: 'ratio',
    backend: plan.suite.name,
    micros: round(median(passes.map((each) => each.own)), 2),
    referenceMicros: round(median(passes.map((each) => each.reference)), 2),
    reference: work.unit,
    operations,
    rounds,
    runtime: plan.runtime,
  };
}
