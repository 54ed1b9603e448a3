import type { Person } from '@sotto/messaging';
import { acceptBy, eventsOf, MINUTE, type Net } from './friends.ts';

/** Whom one will know under which name: `[who invites, who accepts]`. */
export type Pair = readonly [host: string, guest: string];

/** Contacts by who calls and who is called. */
export type ContactOf = (of: string, who: string) => string;

/**
 * Lets each guest accept an invite of its host's, all at a time.
 *
 * @param within - microseconds for the invites, and as long again for the acquaintances.
 * @param unmet - told of those who have not met by then; without it that is an error.
 */
export function acquaint(
  net: Net,
  people: ReadonlyMap<string, Person>,
  pairs: readonly Pair[],
  within: number,
  unmet?: (pair: Pair) => void,
): ContactOf {
  const personOf = (name: string): Person => {
    const person = people.get(name);
    if (person === undefined) throw new RangeError(`"name" expected a person, got ${name}`);
    return person;
  };
  const contacts = new Map<string, string>();
  const invites = pairs.map(([host, guest]) =>
    net.command(host, (now) => personOf(host).createInvite(now, guest)),
  );
  const linkOf = (index: number): string | undefined => {
    const host = pairs[index]?.[0] ?? '';
    const id = invites[index]?.invite;
    return eventsOf(net, host, 'invite-ready').find(({ invite }) => invite === id)?.link;
  };
  waitFor(net, within, 'invites', () => pairs.every((_, i) => linkOf(i) !== undefined));
  for (const [i, [host, guest]] of pairs.entries()) {
    contacts.set(`${guest} ${host}`, acceptBy(net, guest, personOf(guest), linkOf(i) ?? ''));
  }
  const met = (host: string, guest: string): boolean => {
    const added = eventsOf(net, host, 'contact-added').find(({ label }) => label === guest);
    if (added !== undefined) contacts.set(`${host} ${guest}`, added.contact);
    const atGuest = contacts.get(`${guest} ${host}`);
    const both = eventsOf(net, guest, 'contact-added').some(({ contact }) => contact === atGuest);
    return added !== undefined && both;
  };
  const all = (): boolean => pairs.map((pair) => met(...pair)).every(Boolean);
  if (unmet === undefined) waitFor(net, within, 'all to have met', all);
  else {
    for (const end = net.now + within; net.now < end && !all(); net.run(MINUTE));
    for (const pair of pairs) if (!met(...pair)) unmet(pair);
  }
  return (of, who) => {
    const contact = contacts.get(`${of} ${who}`);
    if (contact === undefined) throw new RangeError(`"who" expected one whom ${of} knows`);
    return contact;
  };
}

/** As `expectWithin`, in steps of a minute: to look at everybody's events takes longer than a second of theirs. */
function waitFor(net: Net, micros: number, what: string, holds: () => boolean): void {
  for (const end = net.now + micros; !holds(); net.run(MINUTE)) {
    if (net.now >= end) throw new Error(`expected within ${micros / MINUTE} minutes: ${what}`);
  }
}
