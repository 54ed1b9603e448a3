/**
 * `node packages/protocol/sphinx/bench/suites.ts`: sizes and CPU costs of suite 1 and suite 2, one
 * JSON line a row. The suites alternate in one run, so that a busy machine moves both (decision 0024).
 */
import { randomFillSync } from 'node:crypto';
import { open as openNoble } from '@sotto/noble';
import { open as openNative } from '@sotto/sodium/native';
import { open as openWasm } from '@sotto/sodium/wasm';
import type { CryptoSuite } from '@sotto/suite';
import { randomBytes, type Rng } from '@sotto/wire';
import {
  Builder,
  encodeEmbeddedSurb,
  type Hop,
  kemKeyHash,
  type KeyFor,
  type PacketFormat,
  Peeler,
  SUITE_1,
  SUITE_2,
  unwindLayers,
} from '../src/index.ts';

const EPOCH = 300;
const rng: Rng = { fill: (out) => void randomFillSync(out) };

interface Node {
  readonly hop: Hop;
  readonly keyFor: KeyFor;
}

function newNode(suite: CryptoSuite, hasSubHop: boolean): Node {
  const secret = randomBytes(rng, 32);
  const routingKey = new Uint8Array(32);
  suite.x25519Base(routingKey, secret);
  const name = randomBytes(rng, 16);
  const key = { secret, public: routingKey, epoch: EPOCH, nodeName: name };
  const filter = { addIfNew: () => true };
  if (!hasSubHop) return { hop: { name, routingKey }, keyFor: () => ({ key, filter }) };
  const kemKey = new Uint8Array(1184);
  const kemSecret = new Uint8Array(2400);
  suite.kemKeypair(kemKey, kemSecret, randomBytes(rng, 64));
  const subHop = { secret: kemSecret, publicHash: kemKeyHash(suite, kemKey) };
  const accepted = { key: { ...key, subHop }, filter };
  return { hop: { name, routingKey, kemKey }, keyFor: () => accepted };
}

const hopsOf = (of: readonly Node[]): Hop[] => of.map(({ hop }) => hop);

/** What one suite is timed at: each returns what it works on, made outside of the time. */
function works(
  suite: CryptoSuite,
  format: PacketFormat,
): Readonly<Record<string, () => () => void>> {
  const builder = new Builder(suite, rng, format);
  const peeler = new Peeler(suite, format);
  const path = { epoch: EPOCH, delayClass: 'fast' } as const;
  const nodes = [0, 1, 2, 3].map((i) => newNode(suite, format.hasSubHop && i === 1));
  const backward = [0, 1, 2, 3].map((i) => newNode(suite, format.hasSubHop && i === 2));
  const box = new Uint8Array(16);
  const body = new Uint8Array(format.geometry.bodyBytes);
  const block = () =>
    builder.surb({ ...path, hops: hopsOf(backward), terminal: { kind: 'deliver', box } });
  const forward = (): Uint8Array => {
    const { surb } = block();
    const [, , , x] = nodes;
    const hops = [...hopsOf(nodes.slice(0, 3)), x?.hop ?? hopsOf(nodes)[0]];
    const filled = hops.filter((hop) => hop !== undefined);
    return builder.forward({ ...path, hops: filled, terminal: { kind: 'cross', surb }, body });
  };
  const peel = (at: number) => () => {
    let packet = forward();
    for (const { keyFor } of nodes.slice(0, at)) {
      const peeled = peeler.peel(packet, keyFor);
      if (!peeled.ok || peeled.value.kind !== 'transmit') throw new Error('not transmitted');
      packet = peeled.value.packet;
    }
    const keyFor = nodes[at]?.keyFor ?? (() => undefined);
    return () => {
      if (!peeler.peel(packet, keyFor).ok) throw new Error('refused');
    };
  };
  const { record, surb } = block();
  const delivered = { name: record.name, log: new Uint8Array(48), body };
  return {
    'build a packet of four hops': () => {
      const made = block().surb;
      const hops = hopsOf(nodes);
      const terminal = { kind: 'cross', surb: made } as const;
      return () => void builder.forward({ ...path, hops, terminal, body });
    },
    'build a reply block of four hops': () => () => void block(),
    'peel at a hop': peel(0),
    'peel at the hop of the sub-hop': peel(1),
    'run a reply block': () => {
      const made = encodeEmbeddedSurb(surb, format);
      const [x] = backward;
      const keyFor = x?.keyFor ?? (() => undefined);
      return () => void peeler.runSurb(made, delivered.log, body, keyFor);
    },
    unwind: () => () => void unwindLayers(suite, record, delivered, format),
  };
}

function cpuMicros(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const print = (row: object): void => void process.stdout.write(`${JSON.stringify(row)}\n`);

for (const { suite, geometry, surbBytes, contentBytes } of [SUITE_1, SUITE_2]) {
  print({ suite, ...geometry, surbBytes, contentBytes });
}
const plans = [
  [await openNative(), 100],
  [await openWasm(), 40],
  [await openNoble(), 6],
] as const;
for (const [backend, count] of plans) {
  const both = [SUITE_1, SUITE_2].map((format) => works(backend, format));
  for (const what of Object.keys(both[0] ?? {})) {
    const rounds = Array.from({ length: 7 }, () =>
      both.map((each) => {
        const acts = Array.from({ length: count }, () => each[what]?.() ?? (() => undefined));
        return cpuMicros(() => acts.forEach((act) => act())) / count;
      }),
    );
    const [one, two] = [0, 1].map((i) => median(rounds.slice(1).map((round) => round[i] ?? 0)));
    const row = { backend: backend.name, what, suite1Micros: Math.round(one ?? 0) };
    print({ ...row, suite2Micros: Math.round(two ?? 0) });
  }
}
