import { ENDPOINT_LIMITS } from '@sotto/endpoint';
import { type Instant, MICROS_PER_SECOND } from '@sotto/wire';
import type { Contact } from './contact.ts';
import type { PersonParts } from './person-io.ts';
import { LOW_WATER_MAILBOX, MAX_VAIN, TARGET_MAILBOX } from './supply.ts';

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

type TalkParts = Pick<PersonParts, 'plan' | 'parameters'>;

/** Packets in which two who have just met may fill each other up, beside their messages (docs/decisions/0035). */
export const MEETING_PACKETS = 8;
/** Of them in one message: three carry nine blocks where one carries two. */
const MEETING_PACKETS_AT_ONCE = 3;
/** Reply blocks for each packet of a message of several; one alone carries two. */
const BLOCKS_A_PACKET = 3;
/** Who wrote so lately will write again, and its words bring the peer blocks. */
const WORDS_MICROS = 10 * MICROS_PER_SECOND;
/** Direct blocks that are kept for words, once something was said. */
const DIRECT_KEPT = 2;

/**
 * Packets of the next message for the supply of somebody just met; 0 when none should go. By the
 * turns for acknowledgements, two blocks at a time, filling up took longer than the first words.
 */
export function meetingPackets(parts: TalkParts, now: Instant, contact: Contact): number {
  if (contact.meetingPackets === 0 || contact.stage !== 'active') return 0;
  const wanted = contact.supply.wanted(now, contact.pace(parts, now));
  const missing =
    wanted.direct + Math.max(0, wanted.mailbox - (TARGET_MAILBOX - LOW_WATER_MAILBOX));
  const first = contact.sealedAt === undefined;
  const packets = Math.min(
    contact.meetingPackets,
    MEETING_PACKETS_AT_ONCE,
    contact.bank.level(contact.epoch).direct - (first ? 0 : DIRECT_KEPT),
    Math.ceil((missing - 1) / BLOCKS_A_PACKET),
  );
  // One alone costs a block for every two: only where it breaks the silence.
  return packets > 1 || (first && packets > 0) ? packets : 0;
}

/** Whether a message without words should go: the peer is short of our blocks, or we of its for a text. */
export function shouldSupply(parts: TalkParts, now: Instant, contact: Contact): boolean {
  const { supply, heardAt, short, confirmAt, prepared } = contact;
  if (contact.stage !== 'active') return false;
  const pace = contact.pace(parts, now);
  const usable = contact.bank.usable(contact.epoch);
  // Words bring blocks themselves.
  const wrote = contact.wroteAt !== undefined && now - contact.wroteAt < WORDS_MICROS;
  if (wrote && short <= usable) return false;
  const directs = contact.talking(now) && supply.lowDirect(now, pace);
  // What goes out since the peer was heard is answered before long: no pause is due.
  const answered = directs && supply.vain === 0;
  if (now < supply.nextAt && !answered) return false;
  if (short > usable && supply.vain < MAX_VAIN) return true;
  const low = supply.low(now, pace) || directs;
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
