import { geometryHash } from '@sotto/sphinx';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { ByteWriter, concat } from '@sotto/wire';

/** Length of a network's name in descriptors and link prefaces (Spec 07 §2.2). */
export const NETWORK_ID_BYTES = 16;

/** The largest descriptor that any network may allow (Spec 07 §4). */
export const DESCRIPTOR_LIMIT_BYTES = 2048;

/** The most epochs ahead that a network may publish keys for: 25 keys and 8 addresses fit {@link DESCRIPTOR_LIMIT_BYTES}. */
export const HORIZON_LIMIT = 24;

/**
 * What everybody in one network holds in common (Spec 07 §2.1). Public. Whoever differs in one
 * field is in another network, because a node that delays, expires or covers differently from
 * the rest can be told apart by it. All are integers; times are microseconds, shares are of 65,536.
 */
export interface NetworkParameters {
  /** Start of epoch 0, microseconds since the Unix epoch. */
  readonly originMicros: number;
  /** Length of one epoch: the life of a routing key and of its replay filter. */
  readonly epochMicros: number;
  /** H: routing keys are published for the current epoch and H more. */
  readonly horizonEpochs: number;
  /** How long before its epoch a key is accepted already: the clocks of others run fast. */
  readonly skewMicros: number;
  /** How long after its epoch a key is accepted still: packets sent late are on their way. At least 25 slow means. */
  readonly graceMicros: number;
  /** Mean delay at one hop, fast class. */
  readonly fastMeanMicros: number;
  /** Mean delay at one hop, slow class. */
  readonly slowMeanMicros: number;
  /** Packets that every pool holds on average, each half, fast class; mixes send loops to reach it (Spec 05). */
  readonly poolTarget: number;
  /** Fewest loops per second through every mix: the power of the n−1 alarm (Spec 05). */
  readonly minLoopsPerMixPerSecond: number;
  /** Share of a client's slots in the slow class, of 65,536. */
  readonly slowShare: number;
  /** Share of a client's slots that are loops, drawn before the queue is looked at, of 65,536. */
  readonly loopShare: number;
  /** Mean wait of a reply block at an aggregation point (Spec 06). */
  readonly answerMeanMicros: number;
  /** How long stored mail is kept (Spec 06). */
  readonly mailLifeMicros: number;
  /** Most reply blocks that one alias is put into (Spec 08). */
  readonly aliasSurbs: number;
  /** Most messages that an aggregation point keeps for one alias (Spec 06). */
  readonly aliasQuota: number;
  /** Largest descriptor, bytes. */
  readonly maxDescriptorBytes: number;
  /** Longest time from a descriptor's issue to its expiry. */
  readonly descriptorLifeMicros: number;
  /** How far in the future a descriptor's issue may lie. Wider than `skewMicros`: it costs nothing but a list entry. */
  readonly clockSkewMicros: number;
  /** Least time between the issues of two descriptors of one node: what bounds the gossip that one identity can cause. */
  readonly reissueMicros: number;
  /** Most identities that a node or client remembers. The same everywhere, so that lists agree when it is reached. */
  readonly maxNodes: number;
}

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
const MEAN_LIMIT = 2 ** 40; // what the exponential sampler takes
const TIME_LIMIT = 400 * DAY;

/** Name, least and greatest value, in the order of the canonical encoding (Spec 07 §2.1). */
const FIELDS: readonly (readonly [keyof NetworkParameters, number, number])[] = [
  ['originMicros', 0, Number.MAX_SAFE_INTEGER],
  ['epochMicros', SECOND, TIME_LIMIT],
  ['horizonEpochs', 1, HORIZON_LIMIT],
  ['skewMicros', 0, TIME_LIMIT],
  ['graceMicros', 0, TIME_LIMIT],
  ['fastMeanMicros', 0, MEAN_LIMIT],
  ['slowMeanMicros', 0, MEAN_LIMIT],
  ['poolTarget', 0, 65_536],
  ['minLoopsPerMixPerSecond', 0, 65_536],
  ['slowShare', 0, 65_536],
  ['loopShare', 0, 65_536],
  ['answerMeanMicros', 0, MEAN_LIMIT],
  ['mailLifeMicros', SECOND, TIME_LIMIT],
  ['aliasSurbs', 1, 255],
  ['aliasQuota', 1, 255],
  ['maxDescriptorBytes', 1, DESCRIPTOR_LIMIT_BYTES],
  ['descriptorLifeMicros', SECOND, TIME_LIMIT],
  ['clockSkewMicros', 0, TIME_LIMIT],
  ['reissueMicros', 1, TIME_LIMIT],
  ['maxNodes', 1, 1_048_576],
];

/** The parameters of the public network, version 1 (Spec 07 §2.1). */
export const DEFAULT_PARAMETERS: NetworkParameters = Object.freeze({
  originMicros: 1_767_225_600 * SECOND, // 2026-01-01T00:00:00Z
  epochMicros: DAY,
  horizonEpochs: 8,
  skewMicros: 60 * SECOND,
  graceMicros: 900 * SECOND, // 30 slow means
  fastMeanMicros: 250_000,
  slowMeanMicros: 30 * SECOND,
  poolTarget: 12,
  minLoopsPerMixPerSecond: 3,
  slowShare: 13_107, // 0.2
  loopShare: 16_384, // 0.25
  answerMeanMicros: SECOND,
  mailLifeMicros: 14 * DAY,
  aliasSurbs: 8,
  aliasQuota: 8,
  maxDescriptorBytes: DESCRIPTOR_LIMIT_BYTES,
  descriptorLifeMicros: DAY,
  clockSkewMicros: 300 * SECOND,
  reissueMicros: 30 * SECOND,
  maxNodes: 10_000,
});

/** Bytes of a descriptor with `keys` routing keys and no address (Spec 07 §4). */
export const leastDescriptorBytes = (keys: number): number => 145 + 32 * keys;

function refuse(name: string, expected: string, got: unknown): never {
  throw new RangeError(`"${name}" expected ${expected}, got ${String(got)}`);
}

/**
 * Checks every field and what fields owe to one another; returns a frozen copy.
 *
 * @throws TypeError for a missing or unknown field or one that is not a number, RangeError for a
 * value out of range. The message names the field.
 */
export function checkParameters(parameters: Readonly<NetworkParameters>): NetworkParameters {
  const known = new Set<string>(FIELDS.map(([name]) => name));
  for (const name of Object.keys(parameters)) {
    if (!known.has(name)) throw new TypeError(`"${name}" expected no such field, got one`);
  }
  for (const [name, least, most] of FIELDS) {
    const value: unknown = parameters[name];
    if (typeof value !== 'number') {
      throw new TypeError(`"${name}" expected a number, got ${typeof value}`);
    }
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      refuse(name, `an integer from ${least} to ${most}`, value);
    }
  }
  const p = parameters;
  if (p.slowMeanMicros < p.fastMeanMicros) {
    refuse('slowMeanMicros', 'at least fastMeanMicros', p.slowMeanMicros);
  }
  // Six slow delays add up to more than 25 means with probability 2·10⁻⁶: the rest arrives in its epoch's key.
  if (p.graceMicros < 25 * p.slowMeanMicros) {
    refuse('graceMicros', `at least 25 slowMeanMicros (${25 * p.slowMeanMicros})`, p.graceMicros);
  }
  if (p.graceMicros + p.skewMicros > p.epochMicros) {
    refuse('graceMicros', 'with skewMicros at most epochMicros', p.graceMicros);
  }
  if (p.maxDescriptorBytes < leastDescriptorBytes(p.horizonEpochs + 1)) {
    refuse('maxDescriptorBytes', 'room for horizonEpochs + 1 routing keys', p.maxDescriptorBytes);
  }
  if (p.descriptorLifeMicros > (p.horizonEpochs + 1) * p.epochMicros) {
    refuse(
      'descriptorLifeMicros',
      'at most (horizonEpochs + 1) · epochMicros',
      p.descriptorLifeMicros,
    );
  }
  // Or a node could not follow an expiring descriptor by the next in time.
  if (2 * p.reissueMicros > p.descriptorLifeMicros) {
    refuse('reissueMicros', 'at most half of descriptorLifeMicros', p.reissueMicros);
  }
  return Object.freeze({ ...parameters });
}

/** The canonical encoding (Spec 07 §2.1): version 1, then every field as eight bytes, big-endian, in the order of the table. */
export function encodeParameters(parameters: NetworkParameters): Uint8Array {
  const checked = checkParameters(parameters);
  const writer = new ByteWriter(1 + 8 * FIELDS.length).u8(1);
  for (const [name] of FIELDS) writer.u53(checked[name]);
  return writer.bytes;
}

/**
 * The network's name: BLAKE2b-128 under `LABELS.parameters` of geometry hash ‖ encoded parameters
 * (Spec 07 §2.2). It stands in every descriptor and link preface, so that networks cannot mix.
 */
export function networkId(suite: CryptoSuite, parameters: NetworkParameters): Uint8Array {
  const out = new Uint8Array(NETWORK_ID_BYTES);
  suite.blake2b(out, concat(geometryHash(suite), encodeParameters(parameters)), LABELS.parameters);
  return out;
}
