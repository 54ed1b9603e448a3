import { epochAt } from '@sotto/directory';
import {
  ALIAS_LIMITS,
  type Endpoint,
  type EndpointEvent,
  type PathRules,
  type Plan,
  type SlotSource,
} from '@sotto/endpoint';
import { addEndpoint, VirtualNetwork, type VirtualNetworkOptions } from '@sotto/simulator';
import type { Surb } from '@sotto/sphinx';
import { LISTENER, SECOND, TEST_PLAN, thinCover } from './plans.ts';

/** Mails that alice can get at once: six aliases of eight. */
export const MOST_MAILS = 48;

/** Two endpoints; bob writes to alice under her reply blocks. Nothing is sealed. */
export interface Correspondents {
  readonly network: VirtualNetwork<EndpointEvent>;
  readonly alice: Endpoint;
  readonly bob: Endpoint;
}

/** Waits until alice has `aliases` ready. Rules and clock are plants. */
export function correspondents(
  options: Pick<VirtualNetworkOptions, 'suite' | 'seed'> &
    Partial<VirtualNetworkOptions> & {
      readonly aliases: number;
      readonly rulesOfAlice?: PathRules;
      readonly rulesOfBob?: PathRules;
      readonly clockOfBob?: SlotSource;
      readonly planOfAlice?: Plan;
    },
): Correspondents {
  const { aliases, rulesOfAlice, rulesOfBob, clockOfBob, planOfAlice, ...rest } = options;
  const network = new VirtualNetwork<EndpointEvent>({
    parameters: thinCover(),
    plans: [TEST_PLAN, LISTENER],
    nodes: 12,
    ...rest,
  });
  network.run(2 * SECOND);
  const bob = addEndpoint(network, 'bob', TEST_PLAN, {
    ...(rulesOfBob === undefined ? {} : { rules: rulesOfBob }),
    ...(clockOfBob === undefined ? {} : { clock: clockOfBob }),
  });
  // Bob sends before alice chooses anything: a rule of hers that is planted may look at his guard.
  network.run(2 * SECOND);
  const alice = addEndpoint(network, 'alice', planOfAlice ?? TEST_PLAN, {
    ...(rulesOfAlice === undefined ? {} : { rules: rulesOfAlice }),
    limits: {
      aliases: { ...ALIAS_LIMITS, spares: aliases, total: 64, wanting: 4 },
    },
  });
  network.run(SECOND);
  const ready = (): boolean => alice.status.aliases.ready >= aliases;
  if (!network.until(300 * SECOND, ready)) throw new Error('alice has no aliases');
  return { network, alice, bob };
}

/** Reply blocks of alice's for the current epoch. */
export function blocks(
  { network, alice }: Correspondents,
  kind: 'direct' | 'mailbox',
  count: number,
): readonly Surb[] {
  const epoch = epochAt(thinCover(), network.now);
  const counts = { direct: 0, mailbox: 0, [kind]: count, epoch };
  const minted = network.command('alice', (now) => alice.mintSurbs(now, 'bob', counts));
  if (!minted.ok) throw new Error(minted.error.code);
  return minted.value;
}

/** Queues bob's mail under a block; the first byte of its content is `mark`. */
export function mail({ network, bob }: Correspondents, surb: Surb, mark: number): void {
  const content = new Uint8Array(992).fill(mark);
  const order = { contact: 'alice', surb, content, lane: 'message', delayClass: 'fast' } as const;
  const sent = network.command('bob', (now) => bob.send(now, order));
  if (!sent.ok) throw new Error(sent.error.code);
}

/** Marks of the mails that alice got, in the order of arrival. */
export const marksOf = (network: VirtualNetwork<EndpointEvent>): number[] =>
  network
    .events('alice')
    .flatMap(({ event }) => (event.kind === 'mail' ? [event.content[0] ?? 0] : []));
