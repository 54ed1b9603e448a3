import { OFFSET, sealBody } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { toHex } from '@sotto/wire';
import { bytes } from '../../packages/protocol/sphinx/test/vectors/journey.ts';
import type { ReplayCase, VectorFile } from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
import { remade, type Remake } from './remade.ts';
import { World } from './world.ts';

const noLog = '00'.repeat(48);

/** What a filter refuses, and what leaves no trace in it. */
export function replays(suite: CryptoSuite): VectorFile<ReplayCase> {
  const world = new World(suite, 'replay');
  const packetTo = (): string =>
    world.network().forward(world.path([0, 1, 2], { kind: 'drop' }), world.hex(1024));
  const flipped = (packet: string, at: number): string => {
    const changed = bytes(packet);
    changed[at] = (changed[at] ?? 0) ^ 1;
    return toHex(changed);
  };
  const block = world.network().reply(world.path([0, 4, 5], { kind: 'drop' }));
  const crossing = (): string =>
    world
      .network()
      .forward(
        world.path([0], { kind: 'cross', surb: block.surb }),
        toHex(sealBody(suite, bytes(block.record.bodySeed), bytes(world.hex(40)))),
      );
  const [twice, marked, logged] = [packetTo(), packetTo(), packetTo()];
  const [node] = world.nodes;
  if (node === undefined) throw new Error('there is no node');
  const drop = bytes(world.network().forward(world.path([0], { kind: 'drop' }), world.hex(1024)));
  const made = (how: Remake, packet = drop): string =>
    toHex(remade(suite, node, world.epoch, packet, how));
  const under = (mac: Remake['mac']): string => made({ mac });
  const unknown = made({ mac: 'macBody', command: { at: 0, bytes: [0] } });
  const noBlock = { mac: 'macBody', command: { at: 2, bytes: [0, 147] } } as const;
  const badBlock = made(noBlock, bytes(crossing()));
  const [held, otherCrossing, elsewhere] = [crossing(), crossing(), packetTo()];
  const cases: ReplayCase[] = [
    {
      what: 'a packet twice',
      steps: [
        { packet: twice, code: 'ok' },
        { packet: twice, code: 'replay' },
      ],
    },
    {
      what: 'a packet whose MAC fails leaves no tag',
      steps: [
        { packet: flipped(marked, OFFSET.body + 9), code: 'mac' },
        { packet: marked, code: 'ok' },
        { packet: marked, code: 'replay' },
      ],
    },
    {
      what: 'another log does not make another packet',
      steps: [
        { packet: logged, code: 'ok' },
        { packet: flipped(logged, OFFSET.log), code: 'replay' },
      ],
    },
    {
      what: 'one reply block in two packets',
      steps: [
        { packet: crossing(), code: 'ok' },
        { packet: crossing(), code: 'replay' },
      ],
    },
    {
      what: 'one reply block run by its node twice, then carried by a packet',
      steps: [
        { embedded: block.embedded, log: noLog, body: world.hex(1024), code: 'ok' },
        { embedded: block.embedded, log: noLog, body: world.hex(1024), code: 'replay' },
        { packet: crossing(), code: 'replay' },
      ],
    },
    {
      what: 'a packet refused behind its tag: the tag stays',
      steps: [
        { packet: unknown, code: 'command-unknown' },
        { packet: unknown, code: 'replay' },
      ],
    },
    {
      what: 'the same keys under the other MAC are the same packet',
      steps: [
        { packet: under('macBody'), code: 'ok' },
        { packet: under('macHeader'), code: 'replay' },
      ],
    },
    {
      what: 'a CROSS whose block is refused: the tag of the first decode stays',
      steps: [
        { packet: badBlock, code: 'surb-length' },
        { packet: badBlock, code: 'replay' },
      ],
    },
    {
      what: 'a block refused in one packet is not spent, and opens in the next',
      steps: [
        { packet: flipped(held, OFFSET.body + 3), code: 'mac' },
        { packet: held, code: 'ok' },
        { packet: otherCrossing, code: 'replay' },
      ],
    },
    {
      what: 'a filter is of one node: what another has seen is new here',
      steps: [
        { node: 1, packet: elsewhere, code: 'mac' },
        { node: 0, packet: elsewhere, code: 'ok' },
        { node: 0, packet: elsewhere, code: 'replay' },
      ],
    },
  ];
  return world.file('03 §5', 'verdicts of node 0 on packets and blocks, in order', cases);
}
