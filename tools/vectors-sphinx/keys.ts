import { geometryHash, sealBody, STREAM_TABLE } from '@sotto/sphinx';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { randomBytes, toHex } from '@sotto/wire';
import type {
  BodyCase,
  KeyFile,
  VectorFile,
} from '../../packages/protocol/sphinx/test/vectors/shapes.ts';
import { schedule } from './schedule.ts';
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

/** Bodies sealed end to end. */
export function bodies(suite: CryptoSuite): VectorFile<BodyCase> {
  const world = new World(suite, 'body');
  const cases = [0, 1, 500, 992].map((length) => {
    const seed = randomBytes(world.rng, 32);
    const content = randomBytes(world.rng, length);
    const key = new Uint8Array(32);
    suite.blake2b(key, seed, LABELS.bodyKeys);
    const keys = new Uint8Array(128);
    suite.chacha20Stream(keys, key, new Uint8Array(12));
    return {
      bodySeed: toHex(seed),
      keys: toHex(keys),
      content: toHex(content),
      body: toHex(sealBody(suite, seed, content)),
    };
  });
  return {
    ...world.file('03 §6', 'the wide block, sealed under the four keys of a body seed', cases),
    nodes: [],
  };
}
