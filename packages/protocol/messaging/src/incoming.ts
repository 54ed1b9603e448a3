import type { MessageId } from '@sotto/reliable';
import { after, type Instant, MICROS_PER_SECOND } from '@sotto/wire';
import type { Contact } from './contact.ts';
import type { MessageFailure } from './history.ts';
import { decodeItems, type Items } from './items.ts';
import { NO_LIFETIME, takeLifetime } from './lifetime.ts';
import type { Kept } from './message-content.ts';
import type { PersonParts } from './person-io.ts';

/** How long a message without words, sent for the confirmation of blocks, waits for one with words. */
const CONFIRM_AFTER_MICROS = 20 * MICROS_PER_SECOND;

/** A plaintext of a contact's, and how it came. */
interface Incoming {
  readonly now: Instant;
  readonly contact: Contact;
  readonly plaintext: Uint8Array;
  readonly viaMailbox: boolean;
  /** Epoch of the blocks that it came by, and so the one in which it was sent. */
  readonly epoch: number;
}

/** What a handshake or a sealed message carries. @returns false when it is refused, and counted. */
export function takeItems(
  parts: PersonParts,
  kept: Kept,
  { now, contact, plaintext, viaMailbox, epoch: sentIn }: Incoming,
): boolean {
  const { count, emit, parameters } = parts;
  const epoch = parts.epoch(now);
  const items = decodeItems(plaintext, epoch);
  if (!items.ok) {
    count('items');
    return false;
  }
  const { text, stream, introduction, photo, way, acks, surbs, report, lifetime } = items.value;
  contact.heard(now);
  contact.supply.heard(report, sentIn === epoch);
  const refused = contact.bank.add(surbs, epoch, parameters.horizonEpochs);
  for (let i = 0; i < refused; i++) count('blocks-refused');
  // Without this two who are silent would not know whether their blocks of epochs to come arrived.
  if (surbs.some((block) => block.epoch > epoch)) {
    contact.confirmAt ??= after(now, CONFIRM_AFTER_MICROS);
  }
  // Beside frames of channels there is no room for it.
  if (stream === undefined) takeLifetime(parts, now, contact, lifetime ?? NO_LIFETIME);
  takeAcknowledgements(parts, kept, contact, items.value);
  for (const id of acks) {
    if (contact.outbox.acked(id) !== 'delivered') continue;
    settle(kept, contact, id, { state: 'delivered', deliveredAt: now });
  }
  const life = lifetime === undefined || lifetime.seconds === 0 ? {} : { life: lifetime.seconds };
  if (text !== undefined && isNew(parts, now, contact, text.id)) {
    const { id, text: words } = text;
    kept.log.put({
      contact: contact.id,
      direction: 'in',
      id,
      text: words,
      at: now,
      state: 'received',
      via: viaMailbox ? 'mailbox' : 'direct',
      ...life,
    });
    const { unread } = parts.settings.of(contact.id);
    parts.settings.change(contact.id, { unread: unread + 1 });
    emit({ kind: 'message-received', contact: contact.id, id, text: words, viaMailbox });
  }
  if (stream !== undefined && isNew(parts, now, contact, stream.id)) {
    const taken = kept.channels.receive(contact.id, stream.id, stream.frames);
    if (!taken.ok) count(taken.error.code);
  }
  if (introduction !== undefined && isNew(parts, now, contact, introduction.id)) {
    kept.introductions.receive(now, contact, introduction.introduction);
  }
  if (photo !== undefined && isNew(parts, now, contact, photo.id)) {
    const { id: number, part } = photo;
    kept.photos.receive(now, contact.id, { number, part }, { viaMailbox, life });
  }
  if (way !== undefined && isNew(parts, now, contact, way.id)) {
    kept.ways.learn(now, contact.id, way.way);
  }
  return true;
}

/** Whether a number has not been here; else it is counted. */
function isNew(
  { settings, count }: PersonParts,
  now: Instant,
  contact: Contact,
  id: MessageId,
): boolean {
  const verdict = contact.inbox.received(now, id);
  if (verdict !== 'new') {
    count(verdict);
    return false;
  }
  // Once told, nothing is due any more; what comes again comes from one who was not.
  if (!settings.of(contact.id).acknowledges && contact.declined) contact.inbox.decline();
  return true;
}

/** What a message says about acknowledgements to come. */
function takeAcknowledgements(
  { settings }: PersonParts,
  { log, channels, introductions, ways }: Kept,
  contact: Contact,
  { acks, declines }: Items,
): void {
  if (acks.length > 0) settings.change(contact.id, { peerAcknowledges: true });
  if (declines !== true) return;
  settings.change(contact.id, { peerAcknowledges: false });
  for (const id of contact.giveUpAcknowledgements()) {
    log.change(contact.id, id, { state: 'sent', unconfirmed: true });
    // A stream needs to know that what it sent has come.
    channels.settled(contact.id, id, false);
    introductions.settled(contact.id, id);
    ways.settled(contact.id, id, true);
  }
}

/** Nothing more is waited for: the message arrived, or was given up. */
export function settle(
  { log, channels, introductions, ways }: Kept,
  contact: Contact,
  id: MessageId,
  change:
    | { readonly state: 'delivered'; readonly deliveredAt: Instant }
    | { readonly state: 'failed'; readonly failure: MessageFailure },
): void {
  contact.inFlight.delete(id);
  contact.leftAt.delete(id);
  contact.needs.delete(id);
  log.change(contact.id, id, change);
  channels.settled(contact.id, id, change.state === 'delivered');
  introductions.settled(contact.id, id);
  ways.settled(contact.id, id, change.state === 'delivered');
}
