import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { HOME } from '@sotto/endpoint';
import { open } from '@sotto/noble';
import { instant } from '@sotto/wire';
import { expect, test } from 'vitest';
import { channelRoom, nextChannelMessage, supplyPackets } from '../src/channel-messages.ts';
import type { PersonChannels } from '../src/person-channels.ts';
import { contactOf } from './stored-person.ts';
import { handed } from './surbs.ts';

const suite = await open();
const now = instant(1_800_000_000_000_000);
const EPOCH = 300;
const parts = { plan: HOME, parameters: DEFAULT_PARAMETERS };

/** Channels with so many bytes that wait, and none on its way. */
const waiting = (bytes: number): PersonChannels =>
  ({ pending: () => bytes, underWay: () => 0 }) as unknown as PersonChannels;

/** A contact of whom so many direct reply blocks are held, and who is known to hold nothing. */
function contactWith(blocks: number) {
  const contact = contactOf(suite, 'channels');
  contact.turn(EPOCH);
  contact.bank.add(
    Array.from({ length: blocks }, () => handed(true, EPOCH)),
    EPOCH,
    8,
  );
  expect(contact.bank.usable(EPOCH)).toBe(blocks);
  return contact;
}

test('what waits in the channels leaves in as few packets as hold it', () => {
  const contact = { id: 'ab' };
  // A line of a feed: a second packet, with parity, would cost three reply blocks for it, not one.
  expect(nextChannelMessage(waiting(20), contact, 10)).toEqual({ packets: 1, wanted: 1 });
  for (let packets = 1; packets < 8; packets++) {
    const room = channelRoom(packets);
    expect(nextChannelMessage(waiting(room), contact, 10).packets).toBe(packets);
    expect(nextChannelMessage(waiting(room + 1), contact, 10).packets).toBe(packets + 1);
  }
});

test('a message without words is of several packets where blocks are to spare, and for direct blocks only while they can be made', () => {
  expect(supplyPackets(parts, now, contactWith(12))).toBe(3);
  expect(supplyPackets(parts, now, contactWith(8))).toBe(2);
  // One loss would take all three packets, and the last blocks with them.
  expect(supplyPackets(parts, now, contactWith(7))).toBe(1);
  expect(supplyPackets(parts, now, contactWith(1))).toBe(1);
  const refused = contactWith(12);
  refused.supply.granted(now, { direct: 0, mailbox: 8, later: new Map() });
  expect(supplyPackets(parts, now, refused)).toBe(3);
  refused.supply.directRefused(now);
  expect(supplyPackets(parts, now, refused)).toBe(1);
});
