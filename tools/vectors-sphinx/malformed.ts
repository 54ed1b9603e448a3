import { OFFSET } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { fromHex, toHex } from '@sotto/wire';
import type {
  AttemptShape,
  MalformedCase,
  TerminalShape,
  VectorFile,
} from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
import { EMBEDDED_OFFSET, remade, remadeBlock, type Remake } from './remade.ts';
import { World } from './world.ts';

/** Encodings of u ≥ p with a clear top bit, and the points of low order (RFC 7748 §5, §6.1). */
const notCanonical = [
  ['p', `ed${'ff'.repeat(30)}7f`],
  ['p + 1', `ee${'ff'.repeat(30)}7f`],
  ['2^255 − 1', `ff${'ff'.repeat(30)}7f`],
] as const;
const lowOrder = [
  ['0', '00'.repeat(32)],
  ['1', `01${'00'.repeat(31)}`],
  ['p − 1', `ec${'ff'.repeat(30)}7f`],
  ['a point of order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
  ['the other of order 8', '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'],
] as const;

const read = (text: string): Uint8Array => fromHex(text) ?? new Uint8Array(0);
const range = (offset: number, length: number) => ({ offset, length });
const MAC = range(OFFSET.mac, 16);
const command = (at: number, length = 1) => range(OFFSET.routing + at, length);
const BLOCK_MAC = range(EMBEDDED_OFFSET.mac, 16);

class Cases {
  readonly made: MalformedCase[] = [];
  readonly world: World;
  readonly #suite: CryptoSuite;

  constructor(suite: CryptoSuite) {
    this.#suite = suite;
    this.world = new World(suite, 'malformed');
  }

  packet(terminal: TerminalShape = { kind: 'drop' }, path: readonly number[] = [0, 1, 2]): string {
    return this.world.network().forward(this.world.path(path, terminal), this.world.hex(1024));
  }

  cross(): string {
    const block = this.world.network().reply(this.world.path([0, 3, 4], { kind: 'drop' }));
    return this.packet({ kind: 'cross', surb: block.surb }, [0]);
  }

  add(
    what: string,
    code: string,
    differs: MalformedCase['differs'],
    refused: AttemptShape,
    valid: AttemptShape,
  ): void {
    this.made.push({ what, code, differs, malformed: refused, valid });
  }

  /** A whole packet with some bytes replaced. */
  written(what: string, code: string, offset: number, change: (was: Uint8Array) => Uint8Array) {
    const packet = this.packet();
    const changed = read(packet);
    const value = change(changed.slice(offset));
    changed.set(value, offset);
    const refused = { packet: toHex(changed) };
    this.add(what, code, [range(offset, value.length)], refused, { packet });
  }

  /** A packet that only its own builder can have made wrong: its MAC is right. */
  remade(
    what: string,
    code: string,
    differs: MalformedCase['differs'],
    packet: string,
    how: Remake,
  ) {
    const [node] = this.world.nodes;
    if (node === undefined) throw new Error('there is no node');
    const changed = remade(this.#suite, node, this.world.epoch, read(packet), how);
    this.add(what, code, differs, { packet: toHex(changed) }, { packet });
  }

  /** A block of the same kind, run by node 0 itself. */
  block(what: string, code: string, differs: MalformedCase['differs'], how: Remake | undefined) {
    const [node] = this.world.nodes;
    if (node === undefined) throw new Error('there is no node');
    const made = this.world.network().reply(this.world.path([0], { kind: 'drop' }));
    const rest = { log: '00'.repeat(48), body: this.world.hex(1024) };
    const { embedded } = made;
    let changed = read(embedded);
    if (how === undefined) {
      for (const { offset } of differs) changed[offset] = (changed[offset] ?? 0) ^ 1;
    } else {
      const { epoch } = this.world;
      changed = remadeBlock(this.#suite, node, epoch, changed, read(rest.body), how);
    }
    this.add(what, code, differs, { embedded: toHex(changed), ...rest }, { embedded, ...rest });
  }
}

function ofFields(cases: Cases): void {
  const valid = { packet: cases.packet() };
  const short = valid.packet.slice(0, -2);
  cases.add('one byte short', 'packet-length', [range(1599, 1)], { packet: short }, valid);
  cases.add('one byte more', 'packet-length', [], { packet: `${valid.packet}00` }, valid);
  cases.add('empty', 'packet-length', [range(0, 1600)], { packet: '' }, valid);
  const flip = (was: Uint8Array): Uint8Array => Uint8Array.of((was[0] ?? 0) ^ 1);
  cases.written('version 1, suite 0', 'packet-version', OFFSET.version, flip);
  cases.written('version 2', 'packet-version', OFFSET.version, () => Uint8Array.of(0x21));
  cases.written('an epoch that is not accepted', 'epoch', OFFSET.epoch, flip);
  for (const [what, point] of notCanonical) {
    cases.written(`ct is ${what}`, 'point-not-canonical', OFFSET.ct, () => read(point));
  }
  const topBit = (was: Uint8Array): Uint8Array => Uint8Array.of((was[0] ?? 0) | 0x80);
  cases.written('ct with its top bit set', 'point-not-canonical', OFFSET.mac - 1, topBit);
  for (const [what, point] of lowOrder) {
    cases.written(`ct is ${what}`, 'point-low-order', OFFSET.ct, () => read(point));
  }
  cases.written('another ct', 'mac', OFFSET.ct, flip);
  cases.written('another γ', 'mac', OFFSET.mac, flip);
  cases.written('first byte of β', 'mac', OFFSET.routing, flip);
  cases.written('last byte of β', 'mac', OFFSET.log - 1, flip);
  cases.written('first byte of δ', 'mac', OFFSET.body, flip);
  cases.written('last byte of δ', 'mac', 1599, flip);
}

function ofCommands(cases: Cases): void {
  const { world } = cases;
  const drop = 0x72;
  const set = (at: number, ...bytes: number[]) => ({ at, bytes });
  for (const op of [0x00, 0x73, 0x82]) {
    const mask = set(0, drop ^ op);
    cases.remade(
      `operation 0x${op.toString(16).padStart(2, '0')}`,
      'command-unknown',
      [MAC, command(0)],
      cases.packet({ kind: 'drop' }, [0]),
      { mac: 'macBody', mask },
    );
  }
  const turns = [
    ['an ARRIVE', cases.packet({ kind: 'arrive', service: 1 }, [0])],
    [
      'a CONTACT',
      cases.packet({ kind: 'contact', box: world.hex(16), credential: world.hex(16) }, [0]),
    ],
    ['a CROSS', cases.cross()],
  ] as const;
  for (const [what, packet] of turns) {
    const how = { mac: 'macHeader' } as const;
    cases.remade(`${what} under the header MAC`, 'command-wrong-mac', [MAC], packet, how);
  }
  const inner = (what: string, code: string, at: number, bytes: number[]): void => {
    const how = { mac: 'macBody', mask: { at, bytes } } as const;
    cases.remade(what, code, [MAC, command(at, bytes.length)], cases.cross(), how);
  };
  inner('a CROSS with k = 147', 'surb-length', 3, [212 ^ 147]);
  inner('a CROSS whose block is of another epoch', 'epoch', 1, [1]);
  inner('a CROSS whose block has another γ', 'mac', 36, [1]);
  inner('a CROSS whose block has another byte in its k', 'mac', 52, [1]);
}

function ofBlocks(cases: Cases): void {
  const at = EMBEDDED_OFFSET;
  cases.block('a block with another k', 'surb-length', [range(at.length, 1)], undefined);
  cases.block('a block of another epoch', 'epoch', [range(at.epoch, 1)], undefined);
  cases.block('a block with another γ', 'mac', [range(at.mac, 1)], undefined);
  cases.block('a block under the body MAC', 'inner-body-mac', [BLOCK_MAC], { mac: 'macBody' });
  const toArrive = { at: 0, bytes: [0x72 ^ 0x71] };
  cases.block(
    'a block that ends in ARRIVE',
    'command-wrong-mac',
    [BLOCK_MAC, range(at.routing, 1)],
    { mac: 'macHeader', mask: toArrive },
  );
}

/** Refused packets and blocks, each with what it would be without its fault. */
export function malformed(suite: CryptoSuite): VectorFile<MalformedCase> {
  const cases = new Cases(suite);
  ofFields(cases);
  ofCommands(cases);
  ofBlocks(cases);
  const what = 'what node 0 refuses, each time from empty filters, and the same without its fault';
  return cases.world.file('03 §5', what, cases.made);
}
