import { COMMAND_OFFSET, remade, type Remake } from './remade.ts';
import { OFFSET, sealBody } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { toHex } from '@sotto/wire';
import { bytes } from '../../packages/protocol/sphinx/test/vectors/journey.ts';
import type {
  AttemptShape,
  MalformedCase,
  ReplayCase,
  VectorFile,
} from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
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
  ];
  return world.file('03 §5', 'verdicts of node 0 on packets and blocks, in order', cases);
}

/** Refused packets, each with the packet that it would be without its fault. */
export function malformeds(suite: CryptoSuite): VectorFile<MalformedCase> {
  const world = new World(suite, 'malformed');
  const cases: MalformedCase[] = [];
  const range = (offset: number, length: number) => ({ offset, length });
  const macRange = range(OFFSET.mac, 16);
  const fresh = (terminal = { kind: 'drop' }): string =>
    world.network().forward(world.path([0, 1, 2], terminal), world.hex(1024));

  const add = (
    what: string,
    code: string,
    differs: MalformedCase['differs'],
    malformed: AttemptShape,
    valid: AttemptShape,
  ): void => {
    cases.push({ what, code, differs, malformed, valid });
  };
  const written = (what: string, code: string, offset: number, value: Uint8Array): void => {
    const valid = fresh();
    const changed = bytes(valid);
    changed.set(value, offset);
    add(
      what,
      code,
      [range(offset, value.length)],
      { packet: toHex(changed) },
      {
        packet: valid,
      },
    );
  };
  const flip = (what: string, code: string, offset: number): void => {
    const valid = fresh();
    const changed = bytes(valid);
    changed[offset] = (changed[offset] ?? 0) ^ 1;
    add(what, code, [range(offset, 1)], { packet: toHex(changed) }, { packet: valid });
  };

  const whole = fresh();
  add(
    'one byte short',
    'packet-length',
    [range(1599, 1)],
    { packet: whole.slice(0, -2) },
    { packet: whole },
  );
  add('one byte more', 'packet-length', [], { packet: `${whole}00` }, { packet: whole });
  add('empty', 'packet-length', [range(0, 1600)], { packet: '' }, { packet: whole });
  written('version 1, suite 0', 'packet-version', OFFSET.version, Uint8Array.of(0x10));
  written('version 2, suite 1', 'packet-version', OFFSET.version, Uint8Array.of(0x21));
  flip('an epoch that is not accepted', 'epoch', OFFSET.epoch);
  for (const [what, point] of notCanonical)
    written(`ct is ${what}`, 'point-not-canonical', OFFSET.ct, point);
  const topBit = fresh();
  const topped = bytes(topBit);
  topped[OFFSET.mac - 1] = (topped[OFFSET.mac - 1] ?? 0) | 0x80;
  add(
    'ct with its top bit set',
    'point-not-canonical',
    [range(OFFSET.mac - 1, 1)],
    { packet: toHex(topped) },
    { packet: topBit },
  );
  for (const [what, point] of lowOrder)
    written(`ct is ${what}`, 'point-low-order', OFFSET.ct, point);
  flip('another ct', 'mac', OFFSET.ct);
  flip('another γ', 'mac', OFFSET.mac);
  flip('first bit of β', 'mac', OFFSET.routing + 7);
  flip('last byte of β', 'mac', OFFSET.log - 1);
  flip('first byte of δ', 'mac', OFFSET.body);
  flip('last byte of δ', 'mac', 1599);

  const [key] = world.nodes;
  if (key === undefined) throw new Error('there is no node');
  const remake = (packet: string, how: Remake): string =>
    toHex(remade(suite, key, world.epoch, bytes(packet), how));
  const commands = range(COMMAND_OFFSET, 1);

  const unknown = fresh();
  add(
    'an operation that there is not, with its MAC',
    'command-unknown',
    [macRange, commands],
    { packet: remake(unknown, { mac: 'macBody', change: { at: 0, from: 0x80, to: 0x82 } }) },
    { packet: remake(unknown, { mac: 'macBody' }) },
  );
  cases.pop();
  return finish();

  function finish(): VectorFile<MalformedCase> {
    return world.file('03 §5', 'what node 0 refuses, and the same without its fault', cases);
  }
}
