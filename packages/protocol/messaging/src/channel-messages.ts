import type { Instant } from '@sotto/wire';
import { type Contact, roomOf } from './contact.ts';
import { KEPT_FOR_SUPPLY } from './flights.ts';
import { acksCost, LEVEL_COST, streamCost, surbsCost, surbsThatFit } from './items.ts';
import type { PersonChannels } from './person-channels.ts';
import type { PersonParts } from './person-io.ts';

/** Messages of one contact's channels on their way at a time; the rest waits in the channels' buffers. */
const MAX_UNDER_WAY = 4;
/** Packets of one of them at most. */
const MAX_PACKETS = 8;
/** A message of fewer packets waits for reply blocks while others are under way: it would mostly carry its own head. */
const FEW_PACKETS = 3;
/** For one reply block that goes back with each message, and one more for four packets: the peer answers each. */
const PACKETS_PER_BLOCK = 4;

/** Bytes of a message of `packets` that are not for frames. */
const overhead = (packets: number): number =>
  LEVEL_COST + acksCost(2) + surbsCost(1 + Math.floor(packets / PACKETS_PER_BLOCK)) + streamCost(0);

/** Room for frames in a message of `packets`. */
export const channelRoom = (packets: number): number => roomOf(packets) - overhead(packets);

/**
 * How many packets the next message of a contact's channels gets.
 *
 * @param free - reply blocks that may be used.
 * @returns `packets` 0: none leaves now; `wanted`: how many it would take.
 */
export function nextChannelMessage(
  channels: PersonChannels,
  contact: Pick<Contact, 'id'>,
  free: number,
): { readonly packets: number; readonly wanted: number } {
  const pending = channels.pending(contact.id);
  const underWay = channels.underWay(contact.id);
  if (pending === 0 || underWay >= MAX_UNDER_WAY) return { packets: 0, wanted: 0 };
  let wanted = 1;
  while (wanted < MAX_PACKETS && channelRoom(wanted) < pending) wanted++;
  const packets = Math.max(0, Math.min(wanted, free));
  const waits = packets < wanted && packets < FEW_PACKETS && underWay > 0;
  return { packets: waits ? 0 : packets, wanted };
}

/** Packets of a message without words at most: three carry nine reply blocks, where three messages carry six. */
const MAX_SUPPLY_PACKETS = 3;

/**
 * Packets of a message without words to a contact with whom there are channels: as many as what it lacks
 * of our reply blocks fills, and as can be spared.
 */
export function supplyPackets(
  parts: Pick<PersonParts, 'plan' | 'parameters'>,
  now: Instant,
  contact: Pick<Contact, 'supply' | 'bank' | 'epoch' | 'pace'>,
): number {
  const { supply, bank, epoch } = contact;
  const wanted = supply.wanted(now, contact.pace(parts, now));
  const missing = wanted.mailbox + (supply.canGiveDirect(now) ? wanted.direct : 0);
  const most = Math.min(MAX_SUPPLY_PACKETS, bank.usable(epoch) - KEPT_FOR_SUPPLY);
  let packets = 1;
  while (packets < most && surbsThatFit(roomOf(packets) - LEVEL_COST - acksCost(4)) < missing) {
    packets++;
  }
  return packets;
}
