import type { PacketFormat } from '@sotto/sphinx';
import { SUITE_1 } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { toHex } from '@sotto/wire';
import { VectorNetwork } from '../../packages/protocol/sphinx/test/vectors/journey.ts';
import type {
  AttemptShape,
  ChangeShape,
  MalformedCase,
  NodeShape,
  TerminalShape,
} from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
import { remade, remadeBlock, type Remake } from './remade.ts';
import { read } from './schedule.ts';
import { World } from './world.ts';

type TextField = Exclude<ChangeShape['field'], 'accepts' | 'hasSubHopKey'>;

/** Collects what is refused, each with what it would be without its fault. */
export class Cases {
  readonly made: MalformedCase[] = [];
  readonly world: World;
  readonly #suite: CryptoSuite;

  constructor(suite: CryptoSuite, subject: string, format: PacketFormat = SUITE_1) {
    this.#suite = suite;
    this.world = new World(suite, subject, format);
  }

  get node(): NodeShape {
    const [node] = this.world.nodes;
    if (node === undefined) throw new Error('there is no node');
    return node;
  }

  get bodyBytes(): number {
    return this.world.format.geometry.bodyBytes;
  }

  /** A packet for node 0. */
  packet(terminal: TerminalShape = { kind: 'drop' }, path: readonly number[] = [0, 1, 2]): string {
    const { world } = this;
    return world.network().forward(world.path(path, terminal, 0), world.hex(this.bodyBytes));
  }

  /** A packet for node 0, which crosses over there into a block of its own. */
  cross(block: readonly number[] = [0, 3, 4]): string {
    const reply = this.world.network().reply(this.world.path(block, { kind: 'drop' }, 0));
    return this.packet({ kind: 'cross', surb: reply.surb }, [0]);
  }

  add(what: string, code: string, valid: AttemptShape, change: ChangeShape): void {
    this.made.push({ what, code, valid, change });
  }

  /** The change that makes `after` of a text, as few bytes as it takes. */
  differ(what: string, code: string, valid: AttemptShape, field: TextField, after: string): void {
    const was = read(valid[field] ?? '');
    const is = read(after);
    const writes: { offset: number; bytes: string }[] = [];
    for (let at = 0; at < Math.min(was.length, is.length);) {
      if (was[at] === is[at]) {
        at++;
        continue;
      }
      let end = at + 1;
      // A run goes on over bytes that happen to be the same.
      for (let i = end; i < Math.min(end + 8, is.length); i++) if (was[i] !== is[i]) end = i + 1;
      for (let grew = true; grew;) {
        grew = false;
        for (let i = end; i < Math.min(end + 8, is.length); i++) {
          if (was[i] === is[i]) continue;
          end = i + 1;
          grew = true;
        }
      }
      writes.push({ offset: at, bytes: toHex(is.subarray(at, end)) });
      at = end;
    }
    const length = was.length === is.length ? {} : { length: is.length };
    this.add(what, code, valid, { field, ...(writes.length === 0 ? {} : { writes }), ...length });
  }

  /** Some bytes of a packet replaced. */
  written(what: string, code: string, offset: number, change: (was: Uint8Array) => Uint8Array) {
    const packet = this.packet();
    const changed = read(packet);
    changed.set(change(changed.slice(offset)), offset);
    this.differ(what, code, { packet }, 'packet', toHex(changed));
  }

  /** A packet that only its own builder can have made wrong: its MAC is right. */
  remade(what: string, code: string, packet: string, how: Remake) {
    const { epoch, format } = this.world;
    const changed = remade(this.#suite, this.node, epoch, read(packet), how, format.suite);
    this.differ(what, code, { packet }, 'packet', toHex(changed));
  }

  /** A block that node 0 runs itself. */
  block(): AttemptShape & { readonly embedded: string; readonly body: string } {
    const { embedded } = this.world.network().reply(this.world.path([0], { kind: 'drop' }));
    return { embedded, log: '00'.repeat(48), body: this.world.hex(this.bodyBytes) };
  }

  /** A block that node 0 runs itself, some bytes replaced. */
  blockWritten(what: string, code: string, offset: number, change: (was: number) => number[]) {
    const valid = this.block();
    const changed = read(valid.embedded);
    changed.set(change(changed[offset] ?? 0), offset);
    this.differ(what, code, valid, 'embedded', toHex(changed));
  }

  /** A block that node 0 runs itself, made wrong by its maker. */
  blockRemade(what: string, code: string, how: Remake) {
    const valid = this.block();
    const { epoch, format } = this.world;
    const [embedded, body] = [read(valid.embedded), read(valid.body)];
    const node = this.node;
    const changed = remadeBlock(this.#suite, node, epoch, embedded, body, how, format.suite);
    this.differ(what, code, valid, 'embedded', toHex(changed));
  }

  /** The same packet as an implementation with another key schedule builds it. */
  misbuilt(what: string, wrong: (suite: CryptoSuite) => CryptoSuite): void {
    const { world } = this;
    const path = world.path([0, 1, 2], { kind: 'drop' }, 0);
    const body = world.hex(this.bodyBytes);
    const packet = world.network().forward(path, body);
    const other = new VectorNetwork(wrong(this.#suite), world, world.format).forward(path, body);
    this.differ(what, 'mac', { packet }, 'packet', other);
  }

  /** A packet for the second hop, as the first one sends it, some byte flipped on the way. */
  onTheWay(what: string, code: string, offset: number, terminal: TerminalShape) {
    const { world } = this;
    const path = world.path([1, 0], terminal, 0);
    const sent = world.network().send(path, world.hex(this.bodyBytes));
    const packet = sent.links[1]?.packet ?? '';
    const changed = read(packet);
    changed[offset] = (changed[offset] ?? 0) ^ 0x10;
    this.differ(what, code, { packet }, 'packet', toHex(changed));
  }
}
