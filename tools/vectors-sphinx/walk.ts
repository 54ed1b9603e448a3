import { type CryptoSuite, LABELS } from '@sotto/suite';
import { toHex, xorInto } from '@sotto/wire';
import type {
  LayerShape,
  LinkShape,
  NodeShape,
  PathShape,
  VectorFile,
} from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
import { wideBlock } from './reading.ts';
import { hashOf, NUMBERS, read, schedule, streamOf } from './schedule.ts';

const SHOWN = 24;
/** A long value by its first bytes and its length. */
export const short = (text: string): string =>
  text.length <= 2 * SHOWN + 16 ? text : `${text.slice(0, 2 * SHOWN)}… (${text.length / 2})`;
export const part = (text: string, from: number, length: number): string =>
  text.slice(2 * from, 2 * (from + length));

/** A block of names and values. */
function block(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(
    ([name, value]) => `${name}${' '.repeat(width - name.length)}  ${short(value)}`,
  );
  return ['```', ...lines, '```', ''].join('\n');
}

const COMMANDS: Readonly<
  Record<string, readonly [string, readonly (readonly [string, number])[]]>
> = {
  '80': [
    'TRANSMIT, fast',
    [
      ['next', 16],
      ['γ', 16],
      ['ct', 32],
    ],
  ],
  '81': [
    'TRANSMIT, slow',
    [
      ['next', 16],
      ['γ', 16],
      ['ct', 32],
    ],
  ],
  '40': [
    'CROSS',
    [
      ['epoch', 1],
      ['k', 2],
      ['ct', 32],
      ['γ', 16],
      ['routing bytes', 212],
    ],
  ],
  '50': ['DELIVER', [['box', 16]]],
};

export const BETA = NUMBERS[1].beta;

/** First bytes of Stream(path). */
export const streamHead = (walk: Walk, random: string): string => {
  const out = new Uint8Array(19);
  walk.suite.chacha20Stream(out, read(walk.hash('pathSeed', 32, random)), new Uint8Array(12));
  return toHex(out);
};

/** Writes the chapter, value by value. */
export class Walk {
  readonly #suite: CryptoSuite;
  readonly #nodes: readonly NodeShape[];
  readonly #epoch: number;
  readonly #out: string[] = [];

  constructor(suite: CryptoSuite, file: VectorFile<unknown>) {
    this.#suite = suite;
    this.#nodes = file.nodes;
    this.#epoch = file.epoch;
  }

  get suite(): CryptoSuite {
    return this.#suite;
  }

  get text(): string {
    return this.#out.join('\n');
  }

  say(...lines: readonly string[]): void {
    this.#out.push(...lines.flatMap((line) => [line, '']));
  }

  show(rows: readonly (readonly [string, string])[]): void {
    this.#out.push(block(rows));
  }

  hash(label: keyof typeof LABELS, length: number, ...parts: readonly string[]): string {
    return toHex(hashOf(this.#suite, LABELS[label], length, ...parts.map(read)));
  }

  node(index: number): NodeShape {
    const node = this.#nodes[index];
    if (node === undefined) throw new RangeError(`no node ${index}`);
    return node;
  }

  /** Seeds, ephemerals and K of each hop, as a builder has them (Spec 03 §7 steps 1 and 2). */
  keys(path: PathShape): void {
    const seeds = {
      path: this.hash('pathSeed', 32, path.random),
      eph: this.hash('ephemeralSeed', 32, path.random),
      body: this.hash('bodySeed', 32, path.random),
    };
    this.show([['s', path.random], ...Object.entries(seeds)]);
    path.path.forEach((index, i) => {
      const node = this.node(index);
      const scalar = this.hash('ephemeralSeed', 32, seeds.eph + toHex(Uint8Array.of(i)));
      const ct = new Uint8Array(32);
      this.#suite.x25519Base(ct, read(scalar));
      const { shared, key } = schedule(this.#suite, {
        secret: read(node.secret),
        public: read(node.public),
        ct,
        epoch: this.#epoch,
        nodeName: read(node.name),
      });
      this.say(`Hop ${i} is node ${index}:`);
      this.show([
        ['name', node.name],
        ['routing key', node.public],
        [`x_${i}`, scalar],
        [`ct_${i}`, toHex(ct)],
        [`shared_${i}`, toHex(shared)],
        [`K_${i}`, toHex(key)],
      ]);
    });
  }

  /** What each hop will see behind the bytes that the builder chooses (Spec 03 §7 step 5). */
  tails(layers: readonly LayerShape[], room: number): void {
    let tail: Uint8Array = new Uint8Array(BETA - room);
    const rows = layers.map((layer, i): readonly [string, string] => {
      const row = [`T_${i}`, toHex(tail) || '(empty)'] as const;
      const mask = streamOf(this.#suite, 1, read(layer.key))('routing');
      const longer = new Uint8Array(tail.length + layer.command.length / 2);
      longer.set(tail);
      xorInto(longer, mask.subarray(BETA - tail.length));
      tail = longer;
      return row;
    });
    this.show(rows);
  }

  /** A packet by its fields (Spec 03 §2). */
  packet(packet: string): void {
    this.show([
      ['version', part(packet, 0, 1)],
      ['epoch', part(packet, 1, 1)],
      ['ct', part(packet, 2, 32)],
      ['γ', part(packet, 34, 16)],
      ['β', part(packet, 50, 478)],
      ['ζ', part(packet, 528, 48)],
      ['δ', part(packet, 576, 1024)],
    ]);
  }

  /** One decode (Spec 03 §5 steps 6 to 12). */
  layer(layer: LayerShape): void {
    const slice = streamOf(this.#suite, 1, read(layer.key));
    const [name, fields] = COMMANDS[layer.command.slice(0, 2)] ?? ['unknown', []];
    let at = 1;
    const rows = fields.map(([field, length]): readonly [string, string] => {
      at += length;
      return [`  ${field}`, part(layer.command, at - length, length)];
    });
    this.show([
      ['K', layer.key],
      ['replay', toHex(slice('replay'))],
      ['macHeader', toHex(slice('macHeader'))],
      ['macBody', toHex(slice('macBody'))],
      ['lioness', toHex(slice('lioness'))],
      ['log', toHex(slice('log'))],
      ['routing', toHex(slice('routing'))],
      ['MAC that holds', layer.mac],
      ['command', name],
      ...rows,
    ]);
  }

  link(link: LinkShape, where: string): void {
    this.say(`### Node ${link.node}: ${where}`, 'In:');
    this.packet(link.packet);
    for (const layer of link.layers) {
      const inner = layer.decode === 'inner';
      this.say(
        inner
          ? 'ζ is set to zero, the header is replaced by the block of the command, and the second decode begins at step 3:'
          : 'Steps 3 to 10:',
      );
      this.layer(layer);
    }
    this.say(
      link.delayClass === undefined
        ? `The filter has taken ${link.tags.length === 1 ? 'one tag' : 'two tags'}. The command ends the path.`
        : `The filter has taken ${link.tags.length === 1 ? 'one tag' : 'two tags'}. The packet waits in the pool, class ${link.delayClass}, ${link.half ?? ''}'s half, and leaves as the next node's _in_.`,
    );
  }

  /** Spec 04 §5 step 2, hop by hop. */
  unwind(keys: readonly string[], log: string, body: string): string {
    const zeta = read(log);
    const delta = read(body);
    keys.toReversed().forEach((key, i) => {
      const slice = streamOf(this.#suite, 1, read(key));
      xorInto(zeta, slice('log'));
      wideBlock(this.#suite, slice('lioness'), delta, 'encrypt');
      this.say(`Hop ${keys.length - 1 - i}:`);
      this.show([
        ['K', key],
        ['ζ', toHex(zeta)],
        ['δ', toHex(delta)],
      ]);
    });
    return toHex(delta);
  }

  /** Spec 03 §6. */
  opened(seed: string, body: string): string {
    const keys = this.bodyKeys(seed);
    const plain = read(body);
    wideBlock(this.#suite, read(keys), plain, 'decrypt');
    return toHex(plain);
  }

  bodyKeys(seed: string): string {
    const keys = new Uint8Array(128);
    const key = this.hash('bodyKeys', 32, seed);
    this.#suite.chacha20Stream(keys, read(key), new Uint8Array(12));
    return toHex(keys);
  }
}
