import { ENDPOINT_LIMITS } from '@sotto/endpoint';
import { type Instant, MICROS_PER_SECOND } from '@sotto/wire';
import type { Contact } from './contact.ts';
import type { PersonParts } from './person-io.ts';

/** Packets of one contact that wait for slots at most: more would only grow old in the queue. */
const MAX_PACKETS_WAITING = 32;

/**
 * A receiver opens nothing that is more than 256 messages ahead of the last one it got. After this
 * many in a row of which the peer has confirmed none, they become rare ...
 */
const UNSEEN_SLOW = 128;
/** ... and end before the session could break. */
const UNSEEN_MOST = 250;
const UNSEEN_PAUSE_MICROS = 6 * 3600 * MICROS_PER_SECOND;

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
