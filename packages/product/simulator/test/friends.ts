import type { Person, PersonEvent } from '@sotto/messaging';
import { VirtualNetwork, type VirtualNetworkOptions } from '@sotto/simulator';
import { addPerson } from '@sotto/simulator';
import { LISTENER, SECOND, TEST_PLAN, thinCover } from './plans.ts';

/** Two people who know each other. */
export interface Friends {
  readonly network: VirtualNetwork<PersonEvent>;
  readonly alice: Person;
  readonly bob: Person;
  /** What alice calls bob, and bob alice. */
  readonly contactOf: { readonly alice: string; readonly bob: string };
}

/** Events of one kind, in order. */
export const of = <K extends PersonEvent['kind']>(
  network: VirtualNetwork<PersonEvent>,
  name: string,
  kind: K,
): Extract<PersonEvent, { kind: K }>[] =>
  network
    .events(name)
    .flatMap(({ event }) =>
      event.kind === kind ? [event as Extract<PersonEvent, { kind: K }>] : [],
    );

/** Texts that a person got, in the order of arrival. */
export const textsOf = (network: VirtualNetwork<PersonEvent>, name: string): string[] =>
  of(network, name, 'message-received').map(({ text }) => text);

/** Lets bob accept an invite of alice's. */
export function befriend(
  options: Omit<VirtualNetworkOptions, 'parameters' | 'nodes'> & Partial<VirtualNetworkOptions>,
): Friends {
  const network = new VirtualNetwork<PersonEvent>({
    parameters: thinCover(),
    plans: [TEST_PLAN, LISTENER],
    nodes: 12,
    ...options,
  });
  network.run(2 * SECOND);
  const alice = addPerson(network, 'alice', TEST_PLAN);
  const bob = addPerson(network, 'bob', TEST_PLAN);
  network.run(2 * SECOND);
  if (network.command('alice', (now) => alice.createInvite(now)) === undefined) {
    throw new Error('no invite');
  }
  const ready = network.until(600 * SECOND, () => of(network, 'alice', 'invite-ready').length > 0);
  const [invite] = of(network, 'alice', 'invite-ready');
  if (!ready || invite === undefined) throw new Error('the invite was never ready');
  const accepted = network.command('bob', (now) => bob.acceptInvite(now, invite.link, 'alice'));
  if (!accepted.ok) throw new Error(accepted.error.code);
  const met = (name: string): boolean => of(network, name, 'contact-added').length > 0;
  if (!network.until(600 * SECOND, () => met('alice') && met('bob'))) {
    throw new Error('they never met');
  }
  const [bobAtAlice] = of(network, 'alice', 'contact-added');
  return {
    network,
    alice,
    bob,
    contactOf: { alice: bobAtAlice?.contact ?? '', bob: accepted.value },
  };
}
