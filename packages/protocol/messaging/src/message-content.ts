import type { MessageId } from '@sotto/reliable';
import { type Instant, toUtf8 } from '@sotto/wire';
import { type Contact, roomOf } from './contact.ts';
import {
  acksCost,
  DECLINE_COST,
  encodeItems,
  LEVEL_COST,
  surbsThatFit,
  textCost,
} from './items.ts';
import type { MessageLog } from './message-log.ts';
import type { PersonParts } from './person-io.ts';
import { mintFor } from './reply-mint.ts';

/**
 * What a message carries, and the length that fills its packets.
 *
 * @param id - of the text that it brings; undefined when it has none.
 */
export function contentOf(
  parts: PersonParts,
  log: MessageLog,
  now: Instant,
  contact: Contact,
  packets: number,
  id: MessageId | undefined,
): [items: Uint8Array, padded: number] {
  const words = id === undefined ? undefined : log.textOf(contact.id, id);
  const text = id === undefined || words === undefined ? undefined : { id, text: words };
  const declines = !parts.settings.of(contact.id).acknowledges;
  const acks = declines ? [] : contact.inbox.acksToCarry();
  if (declines) contact.decline();
  const { direct, mailbox, later } = contact.bank.level(contact.epoch);
  // Blocks that a waiting text will take count as spent: the peer then fills up beyond them.
  const rest = Math.max(0, direct + mailbox - contact.short);
  const free = { direct: Math.min(direct, rest), mailbox: Math.min(mailbox, rest), later };
  const report = { ...contact.supply.number(), ...free };
  const fixed = text === undefined ? 0 : textCost(toUtf8(text.text));
  const inner = roomOf(packets) - contact.session.nonceBytes;
  const room = inner - fixed - LEVEL_COST - (declines ? DECLINE_COST : acksCost(acks.length));
  const surbs = mintFor(parts, now, contact, surbsThatFit(room));
  const items = encodeItems({
    acks,
    declines,
    surbs,
    report,
    ...(text === undefined ? {} : { text }),
  });
  return [items, roomOf(packets)];
}
