/**
 * Whether the time of a peel tells what it must not (Spec 03 §5, steps 4 to 6): Welch's t-test as
 * dudect does it, two kinds of packet in random order through one buffer. |t| above 4.5 is a
 * difference. Own code alone, with primitives that cost next to nothing; then with libsodium.
 */
import { systemRng } from '@sotto/driver';
import { open as openNative } from '@sotto/sodium/native';
import { Peeler } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { randomBytes } from '@sotto/wire';
import { earlyExitPeeler } from './ct/early-exit.ts';
import { hollowSuite } from './ct/hollow-suite.ts';
import { type Bench, benchOf, type InputKind } from './ct/inputs.ts';
import { type Timings, welch } from './ct/welch.ts';
import { runtime } from './runtime.ts';
import { type BenchOptions, round, type Row } from './row.ts';

const SAMPLES = 1_000_000;
/** Of a pair that is conceded: it shows that the harness sees what there is to see. */
const CONCEDED_SAMPLES = 20_000;
const WARM_UP = 20_000;
const rng = systemRng();

interface Pair {
  readonly name: string;
  readonly kinds: readonly [InputKind, InputKind];
  /** Why a difference may be seen; undefined where none may. */
  readonly conceded?: string;
}

const MAC_PAIR: Pair = {
  name: 'which byte of the MAC is wrong',
  kinds: ['wrong first byte of the MAC', 'wrong last byte of the MAC'],
};
const pairs: readonly Pair[] = [
  { name: 'two heaps of one kind', kinds: ['sender half', 'sender half'] },
  MAC_PAIR,
  {
    name: 'which MAC is wrong',
    kinds: ['wrong last byte of the MAC', 'wrong MAC, recipient half'],
  },
  { name: 'which MAC holds', kinds: ['sender half', 'recipient half'] },
  { name: 'which class', kinds: ['sender half', 'slow class'] },
  {
    name: 'valid or wrong MAC',
    kinds: ['sender half', 'wrong last byte of the MAC'],
    conceded: 'whoever sent it knows; nothing leaves because of it',
  },
  {
    name: 'new or replayed',
    kinds: ['sender half', 'replayed'],
    conceded: 'whoever sent it knows; nothing leaves because of it',
  },
  {
    name: 'one decode or two',
    kinds: ['sender half', 'crossover'],
    conceded: 'the layer shows it, and the node draws the delay',
  },
];

/** Times single peels of two kinds in random order. */
function timings(peeler: Peeler, bench: Bench, { kinds }: Pair, samples: number): Timings {
  const inputs = kinds.map((kind) => bench.inputs(kind));
  const work = new Uint8Array(inputs[0]?.packets[0]?.length ?? 0);
  const nanos = new Float64Array(samples);
  const order = new Uint8Array(samples);
  const draw = randomBytes(rng, 65_536);
  for (let i = -WARM_UP; i < samples; i++) {
    const at = (2 * (i + WARM_UP)) % draw.length;
    if (at === 0) rng.fill(draw);
    const kind = (draw[at] ?? 0) & 1;
    const given = inputs[kind];
    const packet = given?.packets[draw[at + 1] ?? 0];
    if (given === undefined || packet === undefined) throw new Error('no input');
    work.set(packet);
    bench.setFresh(given.fresh);
    const start = performance.now();
    peeler.peel(work, bench.keyFor);
    const end = performance.now();
    if (i < 0) continue;
    nanos[i] = (end - start) * 1e6;
    order[i] = kind;
  }
  return { nanos, kinds: order };
}

function row(backend: string, pair: Pair, { nanos, kinds }: Timings, planted: boolean): Row {
  const { t, differenceNanos } = welch({ nanos, kinds });
  return {
    bench: 'ct',
    metric: planted ? `${pair.name}, early exit planted` : pair.name,
    value: round(t, 2),
    unit: '|t|',
    backend,
    differenceNanos: round(differenceNanos, 1),
    samples: nanos.length,
    expected: planted ? 'above 4.5' : pair.conceded === undefined ? 'below 4.5' : 'any',
    ...(pair.conceded === undefined ? {} : { conceded: pair.conceded }),
    runtime,
  };
}

/** A row for each pair and backend, and those of the planted fault. */
export async function* ctBench({ samples = SAMPLES }: BenchOptions): AsyncGenerator<Row> {
  const native = await openNative();
  const hollow = hollowSuite(native);
  const EarlyExit = await earlyExitPeeler();
  const backends: readonly (readonly [string, CryptoSuite])[] = [
    ['own code', hollow],
    ['sodium-native', native],
  ];
  yield row(
    'own code',
    MAC_PAIR,
    timings(new EarlyExit(hollow), benchOf(hollow, rng), MAC_PAIR, samples),
    true,
  );
  for (const [backend, suite] of backends) {
    const bench = benchOf(suite, rng);
    const peeler = new Peeler(suite);
    for (const pair of pairs) {
      const count = pair.conceded === undefined ? samples : Math.min(samples, CONCEDED_SAMPLES);
      yield row(backend, pair, timings(peeler, bench, pair, count), false);
    }
  }
}
