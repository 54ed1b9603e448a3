import type { NetworkParameters } from '@sotto/directory';
import type { Plan } from '@sotto/endpoint';
import type { Message, Person, PersonEvent } from '@sotto/messaging';
import {
  addPerson,
  localParameters,
  VirtualNetwork,
  type VirtualNetworkOptions,
} from '@sotto/simulator';
import { MICROS_PER_SECOND as SECOND } from '@sotto/wire';

export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;

/** Eight slots and sixteen frames a second: a whole acquaintance in a few virtual minutes. */
export const BRISK: Plan = {
  name: 'brisk',
  code: 99,
  phase: { uplinkMeanMicros: 125_000, downlinkIntervalMicros: 62_500 },
};

/** Little cover between nodes, so that many minutes fit a test; what cover does is tested elsewhere. */
export const thinCover = (changes: Partial<NetworkParameters> = {}): NetworkParameters =>
  localParameters({
    poolTarget: 0,
    minLoopsPerMixPerSecond: 1,
    slowMeanMicros: SECOND / 2,
    ...changes,
  });

export type Net = VirtualNetwork<PersonEvent>;
export type NetOptions = Pick<VirtualNetworkOptions, 'suite' | 'seed'> &
  Partial<VirtualNetworkOptions>;

/** Nine nodes that know each other. */
export function network(options: NetOptions): Net {
  const net = new VirtualNetwork<PersonEvent>({
    parameters: thinCover(),
    plans: [BRISK],
    nodes: 9,
    ...options,
  });
  net.run(2 * SECOND);
  return net;
}

/** Events of one kind, in order. */
export const eventsOf = <K extends PersonEvent['kind']>(
  net: Net,
  name: string,
  kind: K,
): Extract<PersonEvent, { kind: K }>[] =>
  net
    .events(name)
    .flatMap(({ event }) =>
      event.kind === kind ? [event as Extract<PersonEvent, { kind: K }>] : [],
    );

/** Texts that a person was shown, in the order of arrival. */
export const shown = (net: Net, name: string): string[] =>
  eventsOf(net, name, 'message-received').map(({ text }) => text);

/** States that a message of `name` went through. */
export const statesOf = (net: Net, name: string, id: number): string[] =>
  eventsOf(net, name, 'message-state').flatMap((event) => (event.id === id ? [event.state] : []));

/** Own messages of a conversation. */
export const written = (person: Person, contact: string): readonly Message[] =>
  person.messages(contact).filter(({ direction }) => direction === 'out');

/** Lets time pass until something holds, or fails. */
export function expectWithin(net: Net, micros: number, what: string, holds: () => boolean): void {
  if (!net.until(micros, holds)) throw new Error(`expected within ${micros / SECOND} s: ${what}`);
}

/** A link of a new invite of `person`'s. */
export function inviteOf(net: Net, name: string, person: Person): string {
  const before = eventsOf(net, name, 'invite-ready').length;
  const made = net.command(name, (now) => person.createInvite(now));
  if (made === undefined) throw new Error('expected an invite');
  const ready = (): boolean => eventsOf(net, name, 'invite-ready').length > before;
  expectWithin(net, 10 * MINUTE, 'an invite', ready);
  const link = eventsOf(net, name, 'invite-ready').at(-1)?.link;
  if (link === undefined) throw new Error('expected a link');
  return link;
}

/** Accepts a link. @returns the contact that it will be. */
export function acceptBy(net: Net, name: string, person: Person, link: string): string {
  const accepted = net.command(name, (now) => person.acceptInvite(now, link, 'alice'));
  if (!accepted.ok) throw new Error(accepted.error.code);
  return accepted.value;
}

/** Writes a text that must be taken. @returns its number. */
export function write(net: Net, name: string, person: Person, to: string, text: string): number {
  const sent = net.command(name, (now) => person.send(now, to, text));
  if (!sent.ok) throw new Error(sent.error.code);
  return sent.value;
}

/** Two people who know each other; one may come back as another process. */
export interface Friends {
  readonly net: Net;
  alice: Person;
  bob: Person;
  /** Bob, as alice calls him. */
  readonly atAlice: string;
  /** Alice, as bob calls her. */
  readonly atBob: string;
}

/** How a person comes into a network. */
export type Join = (net: Net, name: string) => Person;

const brisk: Join = (net, name) => addPerson(net, name, BRISK);

/** Lets bob accept an invite of alice's, and both fill up their reply blocks. */
export function befriend(options: NetOptions & { readonly join?: Join }): Friends {
  const { join = brisk, ...rest } = options;
  const net = network(rest);
  const alice = join(net, 'alice');
  const bob = join(net, 'bob');
  net.run(2 * SECOND);
  const atBob = acceptBy(net, 'bob', bob, inviteOf(net, 'alice', alice));
  const met = (): boolean =>
    ['alice', 'bob'].every((name) => eventsOf(net, name, 'contact-added').length > 0);
  expectWithin(net, 10 * MINUTE, 'both to have met', met);
  const [added] = eventsOf(net, 'alice', 'contact-added');
  const atAlice = added?.contact ?? '';
  const stocked = (): boolean =>
    [alice, bob].every((person) => (person.contacts(net.now)[0]?.replyBlocks ?? 0) >= 7);
  expectWithin(net, 3 * MINUTE, 'reply blocks on both sides', stocked);
  return { net, alice, bob, atAlice, atBob };
}
