/** Makes spec/12-walkthrough.md from the first case of spec/vectors/crossover.json. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { open } from '@sotto/noble';
import type { CryptoSuite } from '@sotto/suite';
import type {
  CrossoverCase,
  LayerShape,
  VectorFile,
} from '../packages/protocol/sphinx/test/vectors/shapes.ts';
import { NUMBERS } from './vectors-sphinx/schedule.ts';
import { BETA, part, short, streamHead, Walk } from './vectors-sphinx/walk.ts';

/** Where the chapter stands. */
export const WALKTHROUGH_FILE: string = fileURLToPath(
  new URL('../spec/12-walkthrough.md', import.meta.url),
);
const VECTORS = new URL('../spec/vectors/crossover.json', import.meta.url);

/** The layers of each half, in the order of the way: at the cross-over ends the one, begins the other. */
function halves({ forward }: CrossoverCase): {
  readonly sender: readonly LayerShape[];
  readonly recipient: readonly LayerShape[];
} {
  const all = forward.links.flatMap(({ layers }) => layers);
  const crossing = all.findIndex(({ decode }) => decode === 'inner');
  return { sender: all.slice(0, crossing), recipient: all.slice(crossing) };
}

function makeBlock(walk: Walk, each: CrossoverCase): void {
  const { reply } = each;
  walk.say(
    '## 1. The recipient makes a reply block',
    'Bob draws s and takes its children, then the ephemeral and keys of each hop (Spec 03 §7 steps 1 and 2). Hop 0 is the cross-over, the last one the node that keeps his mail.',
  );
  walk.keys(reply);
  walk.say(
    'He writes one command a hop, the last being DELIVER to his box, and computes the tails (steps 4 and 5), from T_0 = 0^266:',
  );
  walk.tails(halves(each).recipient, 212);
  walk.say(
    'β and γ he makes from the last hop to the first (step 6). They are in §3 as each hop gets them. What he gives to Alice is (Spec 04 §2):',
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

function makePacket(walk: Walk, each: CrossoverCase): void {
  const { content, forward, reply } = each;
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
    'She lays one layer a hop on δ, from the last to the first (step 3), and makes the header as Bob did, with the body MAC in place of the header MAC. Her tails start with none, as all of β is hers:',
  );
  walk.tails(halves(each).sender, BETA);
  walk.say(
    `Of β her commands take 3 · 65 + 264 = 459 bytes. The 19 that are left are the first bytes of the stream of \`path\`, ${short(part(streamHead(walk, forward.random), 0, 19))}.`,
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
