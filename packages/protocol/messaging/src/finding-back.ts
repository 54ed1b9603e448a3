import { SEALED_OVERHEAD } from '@sotto/ratchet';
import { after, type Instant } from '@sotto/wire';
import type { Contact } from './contact.ts';
import { contentOf, type Kept } from './message-content.ts';
import { roundTripMicros } from './patience.ts';
import type { PersonParts } from './person-io.ts';
import { handBack, prepareBack } from './reply-mint.ts';
import { isHeld } from './restraint.ts';
import { WAY_ROOM } from './way.ts';

/** Who comes back fetches first what waits for it, for so many round trips: there may be blocks in it. */
const FETCH_ROUND_TRIPS = 2;

/** From when on a run that began at `since` looks for contacts that it has lost. */
export const findsBackFrom = (
  { plan, parameters }: Pick<PersonParts, 'plan' | 'parameters'>,
  now: Instant,
  since: Instant,
): Instant =>
  after(since, FETCH_ROUND_TRIPS * roundTripMicros(plan, now, parameters.slowMeanMicros));

/**
 * Of a contact of whom no block is held: whether it cannot write either, as far as can be known. It
 * said that it has none of ours, or has said nothing for an epoch (Spec 09 §9.9).
 */
function isLost(parts: PersonParts, { ways }: Kept, now: Instant, contact: Contact): boolean {
  const { stage, heardAt, supply } = contact;
  if (stage !== 'active' || (ways.nextTry(now, contact) ?? Infinity) > now) return false;
  return supply.mute || now - heardAt >= parts.parameters.epochMicros;
}

/**
 * Writes by the way back of a contact of whom no block is held, if it is lost, and brings it reply
 * blocks: nothing else helps.
 *
 * @param since - when this run began.
 */
export function findBack(
  parts: PersonParts,
  kept: Kept,
  now: Instant,
  contact: Contact,
  since: Instant,
): void {
  if (now < findsBackFrom(parts, now, since) || !isLost(parts, kept, now, contact)) return;
  if (isHeld(parts, now, contact, 1) || !prepareBack(parts, now, contact)) return;
  const padded = WAY_ROOM - SEALED_OVERHEAD;
  const content = contentOf(parts, kept, now, contact, padded, undefined, handBack);
  const sealed = contact.session.seal(parts.rng, ...content);
  if (!sealed.ok) return;
  contact.sealedAt = now;
  contact.confirmAt = undefined;
  // As of every message: the chain's new state is stored before anything sealed with it leaves.
  parts.save(contact);
  kept.ways.send(now, contact, sealed.value);
}
