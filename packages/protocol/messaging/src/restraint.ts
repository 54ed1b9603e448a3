import { ENDPOINT_LIMITS } from '@sotto/endpoint';
import { type Instant, MICROS_PER_SECOND } from '@sotto/wire';
import type { Contact } from './contact.ts';
import type { PersonParts } from './person-io.ts';
import { MAX_VAIN } from './supply.ts';

/** Packets of one contact that wait for slots at most: more would only grow old in the queue. */
const MAX_PACKETS_WAITING = 32;

/**
 * A receiver opens nothing that is more than 256 messages ahead of the last one it got. After this
 * many in a row of which the peer has confirmed none, they become rare ...
 */
const UNSEEN_SLOW = 128;
/** ... and end before the session could break. Those that a copy passes over count, too. */
export const UNSEEN_MOST = 250;
const UNSEEN_PAUSE_MICROS = 6 * 3600 * MICROS_PER_SECOND;

/** A reply block that is kept for words, while there are others for epochs to come. */
const KEPT_FOR_WORDS = 1;

/** Whether nothing more may be sealed or queued for a contact for now. */
export function isHeld(
  { endpoint }: PersonParts,
  now: Instant,
  contact: Contact,
  packets: number,
): boolean {
  if (contact.packetsWaiting >= MAX_PACKETS_WAITING) return true;
  if (endpoint.queueDepth + packets > ENDPOINT_LIMITS.queue.total) return true;
  const { unseen } = contact.supply;
  if (unseen < UNSEEN_SLOW) return false;
  const rested = contact.sealedAt === undefined || now - contact.sealedAt > UNSEEN_PAUSE_MICROS;
  return unseen >= UNSEEN_MOST || !rested;
}

/** Whether a message without words should go: the peer is short of our blocks, or we of its for a text. */
export function shouldSupply(now: Instant, contact: Contact): boolean {
  const { supply, heardAt, short, confirmAt, prepared } = contact;
  if (contact.stage !== 'active' || now < supply.nextAt) return false;
  const usable = contact.bank.usable(contact.epoch);
  if (short > usable && supply.vain < MAX_VAIN) return true;
  const low = supply.low(now, contact.talking(now));
  // One that holds nothing of ours is silent until it gets some.
  if (low && supply.mute) return true;
  const confirm = confirmAt !== undefined && confirmAt <= now;
  if (!low && !confirm && prepared.length === 0) return false;
  // Blocks for epochs to come go out one message at a time: each waits for what the peer says.
  if (supply.vain >= (low ? MAX_VAIN : 1)) return false;
  // Two who hold little and are silent must not part with the last epoch that they have blocks of.
  const last = contact.bank.level(contact.epoch).later === 0;
  return last || usable > KEPT_FOR_WORDS + Math.min(supply.vain, 1) || heardAt === now;
}
