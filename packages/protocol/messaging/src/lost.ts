import { after, type Instant } from '@sotto/wire';
import type { MessageId } from '@sotto/reliable';
import type { Contact } from './contact.ts';
import type { MessageFailure } from './history.ts';
import { settle } from './incoming.ts';
import type { Kept } from './message-content.ts';
import type { PersonParts } from './person-io.ts';
import type { Ways } from './ways.ts';

type LifeParts = Pick<PersonParts, 'parameters'>;

/** Nothing more is waited for from these texts. */
export function giveUp(
  { save }: Pick<PersonParts, 'save'>,
  kept: Kept,
  contact: Contact,
  ids: readonly MessageId[],
  failure: MessageFailure,
): void {
  for (const id of ids) {
    contact.outbox.giveUp(id);
    settle(kept, contact, id, { state: 'failed', failure });
  }
  if (ids.length > 0) save(contact);
}

/** From when a text left until nobody can have it, or say so, any more: its life in a mailbox, and an epoch for both ways. */
const lifeMicros = ({ parameters }: LifeParts): number =>
  parameters.mailLifeMicros + parameters.epochMicros;

/** Texts that left so long ago that no mailbox keeps them and no acknowledgement is on its way (Spec 09 §9.4). */
export function expiredTexts(
  parts: LifeParts,
  now: Instant,
  contact: Pick<Contact, 'leftAt' | 'inFlight'>,
): readonly MessageId[] {
  const life = lifeMicros(parts);
  return [...contact.leftAt].flatMap(([id, at]) =>
    now - at >= life && !contact.inFlight.has(id) ? [id] : [],
  );
}

/** When {@link expiredTexts} has one next; undefined when none is out. */
export function nextExpiry(
  parts: LifeParts,
  { leftAt }: Pick<Contact, 'leftAt'>,
): Instant | undefined {
  let first: Instant | undefined;
  for (const at of leftAt.values()) if (first === undefined || at < first) first = at;
  return first === undefined ? undefined : after(first, lifeMicros(parts));
}

/**
 * Whether a contact and we have lost each other: neither holds a reply block of the other for this
 * epoch or a later one, and whatever it wrote before has been fetched, and it has told of no way back
 * that may be open still (Spec 09 §9.4).
 *
 * @param since - when this run began: who comes back fetches first what waits, for an epoch.
 */
export const isOutOfReach = (
  { endpoint, parameters }: Pick<PersonParts, 'endpoint' | 'parameters'>,
  ways: Pick<Ways, 'isOpen'>,
  now: Instant,
  {
    id,
    stage,
    bank,
    epoch,
    prepared,
  }: Pick<Contact, 'id' | 'stage' | 'bank' | 'epoch' | 'prepared'>,
  since: Instant,
): boolean =>
  // One who has not answered an invite yet has a deadline of its own.
  stage === 'active' &&
  bank.size === 0 &&
  now - since >= parameters.epochMicros &&
  !ways.isOpen(now, id) &&
  endpoint.outstanding(id, epoch) <= prepared.length;
