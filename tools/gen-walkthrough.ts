/** Makes spec/12-walkthrough.md from the first case of spec/vectors/crossover.json. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { open } from '@sotto/noble';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { toHex, xorInto } from '@sotto/wire';
import type {
  CrossoverCase,
  LayerShape,
  LinkShape,
  NodeShape,
  PathShape,
  VectorFile,
} from '../packages/protocol/sphinx/test/vectors/shapes.ts';
import { wideBlock } from './vectors-sphinx/reading.ts';
import { hashOf, NUMBERS, read, schedule, streamOf } from './vectors-sphinx/schedule.ts';

/** Where the chapter stands. */
export const WALKTHROUGH_FILE: string = fileURLToPath(
  new URL('../spec/12-walkthrough.md', import.meta.url),
);
const VECTORS = new URL('../spec/vectors/crossover.json', import.meta.url);

const SHOWN = 24;
/** A long value by its first bytes and its length. */
const short = (text: string): string =>
  text.length <= 2 * SHOWN + 16 ? text : `${text.slice(0, 2 * SHOWN)}… (${text.length / 2})`;
const part = (text: string, from: number, length: number): string =>
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

class Walk {
  readonly #suite: CryptoSuite;
  readonly #nodes: readonly NodeShape[];
  readonly #epoch: number;
  readonly #out: string[] = [];

  constructor(suite: CryptoSuite, file: VectorFile<unknown>) {
    this.#suite = suite;
    this.#nodes = file.nodes;
    this.#epoch = file.epoch;
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

function makeBlock(walk: Walk, { reply }: CrossoverCase): void {
  walk.say(
    '## 1. The recipient makes a reply block',
    'Bob draws s and takes its children, then the ephemeral and keys of each hop (Spec 03 §7 steps 1 and 2). Hop 0 is the cross-over, the last one the node that keeps his mail.',
  );
  walk.keys(reply);
  walk.say(
    'He writes one command a hop, the last being DELIVER to his box, computes the tails, and fills β and γ from the last hop to the first (steps 4 to 6). What he gives to Alice is (Spec 04 §2):',
  );
  const { surb } = reply;
  walk.show([
    ['cross-over', part(surb, 0, 16)],
    ['epoch', part(surb, 16, 1)],
    ['k', part(surb, 17, 2)],
    ['ct', part(surb, 19, 32)],
    ['γ', part(surb, 51, 16)],
    ['routing bytes', part(surb, 67, 212)],
    ['body seed', part(surb, 279, 32)],
  ]);
  walk.say('What he keeps is the name η by which the answer will come, and K of each hop:');
  walk.show([
    ['η', reply.record.name],
    ...reply.record.hopKeys.map((key, i): readonly [string, string] => [`K_${i}`, key]),
  ]);
}

function makePacket(walk: Walk, { content, forward, reply }: CrossoverCase): void {
  walk.say(
    '## 2. The sender builds a packet',
    `Alice has ${content.length / 2} bytes for Bob. She seals 0^32 ‖ content ‖ zeros under the body seed of the block (Spec 03 §6):`,
  );
  walk.show([
    ['content', content],
    ['body seed', reply.record.bodySeed],
    ['k0 ‖ k1 ‖ k2 ‖ k3', walk.bodyKeys(reply.record.bodySeed)],
    ['δ_4', forward.body],
  ]);
  walk.say('Her own seeds and hops; the last is the cross-over that the block names:');
  walk.keys(forward);
  walk.say(
    'She lays one layer a hop on δ, from the last to the first (step 3), and makes the header as Bob did, with the body MAC in place of the header MAC. Behind the CROSS, 19 bytes of β are left, and are pseudo-random.',
  );
}

function follow(walk: Walk, { forward, unwound, reply, content }: CrossoverCase): void {
  walk.say('## 3. The packet on its way');
  const last = forward.links.length - 1;
  forward.links.forEach((link, i) => {
    const isCross = link.layers.length > 1;
    walk.link(
      link,
      isCross
        ? 'the cross-over'
        : i === 0
          ? 'the first hop'
          : i === last
            ? 'the last hop'
            : 'on the way',
    );
  });
  const { end } = forward;
  walk.say('## 4. Delivered', 'The last node hands over, for the box:');
  walk.show([
    ['box', end.box ?? ''],
    ['η', end.name ?? ''],
    ['ζ', end.log ?? ''],
    ['δ', end.body ?? ''],
  ]);
  walk.say(
    '## 5. The recipient unwinds',
    'η is the name of the record of §1. Its hops are undone from the last to the first (Spec 04 §5), by masks and wide blocks alone:',
  );
  const body = walk.unwind(reply.record.hopKeys, end.log ?? '', end.body ?? '');
  if (body !== unwound.body) throw new Error('the walk-through is not that of the vector');
  const plain = walk.opened(reply.record.bodySeed, body);
  walk.say('ζ is what the cross-over set it to, zero. δ is δ_4 of §2. Opened under the body seed:');
  walk.show([
    ['check', part(plain, 0, 32)],
    ['content', part(plain, 32, content.length / 2)],
  ]);
}

/** The text of the chapter. */
export function walkthrough(suite: CryptoSuite, vectors: string): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the file was made
  const file = JSON.parse(vectors) as VectorFile<CrossoverCase>;
  const [each] = file.cases;
  if (each === undefined) throw new Error('there is no case');
  const walk = new Walk(suite, file);
  walk.say(
    '# 12 Walk-through: one packet, byte by byte',
    'Informative. One message from Alice to Bob, through four hops of hers and four of his, which share the cross-over. Every value is of the first case of `vectors/crossover.json`, where the long ones stand in full; here a long value is shown by its first 24 bytes, with its length in brackets. `tools/gen-walkthrough.ts` writes this chapter from that file and from the text of chapters 02 to 04 read a second time, and a test compares.',
    `The epoch is ${file.epoch}; its low byte, in every packet here, is 0x${(file.epoch % 256).toString(16)}. The geometry hash is`,
  );
  walk.show([['geometryHash', walk.hash('geometry', 16, NUMBERS[1].layout)]]);
  makeBlock(walk, each);
  makePacket(walk, each);
  follow(walk, each);
  return `${walk.text.trimEnd()}\n`;
}

/** The text of the vectors that the chapter is written from. */
export const walkthroughVectors = (): string => readFileSync(VECTORS, 'utf8');

if (import.meta.main) {
  writeFileSync(WALKTHROUGH_FILE, walkthrough(await open(), walkthroughVectors()));
}
