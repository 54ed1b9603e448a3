import {
  Builder,
  CONTENT_BYTES,
  type DelayClass,
  type Delivered,
  encodeEmbeddedSurb,
  GEOMETRY,
  pushName,
  sealBody,
  type Surb,
  type SurbRecord,
  type Terminal,
} from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { TestNetwork } from '../network.ts';

/** Nodes of each network here: few, so that paths meet the same node again. */
const NODES = 6;
const EPOCHS = [0, 1, 255, 256, 300, 2 ** 32 + 7, Number.MAX_SAFE_INTEGER];
const BOX = new Uint8Array(16).fill(7);

const node = fc.nat(NODES - 1);
const delayClass = fc.constantFrom<DelayClass>('fast', 'slow');

/** A message on any way that a network may lay for it. */
export interface Journey {
  /** Index of the network, each in an epoch of its own. */
  readonly world: number;
  /** Nodes before the crossover. */
  readonly before: readonly number[];
  /** The reply block's nodes, the crossover first. */
  readonly reply: readonly number[];
  readonly senderClass: DelayClass;
  readonly replyClass: DelayClass;
  /** Nodes of each fetch, behind the node where the mail lies. */
  readonly fetches: readonly (readonly number[])[];
  readonly content: Uint8Array;
}

/** Any journey: up to three hops, a crossover, up to three more, up to three fetches. */
export const journeys: fc.Arbitrary<Journey> = fc.record({
  world: fc.nat(EPOCHS.length - 1),
  before: fc.array(node, { maxLength: 3 }),
  reply: fc.array(node, { minLength: 1, maxLength: 4 }),
  senderClass: delayClass,
  replyClass: delayClass,
  fetches: fc.array(fc.array(node, { maxLength: 3 }), { maxLength: 3 }),
  content: fc.uint8Array({ maxLength: CONTENT_BYTES, size: 'max' }),
});

/** A packet as it stands before a node. */
export interface Link {
  readonly at: number;
  readonly packet: Uint8Array;
}

/** What a packet ends in on one half alone. */
export interface Trip {
  readonly hops: readonly number[];
  readonly terminal: Exclude<Terminal['kind'], 'cross'>;
  readonly delayClass: DelayClass;
  readonly body: Uint8Array;
}

/** Any path without a crossover, of as many hops as β holds. */
export const trips: fc.Arbitrary<Trip> = fc.record({
  hops: fc.array(node, { minLength: 1, maxLength: 7 }),
  terminal: fc.constantFrom<Trip['terminal']>('deliver', 'drop', 'arrive', 'contact', 'greet'),
  delayClass,
  body: fc.uint8Array({ minLength: GEOMETRY.bodyBytes, maxLength: GEOMETRY.bodyBytes }),
});

/** The networks, one an epoch; what a case leaves in their filters goes with the next. */
export class Worlds {
  readonly #networks: readonly TestNetwork[];

  /** `builderSuite` builds in place of `suite`: for a fault in the builder alone. */
  constructor(suite: CryptoSuite, seed: string, builderSuite: CryptoSuite = suite) {
    this.#networks = EPOCHS.map((epoch) => {
      const network = new TestNetwork(suite, `${seed} ${epoch}`, NODES, epoch);
      return builderSuite === suite ? network : withBuilder(network, builderSuite);
    });
  }

  /** The network of a case, with empty filters. */
  of(world: number): TestNetwork {
    const network = this.#networks[world];
    if (network === undefined) throw new RangeError(`no world ${world}`);
    for (const { tags } of network.nodes) tags.clear();
    return network;
  }
}

const withBuilder = (network: TestNetwork, suite: CryptoSuite): TestNetwork =>
  Object.assign(network, { builder: new Builder(suite, network.rng) });

/** Full number of the epoch of a case. */
export const epochOf = ({ world }: { readonly world: number }): number => EPOCHS[world] ?? 0;

/** A block and the packet that goes over it, ready to be sent. */
export interface Laid {
  readonly surb: Surb;
  readonly record: SurbRecord;
  readonly packet: Uint8Array;
  /** Node that gets the packet. */
  readonly first: number;
}

/** Builds the packet of a journey. */
export function lay(net: TestNetwork, journey: Journey): Laid {
  const { before, reply, senderClass, replyClass, content } = journey;
  const epoch = epochOf(journey);
  const { surb, record } = net.builder.surb({
    hops: net.hops(...reply),
    epoch,
    delayClass: replyClass,
    terminal: { kind: 'deliver', box: BOX },
  });
  const path = [...before, reply[0] ?? 0];
  const packet = net.builder.forward({
    hops: net.hops(...path),
    epoch,
    delayClass: senderClass,
    terminal: { kind: 'cross', surb },
    body: sealBody(net.suite, surb.bodySeed, content),
  });
  return { surb, record, packet, first: path[0] ?? 0 };
}

/** Builds the packet of a trip; its epoch is that of the network's index. */
export function layTrip(net: TestNetwork, trip: Trip, epoch: number): Uint8Array {
  const terminals: Readonly<Record<Trip['terminal'], Terminal>> = {
    deliver: { kind: 'deliver', box: BOX },
    drop: { kind: 'drop' },
    arrive: { kind: 'arrive', service: 3 },
    contact: { kind: 'contact', box: BOX, credential: BOX },
    greet: { kind: 'greet', box: BOX, token: BOX, proof: new Uint8Array(32).fill(3) },
  };
  const { hops, terminal, body } = trip;
  return net.builder.forward({
    hops: net.hops(...hops),
    epoch,
    delayClass: trip.delayClass,
    terminal: terminals[terminal],
    body,
  });
}

/** Runs a fresh block over mail where it lies. @returns the mail as the fetch's owner gets it. */
export function fetchMail(
  net: TestNetwork,
  epoch: number,
  from: number,
  path: readonly number[],
  mail: Delivered,
): { readonly record: SurbRecord; readonly delivered: Delivered } {
  const { surb, record } = net.builder.surb({
    hops: net.hops(from, ...path),
    epoch,
    delayClass: 'slow',
    terminal: { kind: 'deliver', box: BOX },
  });
  const run = net.node(from).runSurb(encodeEmbeddedSurb(surb), pushName(mail), mail.body);
  if (!run.ok) throw new Error(`the block was refused: ${run.error.code}`);
  const end =
    run.value.kind === 'transmit'
      ? net.carry(indexOf(net, run.value.next), run.value.packet)
      : run.value;
  if (end.kind !== 'deliver') throw new Error(`the fetch ended in ${end.kind}`);
  return { record, delivered: end.delivered };
}

/** Index of a node by its name. */
export const indexOf = (net: TestNetwork, name: Uint8Array): number =>
  net.nodes.findIndex(({ hop }) => toHex(hop.name) === toHex(name));

/** A packet as it stands before each node of its way. */
export function linksOf(net: TestNetwork, first: number, packet: Uint8Array): Link[] {
  const links: Link[] = [];
  net.carry(first, packet.slice(), (at, link) => links.push({ at, packet: link.slice() }));
  for (const { tags } of net.nodes) tags.clear();
  return links;
}

/** A copy with one bit changed. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >>> 3] = (copy[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
