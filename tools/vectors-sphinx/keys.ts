import {
  geometryHash,
  type PacketFormat,
  sealBody,
  STREAM_TABLE,
  streamTable,
} from '@sotto/sphinx';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { randomBytes, toHex } from '@sotto/wire';
import type {
  BodyCase,
  KeyFile,
  SubHopKeyCase,
  VectorFile,
} from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
import { bytes } from '../../packages/protocol/sphinx/test/vectors/journey.ts';
import { schedule, streamOf, subSchedule } from './schedule.ts';
import { World } from './world.ts';

const epochs = [
  0,
  1,
  2,
  127,
  128,
  255,
  256,
  257,
  291,
  511,
  512,
  4095,
  65_535,
  65_536,
  2 ** 24,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 40 + 1,
  2 ** 53 - 1,
];
const slices = Object.keys(STREAM_TABLE) as (keyof typeof STREAM_TABLE)[];

/** From a node's secret and a packet's ephemeral to every slice of the stream. */
export function keySchedule(suite: CryptoSuite): KeyFile {
  const world = new World(suite, 'key schedule');
  const cases = epochs.map((epoch) => {
    const secret = randomBytes(world.rng, 32);
    const nodePublic = new Uint8Array(32);
    suite.x25519Base(nodePublic, secret);
    const ct = new Uint8Array(32);
    suite.x25519Base(ct, randomBytes(world.rng, 32));
    const nodeName = randomBytes(world.rng, 16);
    const keys = schedule(suite, { secret, public: nodePublic, ct, epoch, nodeName });
    return {
      secret: toHex(secret),
      public: toHex(nodePublic),
      ct: toHex(ct),
      epoch,
      nodeName: toHex(nodeName),
      shared: toHex(keys.shared),
      key: toHex(keys.key),
      slices: Object.fromEntries(slices.map((name) => [name, toHex(keys.slice(name))])),
    };
  });
  const what = 'keys of one hop; table: offset and length of each slice of the stream';
  return {
    ...world.file('02 §4', what, cases),
    nodes: [],
    geometryHash: toHex(geometryHash(suite)),
    table: Object.fromEntries(slices.map((name) => [name, [...STREAM_TABLE[name]]])),
  };
}

/** Suite 2: K and K' of a hop that has the sub-hop. */
export function subHopKeys(
  suite: CryptoSuite,
  format: PacketFormat,
): KeyFile & VectorFile<SubHopKeyCase> {
  const world = new World(suite, 'suite 2 key schedule', format);
  const cases = world.nodes.map((node, i): SubHopKeyCase => {
    const ct = new Uint8Array(32);
    suite.x25519Base(ct, randomBytes(world.rng, 32));
    const epoch = epochs[2 * i + 5] ?? 0;
    const [secret, nodePublic, nodeName] = [node.secret, node.public, node.name].map(bytes);
    if (secret === undefined || nodePublic === undefined || nodeName === undefined) {
      throw new Error('a node without keys');
    }
    const keys = schedule(suite, { secret, public: nodePublic, ct, epoch, nodeName }, 2);
    const kemCoins = randomBytes(world.rng, 32);
    const kemCt = new Uint8Array(1088);
    const kemShared = new Uint8Array(32);
    if (!suite.kemEncapsulate(kemCt, kemShared, bytes(node.kemPublic), kemCoins)) {
      throw new Error('a key that fails the modulus check');
    }
    const sub = subSchedule(suite, keys.key, bytes(node.kemSeed), kemCt);
    const slice = streamOf(suite, 2, sub.key);
    return {
      secret: node.secret,
      public: node.public,
      ct: toHex(ct),
      epoch,
      nodeName: node.name,
      shared: toHex(keys.shared),
      key: toHex(keys.key),
      kemSeed: node.kemSeed ?? '',
      kemPublic: node.kemPublic ?? '',
      kemCoins: toHex(kemCoins),
      kemCt: toHex(kemCt),
      kemShared: toHex(sub.shared),
      subKey: toHex(sub.key),
      slices: Object.fromEntries(slices.map((name) => [name, toHex(slice(name))])),
    };
  });
  const what = "K of a hop, K' of its sub-hop, and the stream of K'";
  const table = streamTable(format);
  return {
    ...world.file('11 §2', what, cases),
    nodes: [],
    geometryHash: toHex(geometryHash(suite, format)),
    table: Object.fromEntries(slices.map((name) => [name, [...table[name]]])),
  };
}

/** Bodies sealed end to end. */
export function bodies(suite: CryptoSuite): VectorFile<BodyCase> {
  const world = new World(suite, 'body');
  const cases = [0, 1, 2, 31, 32, 33, 64, 500, 991, 992].map((length, i) => {
    const seed = randomBytes(world.rng, 32);
    const content = randomBytes(world.rng, length);
    const key = new Uint8Array(32);
    suite.blake2b(key, seed, LABELS.bodyKeys);
    const keys = new Uint8Array(128);
    suite.chacha20Stream(keys, key, new Uint8Array(12));
    const body = sealBody(suite, seed, content);
    const refused = [0, 31, 32, 1023].map((offset) => {
      const bit = 1 << ((i + offset) % 8);
      return { offset, bytes: toHex(Uint8Array.of((body[offset] ?? 0) ^ bit)) };
    });
    return {
      bodySeed: toHex(seed),
      keys: toHex(keys),
      content: toHex(content),
      body: toHex(body),
      refused,
    };
  });
  return {
    ...world.file('03 §6', 'the wide block, sealed under the four keys of a body seed', cases),
    nodes: [],
  };
}
