/**
 * Sizes and CPU costs of suite 1 and suite 2 (Spec 11). The suites alternate in one run, so that a
 * busy machine moves both (decision 0024).
 */
import { systemRng } from '@sotto/driver';
import { open as openNoble } from '@sotto/noble';
import { open as openNative } from '@sotto/sodium/native';
import { open as openWasm } from '@sotto/sodium/wasm';
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
} from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { randomBytes } from '@sotto/wire';
import { cpuMicros, runtime } from './runtime.ts';
import { median, type Row } from './row.ts';

const EPOCH = 300;
const rng = systemRng();

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
      return () => {
        if (!peeler.runSurb(made, delivered.log, body, keyFor).ok) throw new Error('refused');
      };
    },
    unwind: () => () => void unwindLayers(suite, record, delivered, format),
  };
}

const FORMATS = [SUITE_1, SUITE_2] as const;
const ROUNDS = 6;
/** Backends, and how often each does a work in a round. */
const PLANS = [
  { open: openNative, count: 100 },
  { open: openWasm, count: 40 },
  { open: openNoble, count: 6 },
] as const;

/** A row for each length of each suite, then one for each work, backend and suite. */
export async function* suitesBench(): AsyncGenerator<Row> {
  for (const { suite, geometry, surbBytes, contentBytes } of FORMATS) {
    for (const [metric, value] of Object.entries({ ...geometry, surbBytes, contentBytes })) {
      yield { bench: 'suites', metric, value, unit: 'bytes', suite };
    }
  }
  for (const { open, count } of PLANS) {
    const backend = await open();
    const all = FORMATS.map((format) => works(backend, format));
    for (const metric of Object.keys(all[0] ?? {})) {
      // The first round only warms up.
      const rounds = Array.from({ length: ROUNDS + 1 }, () =>
        all.map(({ [metric]: prepare }) => {
          const acts = Array.from({ length: count }, () => prepare?.() ?? (() => undefined));
          const start = cpuMicros();
          for (const act of acts) act();
          return (cpuMicros() - start) / count;
        }),
      ).slice(1);
      for (const [i, { suite }] of FORMATS.entries()) {
        const value = Math.round(median(rounds.map((round) => round[i] ?? 0)));
        yield { bench: 'suites', metric, value, unit: 'µs', suite, backend: backend.name, runtime };
      }
    }
  }
}
