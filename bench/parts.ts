/**
 * Where the time of a peel and of a build goes (docs/performance.md): each kind of primitive in the
 * amounts that one packet asks for, in turn with the whole; what is left is our own code.
 */
import { systemRng } from '@sotto/driver';
import { ReplayFilter } from '@sotto/mixing';
import { open as openNative } from '@sotto/sodium/native';
import { open as openWasm } from '@sotto/sodium/wasm';
import { GEOMETRY, OFFSET, STREAM_TABLE, TAG_BYTES } from '@sotto/sphinx';
import { type CryptoSuite, LABELS, NONCE_BYTES } from '@sotto/suite';
import { randomBytes } from '@sotto/wire';
import { cpuMicros, runtime } from './runtime.ts';
import { packetWork, type Plan } from './packet.ts';
import { median, round, type Row } from './row.ts';

const ROUNDS = 15;
const CHUNK = 50;
const OPERATIONS = 1000;
const HOPS = 4;
/** ct, public key and shared secret, geometry's hash, suite, epoch, node name (Spec 02 §4). */
const HOP_MESSAGE_BYTES = 3 * 32 + 16 + 1 + 8 + 16;
const BODY_RIGHT_BYTES = GEOMETRY.bodyBytes - 32;
const rng = systemRng();

const NO_TAG = new Uint8Array(TAG_BYTES);

type Step = () => void;

/** Primitives by what they are for, each as often as one hop of a packet asks for it. */
function steps(suite: CryptoSuite): Readonly<Record<string, Step>> {
  const [scalar, point, key] = [randomBytes(rng, 32), randomBytes(rng, 32), randomBytes(rng, 32)];
  const nonce = new Uint8Array(NONCE_BYTES);
  const [out, mac] = [new Uint8Array(32), new Uint8Array(16)];
  const message = randomBytes(rng, HOP_MESSAGE_BYTES);
  const stream = new Uint8Array(STREAM_TABLE.routing[0] + STREAM_TABLE.routing[1]);
  const right = randomBytes(rng, BODY_RIGHT_BYTES);
  const whole = randomBytes(rng, OFFSET.mac + GEOMETRY.routingBytes + GEOMETRY.bodyBytes);
  const header = whole.subarray(0, OFFSET.mac + GEOMETRY.routingBytes);
  point[31] = 0;
  return {
    X25519: () => void suite.x25519(out, scalar, point),
    'X25519, fixed base': () => suite.x25519Base(out, scalar),
    'key schedule': () => {
      suite.blake2b(out, message, LABELS.hop);
      suite.chacha20Stream(stream, key, nonce);
    },
    'two MACs': () => {
      suite.poly1305(mac, header, key);
      suite.poly1305(mac, whole, key);
    },
    'one MAC': () => suite.poly1305(mac, whole, key),
    body: () => {
      for (let i = 0; i < 2; i++) {
        suite.chacha20Xor(right, right, key, nonce);
        suite.blake2b(out, right, key);
      }
    },
    seed: () => suite.blake2b(out, key, LABELS.pathSeed),
  };
}

/** What one peel, and one build with its sealed body, is made of. */
const recipes: Readonly<Record<'peel' | 'build', readonly (readonly [string, number])[]>> = {
  peel: [
    ['X25519', 1],
    ['key schedule', 1],
    ['two MACs', 1],
    ['body', 1],
    ['replay filter', 1],
  ],
  build: [
    ['X25519', 2 * HOPS],
    ['X25519, fixed base', 2 * HOPS],
    ['key schedule', 2 * HOPS],
    ['one MAC', 2 * HOPS],
    ['body', HOPS + 1],
    ['seed', 2 * (HOPS + 3) + 1],
  ],
};

/** Median of the time of each step over interleaved rounds, µs. */
function timesOf(
  all: ReadonlyMap<string, (round: number) => (i: number) => void>,
): Map<string, number> {
  const samples = new Map([...all.keys()].map((name) => [name, [] as number[]]));
  for (let turn = 0; turn <= ROUNDS; turn++) {
    const prepared = [...all].map(([name, prepare]) => ({ name, run: prepare(turn), spent: 0 }));
    for (let from = 0; from < OPERATIONS; from += CHUNK) {
      for (const step of prepared) {
        const start = cpuMicros();
        for (let i = from; i < from + CHUNK; i++) step.run(i);
        step.spent += cpuMicros() - start;
      }
    }
    // The first turn only warms up.
    if (turn > 0)
      for (const { name, spent } of prepared) samples.get(name)?.push(spent / OPERATIONS);
  }
  return new Map([...samples].map(([name, values]) => [name, median(values)]));
}

/** A row for each part of a peel and of a build. */
export async function* partsBench(): AsyncGenerator<Row> {
  const maker = await openNative();
  for (const open of [openNative, openWasm]) {
    const suite = await open();
    const plan: Plan = {
      suite,
      maker,
      rng,
      micros: cpuMicros,
      runtime,
      chunk: CHUNK,
      operations: OPERATIONS,
      rounds: ROUNDS,
    };
    const all = new Map<string, (round: number) => (i: number) => void>(
      Object.entries(steps(suite)).map(([name, step]) => [name, () => () => step()]),
    );
    const tags = Array.from({ length: OPERATIONS }, () => randomBytes(rng, TAG_BYTES));
    all.set('replay filter', () => {
      const filter = new ReplayFilter({ suite, secret: randomBytes(rng, 32), maxTags: 2 ** 20 });
      return (i) => void filter.addIfNew(tags[i] ?? NO_TAG);
    });
    for (const whole of ['peel', 'build'] as const) all.set(whole, packetWork(whole, plan).prepare);
    const times = timesOf(all);
    for (const whole of ['peel', 'build'] as const) {
      const total = times.get(whole) ?? 0;
      const parts = recipes[whole].map(([name, count]) => ({
        name: count === 1 ? name : `${count} × ${name}`,
        micros: count * (times.get(name) ?? 0),
      }));
      const rest = total - parts.reduce((sum, { micros }) => sum + micros, 0);
      for (const { name, micros } of [...parts, { name: 'our own code', micros: rest }]) {
        yield {
          bench: 'parts',
          metric: `${whole}: ${name}`,
          value: round((100 * micros) / total, 1),
          unit: '%',
          backend: suite.name,
          micros: round(micros, 2),
          wholeMicros: round(total, 2),
          runtime,
        };
      }
    }
  }
}
