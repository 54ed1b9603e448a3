import type { CryptoSuite } from '@sotto/suite';
import { xorInto } from '@sotto/wire';
import { WideBlock } from './body.ts';
import { PACKET_NAME_BYTES, type PacketFormat, SUITE_1 } from './geometry.ts';
import { HopKeys } from './key-schedule.ts';
import type { Delivered, SurbRecord } from './surb.ts';

/** Levels of reply blocks that one delivery may have gone through: a message, and fetches of it. */
export const MAX_UNWINDS = 4;

/**
 * Undoes what the hops of one reply block did to ζ and δ (Spec 04 §5).
 *
 * @param delivered - not changed.
 * @returns fresh ζ and δ as the first hop got them; η is the record's.
 */
export function unwindLayers(
  suite: CryptoSuite,
  record: SurbRecord,
  delivered: Delivered,
  format: PacketFormat = SUITE_1,
): Delivered {
  const keys = new HopKeys(suite, format);
  const log = delivered.log.slice();
  const body = delivered.body.slice();
  const wideBlock = new WideBlock(suite, body);
  for (const key of record.hopKeys.toReversed()) {
    keys.expand(key);
    xorInto(log, keys.log);
    wideBlock.encrypt(keys.lioness);
  }
  keys.wipe();
  return { name: record.name, log, body };
}

/**
 * What stood in a mailbox before it was sent on under a fetch's reply block: the log's first slot
 * is the name of the stored mail, the rest its own log. The bottom slot was lost on the way.
 */
export function storedMail(unwound: Delivered): Delivered {
  const log = new Uint8Array(unwound.log.length);
  log.set(unwound.log.subarray(PACKET_NAME_BYTES));
  return { name: unwound.log.slice(0, PACKET_NAME_BYTES), log, body: unwound.body };
}

/** ζ with which a mailbox sends stored mail on: its name in front, the bottom slot pushed out (Spec 04 §4). */
export function pushName(delivered: Delivered): Uint8Array {
  const log = new Uint8Array(delivered.log.length);
  log.set(delivered.name);
  log.set(delivered.log.subarray(0, delivered.log.length - PACKET_NAME_BYTES), PACKET_NAME_BYTES);
  return log;
}
