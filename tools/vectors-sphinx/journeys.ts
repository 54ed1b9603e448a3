import { type PacketFormat, sealBody, SUITE_1, unwindLayers } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { toHex } from '@sotto/wire';
import {
  bytes,
  deliveredOf,
  recordOf,
  shapeOf,
} from '../../packages/protocol/sphinx/test/vectors/journey.ts';
import type {
  CrossoverCase,
  ForwardCase,
  TerminalShape,
  VectorFile,
} from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
import { World } from './world.ts';

/** Every command at the end of a sender's half, and the longest path that it may end. */
const ends: readonly (readonly [number, (world: World, i: number) => TerminalShape])[] = [
  [8, (world) => ({ kind: 'deliver', box: world.hex(16) })],
  [8, () => ({ kind: 'drop' })],
  [8, (_, i) => ({ kind: 'arrive', service: i })],
  [7, (world) => ({ kind: 'contact', box: world.hex(16), credential: world.hex(16) })],
  [
    7,
    (world, i) => ({
      kind: 'greet',
      box: world.hex(16),
      token: world.hex(16),
      proof: i === 7 ? world.hex(32) : '00'.repeat(32),
    }),
  ],
];

/** A path of `length` hops that crosses over into a block of `length` hops. */
function crossing(world: World, length: number, format: PacketFormat): ForwardCase {
  const net = world.network();
  const reply = net.reply(world.path(length, { kind: 'deliver', box: world.hex(16) }));
  const path = world.pathTo(reply.path[0] ?? 0, length, { kind: 'cross', surb: reply.surb });
  return net.send(path, world.hex(format.geometry.bodyBytes));
}

/** Paths of each length, each end. */
export function forwards(suite: CryptoSuite): VectorFile<ForwardCase> {
  const world = new World(suite, 'forward');
  const cases: ForwardCase[] = ends.flatMap(([longest, end]) =>
    Array.from({ length: longest }, (_, i) => {
      const path = world.path(i + 1, end(world, i + 1));
      return world.network().send(path, world.hex(1024));
    }),
  );
  for (const length of [1, 2, 3, 4]) cases.push(crossing(world, length, SUITE_1));
  const what = 'a packet at each hop, what the hop finds in it, and what the last one gets';
  return world.file('03 §5, §7', what, cases);
}

/** Suite 2: the sub-hop at each place of paths of one to four hops, each end. */
export function forwardsOfSuite2(
  suite: CryptoSuite,
  format: PacketFormat,
): VectorFile<ForwardCase> {
  const world = new World(suite, 'suite 2 forward', format);
  const shapes = [
    [1, 0],
    [2, 0],
    [2, 1],
    [3, 1],
    [4, 1],
  ] as const;
  const cases = shapes.map(([length, at], i) => {
    const terminal = ends[i]?.[1](world, i) ?? { kind: 'drop' };
    const path = world.path(length, terminal, at);
    return world.network().send(path, world.hex(format.geometry.bodyBytes));
  });
  cases.push(crossing(world, 2, format));
  return world.file('11 §4, §5', 'as forward.json, with a sub-hop at one hop', cases);
}

type Halves = readonly (readonly [senders: number, recipients: number])[];

/** Halves of each length with each other, the usual one four times, and one of full content. */
const halves: Halves = [
  ...Array.from({ length: 4 }, () => [4, 4] as const),
  ...[1, 2, 3, 4].flatMap((senders) =>
    [1, 2, 3, 4].map((recipients) => [senders, recipients] as const),
  ),
];

function crossoversOf(world: World, shapes: Halves): readonly CrossoverCase[] {
  const { suite, format } = world;
  return shapes.map(([senders, recipients], i) => {
    const net = world.network();
    const end = i % 7 === 5 ? { kind: 'drop' } : { kind: 'deliver', box: world.hex(16) };
    const reply = net.reply(world.path(recipients, end));
    const content = world.hex(i === 1 ? format.contentBytes : 100);
    const path = world.pathTo(reply.path[0] ?? 0, senders, { kind: 'cross', surb: reply.surb });
    const seed = bytes(reply.record.bodySeed);
    const body = toHex(sealBody(suite, seed, bytes(content), format));
    const forward = net.send(path, body);
    const unwound =
      forward.end.kind === 'deliver'
        ? shapeOf(unwindLayers(suite, recordOf(reply), deliveredOf(forward.end), format))
        : { name: reply.record.name, log: '00'.repeat(48), body };
    return { reply, content, forward, unwound };
  });
}

/** A sender's half, a cross-over, a recipient's half, and the unwinding. */
export function crossovers(suite: CryptoSuite): VectorFile<CrossoverCase> {
  const world = new World(suite, 'crossover');
  const what = 'a reply block, a packet that crosses over into it, and the unwinding';
  return world.file('04 §3 to §5', what, crossoversOf(world, halves));
}

/** The same in suite 2, the sub-hops where clients have them and where they do not. */
export function crossoversOfSuite2(
  suite: CryptoSuite,
  format: PacketFormat,
): VectorFile<CrossoverCase> {
  const world = new World(suite, 'suite 2 crossover', format);
  const shapes: Halves = [
    [4, 4],
    [2, 2],
    [1, 1],
  ];
  return world.file(
    '11 §5',
    'as crossover.json, each half with its sub-hop',
    crossoversOf(world, shapes),
  );
}
