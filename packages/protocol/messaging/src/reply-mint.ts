import { epochStart } from '@sotto/directory';
import type { Instant } from '@sotto/wire';
import type { Contact } from './contact.ts';
import type { HandedSurb } from './items.ts';
import type { PersonParts } from './person-io.ts';

/**
 * Reply blocks of one's own for a contact: as many of the wanted as can be made and fit.
 *
 * @param most - how many fit.
 */
export function mintFor(
  parts: PersonParts,
  now: Instant,
  contact: Pick<Contact, 'id' | 'supply'>,
  most: number,
): readonly HandedSurb[] {
  const { endpoint, parameters } = parts;
  const epoch = parts.epoch(now);
  const next = epochStart(parameters, epoch + 1);
  const wanted = contact.supply.wanted(now, next - now < parameters.epochMicros / 2);
  const handed: HandedSurb[] = [];
  const make = (count: number, direct: boolean, of: number): void => {
    const number = Math.min(count, most - handed.length);
    if (number <= 0) return;
    const counts = { direct: direct ? number : 0, mailbox: direct ? 0 : number, epoch: of };
    const made = endpoint.mintSurbs(now, contact.id, counts);
    // No alias yet, or too many direct ones out: the next message brings more.
    if (made.ok) for (const surb of made.value) handed.push({ direct, epoch: of, surb });
    else if (made.error.code === 'too-many-direct') contact.supply.directRefused(now);
  };
  // A talk lives on direct blocks; the mailbox's come with every other message.
  if (wanted.direct > 1) make(wanted.direct, true, epoch);
  make(wanted.mailbox, false, epoch);
  make(wanted.later, false, epoch + 1);
  if (wanted.direct === 1) make(1, true, epoch);
  const count = (test: (block: HandedSurb) => boolean): number => handed.filter(test).length;
  contact.supply.granted(now, {
    direct: count((block) => block.direct),
    mailbox: count((block) => !block.direct && block.epoch === epoch),
    later: count((block) => block.epoch !== epoch),
  });
  return handed;
}
