import { OFFSET } from '@sotto/sphinx';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { concat, toHex } from '@sotto/wire';
import type {
  MalformedCase,
  VectorFile,
} from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
import { Cases } from './cases.ts';
import { EMBEDDED_OFFSET, remadeBlock } from './remade.ts';
import { read } from './schedule.ts';

/** Encodings of u ≥ p, and points of low order (RFC 7748 §5, §6.1). */
const notCanonical = [
  ['p, which is 0', `ed${'ff'.repeat(30)}7f`],
  ['p + 1, which is 1', `ee${'ff'.repeat(30)}7f`],
  ['p + 9, the base point', `f6${'ff'.repeat(30)}7f`],
  ['2^255 − 1', `ff${'ff'.repeat(30)}7f`],
  ['2^256 − 1', 'ff'.repeat(32)],
  ['0 with its top bit set', `${'00'.repeat(31)}80`],
] as const;
const lowOrder = [
  ['0', '00'.repeat(32)],
  ['1', `01${'00'.repeat(31)}`],
  ['p − 1', `ec${'ff'.repeat(30)}7f`],
  ['a point of order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
  ['the other of order 8', '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'],
] as const;

const DROP = 0x72;
const flip = (was: Uint8Array): Uint8Array => Uint8Array.of((was[0] ?? 0) ^ 1);
const name = (op: number): string => `0x${op.toString(16).padStart(2, '0')}`;

function ofLengths(cases: Cases): void {
  const lengths = [
    ['empty', 0],
    ['one byte', 1],
    ['a header without its body', 576],
    ['one byte short', 1599],
    ['one byte more', 1601],
    ['a packet of suite 2’s length', 4816],
  ] as const;
  for (const [what, length] of lengths) {
    const valid = { packet: cases.packet() };
    cases.add(what, 'packet-length', valid, { field: 'packet', length });
  }
}

function ofEpochs(cases: Cases): void {
  const { epoch } = cases.world;
  cases.written('the byte of an epoch that is not accepted', 'epoch', OFFSET.epoch, flip);
  const clocks = [
    ['before its epoch, though the key is published', epoch - 1],
    ['after its epoch and grace', epoch + 1],
    ['in a far epoch', epoch + 128],
  ] as const;
  for (const [what, now] of clocks) {
    const valid = { packet: cases.packet() };
    cases.add(what, 'epoch', valid, { field: 'accepts', accepts: [now] });
  }
  const valid = { packet: cases.packet() };
  const accepts = [epoch + 256];
  cases.add('in another epoch with the same low byte', 'mac', valid, { field: 'accepts', accepts });
}

function ofFields(cases: Cases): void {
  for (const version of [0x00, 0x01, 0x10, 0x12, 0x21, 0x91]) {
    const write = (): Uint8Array => Uint8Array.of(version);
    cases.written(`first byte ${name(version)}`, 'packet-version', OFFSET.version, write);
  }
  for (const [what, point] of notCanonical) {
    cases.written(`ct is ${what}`, 'point-not-canonical', OFFSET.ct, () => read(point));
  }
  const topBit = (was: Uint8Array): Uint8Array => Uint8Array.of((was[0] ?? 0) | 0x80);
  cases.written('the same ct with its top bit set', 'point-not-canonical', OFFSET.mac - 1, topBit);
  for (const [what, point] of lowOrder) {
    cases.written(`ct is ${what}`, 'point-low-order', OFFSET.ct, () => read(point));
  }
  const flips = [
    ['first byte of ct', OFFSET.ct],
    ['a byte of ct', OFFSET.ct + 17],
    ['first byte of γ', OFFSET.mac],
    ['a byte of γ', OFFSET.mac + 7],
    ['last byte of γ', OFFSET.routing - 1],
    ['first byte of β', OFFSET.routing],
    ['a byte of the first command', OFFSET.routing + 40],
    ['a byte behind the first command', OFFSET.routing + 65],
    ['last byte of β', OFFSET.log - 1],
    ['first byte of δ', OFFSET.body],
    ['last byte of the left part of δ', OFFSET.body + 31],
    ['first byte of the right part of δ', OFFSET.body + 32],
    ['a byte of δ', OFFSET.body + 500],
    ['last byte of δ', 1599],
  ] as const;
  for (const [what, at] of flips) cases.written(`${what} flipped`, 'mac', at, flip);
  cases.written('γ is zero', 'mac', OFFSET.mac, () => new Uint8Array(16));
}

/** Keys of a hop that come of other inputs, each of them bound (Spec 02 §4). */
function ofKeySchedule(cases: Cases): void {
  const hop = (offset: number, mask: number) => (suite: CryptoSuite) => ({
    ...suite,
    blake2b: (out: Uint8Array, message: Uint8Array, key?: Uint8Array): void => {
      const changed = message.slice();
      if (key === LABELS.hop) changed[offset] = (changed[offset] ?? 0) ^ mask;
      suite.blake2b(out, changed, key);
    },
  });
  const inputs = [
    ['another spelling of ct in the hash', 63, 0x80],
    ['another routing key', 64, 1],
    ['another geometry', 96, 1],
    ['suite 2', 112, 3],
    ['another full epoch with the same low byte', 119, 1],
    ['another node name', 121, 1],
  ] as const;
  for (const [what, offset, mask] of inputs) {
    cases.misbuilt(`keys of ${what}`, hop(offset, mask));
  }
}

function ofCommands(cases: Cases): void {
  const { world } = cases;
  for (const op of [0x00, 0x20, 0x3f, 0x41, 0x51, 0x5f, 0x62, 0x70, 0x73, 0x7f, 0x82, 0xfe, 0xff]) {
    const packet = cases.packet({ kind: 'drop' }, [0]);
    const command = { at: 0, bytes: [op] };
    cases.remade(`operation ${name(op)}`, 'command-unknown', packet, { mac: 'macBody', command });
  }
  const turns = [
    ['an ARRIVE', cases.packet({ kind: 'arrive', service: 1 }, [0])],
    [
      'a CONTACT',
      cases.packet({ kind: 'contact', box: world.hex(16), credential: world.hex(16) }, [0]),
    ],
    [
      'a GREET',
      cases.packet(
        { kind: 'greet', box: world.hex(16), token: world.hex(16), proof: '00'.repeat(32) },
        [0],
      ),
    ],
    ['a CROSS', cases.cross()],
  ] as const;
  for (const [what, packet] of turns) {
    const how = { mac: 'macHeader' } as const;
    cases.remade(`${what} under the header MAC`, 'command-wrong-mac', packet, how);
  }
}

/** What is wrong with the block of a CROSS: found by the second decode at the same node. */
function ofCrossing(cases: Cases): void {
  const inner = (what: string, code: string, at: number, bytes: readonly number[]): void => {
    cases.remade(`a CROSS ${what}`, code, cases.cross(), {
      mac: 'macBody',
      command: { at, bytes },
    });
  };
  for (const k of [0, 147, 211, 213, 478, 0xd400, 0xffff]) {
    inner(`with k = ${k}`, 'surb-length', 2, [k >> 8, k & 0xff]);
  }
  inner('whose block is of another epoch', 'epoch', 1, [(cases.world.epoch + 1) % 256]);
  inner('whose block’s ct is p', 'point-not-canonical', 4, [...read(notCanonical[0][1])]);
  inner('whose block’s ct is 0', 'point-low-order', 4, [...read(lowOrder[0][1])]);
  inner(
    'whose block’s γ is zero',
    'mac',
    36,
    Array.from({ length: 16 }, () => 0),
  );
  inner('whose block’s routing bytes start otherwise', 'mac', 52, [0]);
  inner('whose block’s routing bytes end otherwise', 'mac', 263, [0]);
}

/** A packet whose block its maker made so that it would turn around once more. */
function ofSecondCrossing(cases: Cases, suite: CryptoSuite): void {
  const { world, node } = cases;
  const turning = (what: string, code: string, mac: 'macHeader' | 'macBody', op: number): void => {
    const net = world.network();
    const reply = net.reply(world.path([0], { kind: 'drop' }));
    const path = world.path([0], { kind: 'cross', surb: reply.surb });
    const body = world.hex(1024);
    const packet = net.forward(path, body);
    // At the cross-over δ is the body that the sender was given: all of her layers are off.
    const embedded = read(reply.embedded);
    const how = { mac, command: { at: 0, bytes: [op] } };
    const other = remadeBlock(suite, node, world.epoch, embedded, read(body), how);
    const surb = concat(read(reply.surb).slice(0, 16), other, read(reply.surb).slice(279));
    const changed = net.forward({ ...path, terminal: { kind: 'cross', surb: toHex(surb) } }, body);
    cases.differ(what, code, { packet }, 'packet', changed);
  };
  turning('a CROSS whose block crosses over again', 'command-wrong-mac', 'macHeader', 0x40);
  turning('a CROSS whose block arrives', 'command-wrong-mac', 'macHeader', 0x71);
  turning('a CROSS whose block contacts', 'command-wrong-mac', 'macHeader', 0x60);
  turning('a CROSS whose block greets', 'command-wrong-mac', 'macHeader', 0x61);
  turning('a CROSS whose block, under the body MAC, crosses', 'inner-body-mac', 'macBody', 0x40);
  turning('a CROSS whose block, under the body MAC, drops', 'inner-body-mac', 'macBody', DROP);
}

function ofBlocks(cases: Cases): void {
  const at = EMBEDDED_OFFSET;
  const flipped = (was: number): number[] => [was ^ 1];
  for (const k of [0, 147, 213]) {
    const change = (): number[] => [k >> 8, k & 0xff];
    cases.blockWritten(`a block with k = ${k}`, 'surb-length', at.length, change);
  }
  cases.blockWritten('a block of another epoch', 'epoch', at.epoch, flipped);
  const point = (text: string) => (): number[] => [...read(text)];
  const [p] = notCanonical;
  const [zero] = lowOrder;
  cases.blockWritten('a block whose ct is p', 'point-not-canonical', at.ct, point(p[1]));
  cases.blockWritten('a block whose ct is 0', 'point-low-order', at.ct, point(zero[1]));
  cases.blockWritten('a block with another γ', 'mac', at.mac, flipped);
  cases.blockWritten('a block whose routing bytes start otherwise', 'mac', at.routing, flipped);
  cases.blockWritten('a block whose routing bytes end otherwise', 'mac', 262, flipped);
  cases.blockRemade('a block under the body MAC', 'inner-body-mac', { mac: 'macBody' });
  for (const op of [0x40, 0x60, 0x61, 0x71]) {
    const how = { mac: 'macHeader', command: { at: 0, bytes: [op] } } as const;
    cases.blockRemade(`a block with operation ${name(op)}`, 'command-wrong-mac', how);
  }
  const unknown = { mac: 'macHeader', command: { at: 0, bytes: [0x73] } } as const;
  cases.blockRemade('a block with operation 0x73', 'command-unknown', unknown);
  const lengths = [
    ['embedded', 262],
    ['embedded', 264],
    ['log', 47],
    ['body', 1023],
  ] as const;
  for (const [field, length] of lengths) {
    const what = `a block run with ${length} bytes of ${field}`;
    cases.add(what, 'packet-length', cases.block(), { field, length });
  }
}

/** What a user who is given a block refuses. */
function ofReading(cases: Cases): void {
  const { world } = cases;
  const block = (): string => world.network().reply(world.path(4, { kind: 'drop' })).surb;
  for (const length of [0, 310, 312]) {
    const what = `a reply block of ${length} bytes`;
    cases.add(what, 'length', { surb: block() }, { field: 'surb', length });
  }
  const surb = block();
  const changed = read(surb);
  changed[18] = 147;
  cases.differ('a reply block with k = 147', 'surb-length', { surb }, 'surb', toHex(changed));
}

/** Marks on the way, whatever the end: refused by the next hop (Spec 03 §9). */
function ofTags(cases: Cases): void {
  const { world } = cases;
  const reply = world.network().reply(world.path([0, 3], { kind: 'drop' }));
  const ends = [
    { kind: 'deliver', box: world.hex(16) },
    { kind: 'arrive', service: 1 },
    { kind: 'contact', box: world.hex(16), credential: world.hex(16) },
    { kind: 'greet', box: world.hex(16), token: world.hex(16), proof: '00'.repeat(32) },
    { kind: 'cross', surb: reply.surb },
    { kind: 'drop' },
  ];
  ends.forEach((terminal, i) => {
    const at = OFFSET.body + 170 * i;
    cases.onTheWay(`a bit of δ flipped before the last hop, ${terminal.kind}`, 'mac', at, terminal);
  });
}

/** Refused packets and blocks, each with what it would be without its fault. */
export function malformed(suite: CryptoSuite): VectorFile<MalformedCase> {
  const cases = new Cases(suite, 'malformed');
  ofLengths(cases);
  ofFields(cases);
  ofEpochs(cases);
  ofKeySchedule(cases);
  ofCommands(cases);
  ofCrossing(cases);
  ofSecondCrossing(cases, suite);
  ofBlocks(cases);
  ofReading(cases);
  ofTags(cases);
  const what = 'what a node refuses, each time from empty filters, and the same without its fault';
  return cases.world.file('03 §5', what, cases.made);
}
