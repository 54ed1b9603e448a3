import { freemem, totalmem } from 'node:os';
import { DEFAULT_AGGREGATION_LIMITS } from '@sotto/mailbox';
import { MOST_TAGS } from '@sotto/mixing';
import { FRAME_BYTES } from '@sotto/link';
import type { CryptoSuite } from '@sotto/suite';
import { DEFAULT_LIMITS, servedSnapshotBytes } from '@sotto/transport';
import { type Rng, randomBytes } from '@sotto/wire';
import { CommandFailure } from './exit-codes.ts';

/** What a machine can do, measured when a node starts. */
export interface Machine {
  /** Memory that the process may use, bytes. */
  readonly memoryBytes: number;
  /** X25519 a second on one core: what a peel costs 1.4 times (`npm run bench -- peel`). */
  readonly x25519PerSecond: number;
}

/** What a node holds at most on a machine. */
export interface NodeLimits {
  /** Packets in the pool. */
  readonly maxPackets: number;
  /** Replay tags of one key. */
  readonly maxTags: number;
}

/** Node itself, libp2p, a few hundred links, and the mail that a mailbox holds by default. */
const BASE_BYTES = 256e6;
/** The directory as strangers are being sent it, in the versions that they began to read. */
const SNAPSHOT_BYTES = servedSnapshotBytes(DEFAULT_LIMITS);
/** Bytes in memory of one byte of mail: its record, its keys and the maps that hold it. */
const MEMORY_OF_MAIL = 2;
/** Packets that a pool is to have room for at least: a second of 4,000. */
const LEAST_PACKETS = 4096;
const MOST_PACKETS = 65_536;
/** A day of 20 packets a second. */
const LEAST_TAGS = 2 ** 21;
const BYTES_PER_TAG = 3.34;
/** Filters that are in use at once around a change of epochs. */
const FILTERS = 2;
/** Slower than this a node cannot carry even its own loops and a few clients. */
const LEAST_X25519_PER_SECOND = 500;
const CHECK_ROUNDS = 4;
const ROUND_MICROS = 5000;
const SHARE_OF_PEEL = 1.4;

/** Measures for a moment: 20 ms of X25519, of which the best quarter counts, and the memory that is there. */
export function measureMachine(suite: CryptoSuite, rng: Rng): Machine {
  const scalar = randomBytes(rng, 32);
  const point = new Uint8Array(32);
  suite.x25519Base(point, randomBytes(rng, 32));
  const out = new Uint8Array(32);
  let best = 0;
  for (let round = 0; round < CHECK_ROUNDS; round++) {
    // Of this thread alone: a compiler or a collector beside it once made a node refuse a fast machine.
    const start = process.threadCpuUsage();
    let count = 0;
    let micros = 0;
    while (micros < ROUND_MICROS) {
      for (let i = 0; i < 10; i++) suite.x25519(out, scalar, point);
      count += 10;
      const { user, system } = process.threadCpuUsage(start);
      micros = user + system;
    }
    best = Math.max(best, count / micros);
  }
  // What a container allows, where it does; else what nobody uses, a quarter of all at least.
  const limit = process.constrainedMemory();
  const all = limit > 0 && limit < totalmem() ? limit : totalmem();
  const memoryBytes = Math.min(all, Math.max(freemem(), all / 4));
  return { memoryBytes, x25519PerSecond: Math.round(best * 1e6) };
}

/**
 * Bounds that fit a machine: half of what is left goes to the pool, half to the replay filters, up
 * to what a node can use.
 *
 * @param mailBytes - what its mailbox may hold, all of it in memory; by default what the base has room for.
 * @throws CommandFailure `failed` when the least that a node needs does not fit: it would be killed
 *   under load, with its pool, instead of refusing single packets.
 */
export function limitsFor(
  machine: Machine,
  mailBytes: number = DEFAULT_AGGREGATION_LIMITS.maxMailBytes,
): NodeLimits {
  const moreMail = Math.max(0, mailBytes - DEFAULT_AGGREGATION_LIMITS.maxMailBytes);
  const base = BASE_BYTES + SNAPSHOT_BYTES + Math.ceil(moreMail * MEMORY_OF_MAIL);
  const left = machine.memoryBytes - base;
  const maxPackets = Math.min(MOST_PACKETS, Math.floor(left / 2 / FRAME_BYTES));
  const maxTags = Math.min(MOST_TAGS, Math.floor(left / 2 / FILTERS / BYTES_PER_TAG));
  if (maxPackets < LEAST_PACKETS || maxTags < LEAST_TAGS) {
    const needed = base + 2 * FILTERS * BYTES_PER_TAG * LEAST_TAGS;
    throw new CommandFailure(
      'failed',
      `this machine has ${Math.round(machine.memoryBytes / 1e6)} MB for a node, which needs ${Math.ceil(needed / 1e6)} MB`,
    );
  }
  if (machine.x25519PerSecond < LEAST_X25519_PER_SECOND) {
    throw new CommandFailure(
      'failed',
      `this machine peels ${Math.round(machine.x25519PerSecond / SHARE_OF_PEEL)} packets a second, too few for a node`,
    );
  }
  return { maxPackets, maxTags };
}
