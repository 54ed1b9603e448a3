/** Ground of every package: bytes, codecs, results, time, randomness. @module */
export {
  concat,
  equalBytes,
  fromBase64url,
  fromHex,
  fromUtf8,
  isZero,
  toBase64url,
  toHex,
  toUtf8,
  wipe,
  xorInto,
} from './bytes.ts';
export { ByteReader, ByteWriter } from './codec.ts';
export type { Core } from './core.ts';
export { DeadlineQueue } from './deadline-queue.ts';
export { exponentialMicros } from './exponential.ts';
export { Lateness } from './lateness.ts';
export { Redacted } from './redacted.ts';
export { MAX_SHARDS, shardAt } from './reed-solomon.ts';
export { err, ok, type Result } from './result.ts';
export { below, chance, choose, randomBytes, type Rng, shuffle, uint32, uint53 } from './rng.ts';
export { after, type Instant, instant, MICROS_PER_MS, MICROS_PER_SECOND } from './time.ts';
