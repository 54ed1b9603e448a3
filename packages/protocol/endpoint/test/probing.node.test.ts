import { epochAt } from '@sotto/directory';
import { PATH_RULES, type PathRules } from '@sotto/endpoint';
import type { Surb } from '@sotto/sphinx';
import { toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { propertyRuns } from '../../../../tests/property-runs.ts';
import { type Client, Network, PARAMETERS, SECOND } from './network.ts';

/** The crossover that a reply block names: as its maker drew it, or one by which to probe its user. */
type Offer = 'as drawn' | 'guard' | 'unknown' | 'layer 1' | 'layer 2';

/** One client, and what somebody offers it. */
interface Probe {
  /** Of the network and of the client. */
  readonly seed: number;
  /** One block each, all waiting at once. */
  readonly offers: readonly Offer[];
}

const offer = fc.constantFrom<Offer>('as drawn', 'guard', 'unknown', 'layer 1', 'layer 2');
const probes: fc.Arbitrary<Probe> = fc.record({
  seed: fc.nat(),
  offers: fc.array(offer, { minLength: 1, maxLength: 4 }),
});

/** All that anybody but the client can see of it, and what the layer above is told. */
interface Outside {
  /** When a frame left, and how long it was. */
  readonly frames: readonly (readonly [number, number])[];
  /** The nodes of the client's own choice that each packet went through: guard, m1, m2. */
  readonly mixes: readonly (readonly string[])[];
  readonly told: readonly string[];
}

/** A client that behaves as it should, or one that reacts. */
interface Reaction {
  /** Leaves out the slot of a block that it cannot use. */
  readonly silent?: boolean;
  /** Draws its mixes once more for a block whose crossover is its guard. */
  readonly makesWay?: boolean;
  /** Tells the layer above that a block was of no use. */
  readonly complains?: boolean;
}

/** What happened of what a property wants to have met. */
interface Tally {
  /** Blocks over the guard, which is a mix of layer 3: they can be used, and are. */
  guardUsed: number;
  /** Blocks whose crossover no path of the client may end at. */
  unusable: number;
}

const CONTENT = new Uint8Array(9);

function nameOf(network: Network, client: Client, kind: Offer, drawn: Uint8Array): Uint8Array {
  switch (kind) {
    case 'as drawn':
      return drawn;
    case 'guard':
      return network.node(client.guard ?? '').entry.name;
    case 'unknown':
      return new Uint8Array(16).fill(1);
    case 'layer 1':
    case 'layer 2': {
      const layer = kind === 'layer 1' ? 1 : 2;
      return network.entries.find((entry) => entry.layer === layer)?.name ?? drawn;
    }
  }
}

/** A client with ten slots a second, from its first link on until all is sent, and half a second more. */
function outside(
  { seed, offers }: Probe,
  tally: Tally,
  { silent = false, makesWay = false, complains = false }: Reaction = {},
): Outside {
  const network = new Network(`probe ${seed}`);
  const maker = network.join('maker');
  const epoch = epochAt(PARAMETERS, network.now);
  const minted = maker.endpoint.mintSurbs(network.now, 'probed', {
    direct: offers.length,
    mailbox: 0,
    epoch,
  });
  if (!minted.ok) throw new Error(minted.error.code);
  network.drain(maker);
  // Only the client's own clock runs on.
  maker.endpoint.handle(network.now, { kind: 'link', up: false });
  const offered = new Set<string>();
  const rules: PathRules = {
    ...PATH_RULES,
    sender(view, rng, service) {
      if (offered.has(view.guard.key)) PATH_RULES.sender(view, rng, service);
      return PATH_RULES.sender(view, rng, service);
    },
  };
  const client = network.join(`probed ${seed}`, makesWay ? { rules } : {});
  for (const [i, kind] of offers.entries()) {
    const block = minted.value[i];
    if (block === undefined) throw new Error('no reply block');
    const crossover = nameOf(network, client, kind, block.crossover);
    offered.add(toHex(crossover));
    const layer = network.nodes.get(toHex(crossover))?.entry.layer;
    if (layer !== 3) tally.unusable++;
    else if (kind === 'guard') tally.guardUsed++;
    const surb: Surb = { ...block, crossover };
    const order = { contact: 'maker', surb, content: CONTENT, lane: 'message' } as const;
    const sent = client.endpoint.send(network.now, { ...order, delayClass: 'fast' });
    if (!sent.ok) throw new Error(sent.error.code);
  }
  const told: string[] = [];
  const frames: (readonly [number, number])[] = [];
  let end = network.now + 60 * SECOND;
  while (network.now < end) {
    const before = client.frames.length;
    const unusable = client.endpoint.counters['unsent-crossover-unknown'] ?? 0;
    network.run(10_000);
    if (client.endpoint.queueDepth === 0) end = Math.min(end, network.now + SECOND / 2);
    const reacts = (client.endpoint.counters['unsent-crossover-unknown'] ?? 0) > unusable;
    if (reacts && complains) told.push('unsent');
    if (reacts && silent) continue;
    for (const { at, bytes } of client.frames.slice(before)) frames.push([at, bytes.length]);
  }
  expect(client.endpoint.queueDepth).toBe(0);
  for (const { kind } of client.events) if (kind === 'sent' || kind === 'unsent') told.push(kind);
  const mixes = network.passages
    .filter((passage) => passage.client === client.name)
    .map(({ path }) => path.slice(0, 3));
  expect(mixes.length).toBe(client.frames.length);
  return { frames, mixes, told };
}

/** The same client, in the same network, is offered blocks as they were drawn. */
const sameOutside = (tally: Tally, reaction?: Reaction): fc.IProperty<[Probe]> =>
  fc.property(probes, (probe) => {
    const plain: Probe = { ...probe, offers: probe.offers.map(() => 'as drawn') };
    const normal = outside(plain, { guardUsed: 0, unusable: 0 });
    expect(normal.frames.length).toBeGreaterThanOrEqual(probe.offers.length);
    expect(outside(probe, tally, reaction)).toEqual(normal);
  });

test('a crossover that is unknown, of another layer or one’s own guard changes nothing outside', () => {
  const tally: Tally = { guardUsed: 0, unusable: 0 };
  fc.assert(sameOutside(tally), propertyRuns(0.04));
  expect(tally.guardUsed).toBeGreaterThan(0);
  expect(tally.unusable).toBeGreaterThan(0);
});

test.each<readonly [string, Reaction]>([
  ['a client that is silent in the slot of a block that it cannot use', { silent: true }],
  ['one that makes way for a crossover that is its guard', { makesWay: true }],
  ['one that says which block was of no use', { complains: true }],
])('planted fault, noticed: %s', (_, reaction) => {
  const property = sameOutside({ guardUsed: 0, unusable: 0 }, reaction);
  expect(fc.check(property, { numRuns: 30, seed: 1, endOnFailure: true }).failed).toBe(true);
});
