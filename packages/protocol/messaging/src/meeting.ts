import { type Prekey, respond } from '@sotto/ratchet';
import { type Instant, randomBytes, toHex } from '@sotto/wire';
import { CONTACT_ID_BYTES, Contact } from './contact.ts';
import type { Conversations } from './conversation.ts';
import { decodeItems } from './items.ts';
import type { PersonParts } from './person-io.ts';
import { MEETING_PACKETS } from './restraint.ts';

/** What a stranger came by: an invite or an address of one's own. */
export interface Door {
  readonly id: string;
  readonly prekey: Prekey;
  /** 32 bytes: pre-shared key of the handshake. */
  readonly secret: Uint8Array;
}

/**
 * Opens a first message and meets who wrote it. Any bytes.
 *
 * @returns the name of the handshake, 16 bytes; undefined when it is refused, and counted.
 */
export function meetStranger(
  parts: PersonParts,
  conversations: Conversations,
  now: Instant,
  door: Door,
  message: Uint8Array,
): Uint8Array | undefined {
  const { suite, identity, count, contacts, emit, save, rng } = parts;
  const { secret, prekey } = door;
  const answer = respond(suite, { identity, prekeySecret: prekey.secret, secret }, message);
  if (!answer.ok) {
    count('handshake');
    return undefined;
  }
  const { session, payload, handshakeId } = answer.value;
  const epoch = parts.epoch(now);
  const items = decodeItems(payload, epoch);
  // Whoever brings no reply block could never be answered. Blocks of an epoch that is over are none.
  if (!items.ok || !items.value.surbs.some((block) => block.epoch >= epoch)) {
    count('handshake-items');
    session.wipe();
    return undefined;
  }
  const id = toHex(randomBytes(rng, CONTACT_ID_BYTES));
  const label = parts.notes.of(door.id)?.label ?? '';
  const contact = new Contact({
    id,
    label,
    stage: 'active',
    session,
    deadline: now,
    epoch,
    meetingPackets: MEETING_PACKETS,
  });
  contacts.set(id, contact);
  emit({ kind: 'contact-added', contact: id, label, invite: door.id });
  // Its report is one of somebody who holds nothing, whenever it was sent.
  conversations.take(now, contact, payload, { viaMailbox: true, epoch });
  save(contact);
  return handshakeId;
}
