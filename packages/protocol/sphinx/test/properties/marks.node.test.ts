import {
  type Delivered,
  GEOMETRY,
  OFFSET,
  openBody,
  type Peeled,
  type PeelReason,
  unwindLayers,
} from '@sotto/sphinx';
import { open } from '@sotto/sodium/native';
import type { Result } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { propertyRuns } from '../../../../../tests/property-runs.ts';
import type { TestNetwork } from '../network.ts';
import { bodyOutsideMac, commandsOutsideMac, xorBody } from './faulty-suites.ts';
import {
  epochOf,
  flipped,
  type Journey,
  journeys,
  lay,
  layTrip,
  type Link,
  linksOf,
  type Trip,
  trips,
  Worlds,
} from './journey.ts';

const suite = await open();
const planted = { numRuns: 30, seed: 1, endOnFailure: true };
const world = 4;
const epoch = epochOf({ world });

/** Bits of each part that a mark may be put into; the header's are those under the MAC, and the MAC. */
const HEADER_BITS = 8 * OFFSET.log;
const LOG_BITS = 8 * GEOMETRY.logBytes;
const BODY_BITS = 8 * GEOMETRY.bodyBytes;

/** The reason that a bit changed there has; only ct has three, by what it becomes. */
function reasonsFor(bit: number): readonly PeelReason[] {
  const at = bit >>> 3;
  if (at === OFFSET.version) return ['packet-version'];
  if (at === OFFSET.epoch) return ['epoch'];
  return at < OFFSET.mac ? ['mac', 'point-not-canonical', 'point-low-order'] : ['mac'];
}

const outcome = (peeled: Result<Peeled, { readonly code: PeelReason }>): string =>
  peeled.ok ? peeled.value.kind : peeled.error.code;

/** Peels a marked packet, then the same one whole: the refusal is the mark's, and left no tag. */
function refusedThenWhole(net: TestNetwork, { at, packet }: Link, bit: number): void {
  const node = net.node(at);
  expect(reasonsFor(bit)).toContain(outcome(node.peel(flipped(packet, bit))));
  expect(node.tags.size).toBe(0);
  const whole = node.peel(packet.slice());
  expect(whole.ok).toBe(true);
  for (const { tags } of net.nodes) tags.clear();
}

const pick = <T>(list: readonly T[], index: number): T => {
  const item = list[index % list.length];
  if (item === undefined) throw new RangeError('"list" expected at least one, got 0');
  return item;
};

const headerMarks = (worlds: Worlds): fc.IProperty<[Journey, number, number]> =>
  fc.property(journeys, fc.nat(7), fc.nat(HEADER_BITS - 1), (journey, hop, bit) => {
    const net = worlds.of(journey.world);
    const laid = lay(net, journey);
    refusedThenWhole(net, pick(linksOf(net, laid.first, laid.packet), hop), bit);
  });

const tripHeaderMarks = (worlds: Worlds): fc.IProperty<[Trip, number, number]> =>
  fc.property(trips, fc.nat(6), fc.nat(HEADER_BITS - 1), (trip, hop, bit) => {
    const net = worlds.of(world);
    const packet = layTrip(net, trip, epoch);
    refusedThenWhole(net, pick(linksOf(net, trip.hops[0] ?? 0, packet), hop), bit);
  });

test('any bit of version, epoch, ct, γ or β changed is refused at that hop, in both halves and for all ends', () => {
  const worlds = new Worlds(suite, 'header marks');
  fc.assert(headerMarks(worlds), propertyRuns());
  fc.assert(tripHeaderMarks(worlds), propertyRuns());
});

test('planted fault, noticed: commands outside of the MAC', () => {
  const worlds = new Worlds(commandsOutsideMac(suite), 'header marks');
  expect(fc.check(headerMarks(worlds), planted).failed).toBe(true);
  expect(fc.check(tripHeaderMarks(worlds), planted).failed).toBe(true);
});

/** A hop of the sender's half, the guard's own link included, marks the body: the next one refuses it. */
const senderBodyMarks = (worlds: Worlds): fc.IProperty<[Journey, number, number]> =>
  fc.property(journeys, fc.nat(3), fc.nat(BODY_BITS - 1), (journey, hop, bit) => {
    const net = worlds.of(journey.world);
    const laid = lay(net, journey);
    const senders = linksOf(net, laid.first, laid.packet).slice(0, journey.before.length + 1);
    refusedThenWhole(net, pick(senders, hop), 8 * OFFSET.body + bit);
  });

const tripBodyMarks = (worlds: Worlds): fc.IProperty<[Trip, number, number]> =>
  fc.property(trips, fc.nat(6), fc.nat(BODY_BITS - 1), (trip, hop, bit) => {
    const net = worlds.of(world);
    const packet = layTrip(net, trip, epoch);
    const links = linksOf(net, trip.hops[0] ?? 0, packet);
    refusedThenWhole(net, pick(links, hop), 8 * OFFSET.body + bit);
  });

test('any bit of the body changed in the sender’s half is refused at the next hop', () => {
  const worlds = new Worlds(suite, 'body marks');
  fc.assert(senderBodyMarks(worlds), propertyRuns());
  fc.assert(tripBodyMarks(worlds), propertyRuns());
});

test('planted fault, noticed: a body outside of the MAC', () => {
  const worlds = new Worlds(bodyOutsideMac(suite), 'body marks');
  expect(fc.check(senderBodyMarks(worlds), planted).failed).toBe(true);
  expect(fc.check(tripBodyMarks(worlds), planted).failed).toBe(true);
});

/** A peel whose tag is forgotten again, so that a packet and its marked copy can pass the same node. */
function peelOnce(net: TestNetwork, at: number, packet: Uint8Array): Peeled {
  const node = net.node(at);
  const peeled = node.peel(packet);
  node.tags.clear();
  if (!peeled.ok) throw new Error(`node ${at} refused: ${peeled.error.code}`);
  return peeled.value;
}

/** What comes out of the recipient's half for a packet and for a copy that was marked on its way. */
interface Both {
  readonly whole: Delivered;
  readonly marked: Delivered;
}

/**
 * Takes a packet and its marked copy through the recipient's half. Every node must learn the same
 * of both: next node, class, half, box, name, and each byte of the header but the log.
 */
function takeBoth(
  net: TestNetwork,
  links: readonly Link[],
  mark: (packet: Uint8Array) => Uint8Array,
): Both {
  let whole: Uint8Array = links[0]?.packet.slice() ?? new Uint8Array(0);
  let marked: Uint8Array = mark(whole);
  for (const { at } of links) {
    const honest = peelOnce(net, at, whole);
    const changed = peelOnce(net, at, marked);
    if (honest.kind === 'deliver' && changed.kind === 'deliver') {
      const { box, half, delivered } = changed;
      expect([box, half]).toEqual([honest.box, honest.half]);
      expect(delivered.name).toEqual(honest.delivered.name);
      return { whole: honest.delivered, marked: delivered };
    }
    if (honest.kind !== 'transmit' || changed.kind !== 'transmit') throw new Error(changed.kind);
    [whole, marked] = [honest.packet, changed.packet];
    const { next, delayClass, half } = changed;
    expect([next, delayClass, half]).toEqual([honest.next, honest.delayClass, honest.half]);
    expect(marked.subarray(0, OFFSET.log)).toEqual(whole.subarray(0, OFFSET.log));
  }
  throw new Error('not delivered');
}

/** The links of a journey's recipient's half, from a hop on, and what opens at its end. */
function markedJourney(
  net: TestNetwork,
  journey: Journey,
  hop: number,
  bit: number,
): { readonly logs: readonly Uint8Array[]; readonly opened: readonly (Uint8Array | undefined)[] } {
  const laid = lay(net, journey);
  const behind = linksOf(net, laid.first, laid.packet).slice(journey.before.length + 1);
  const links = behind.slice(hop % behind.length);
  const { whole, marked } = takeBoth(net, links, (packet) => flipped(packet, bit));
  const ends = [whole, marked].map((each) => unwindLayers(net.suite, laid.record, each));
  return {
    logs: ends.map(({ log }) => log),
    opened: ends.map(({ body }) => openBody(net.suite, laid.record.bodySeed, body)),
  };
}

/** With at least one hop behind the crossover, where somebody could put a mark. */
const twoHops = journeys.filter(({ reply }) => reply.length > 1);

const recipientBodyMarks = (worlds: Worlds): fc.IProperty<[Journey, number, number]> =>
  fc.property(twoHops, fc.nat(2), fc.nat(BODY_BITS - 1), (journey, hop, bit) => {
    const net = worlds.of(journey.world);
    const { logs, opened } = markedJourney(net, journey, hop, 8 * OFFSET.body + bit);
    expect(logs[1]).toEqual(logs[0]);
    expect(opened[0]?.subarray(0, journey.content.length)).toEqual(journey.content);
    expect(opened[1]).toBeUndefined();
  });

test('any bit of the body changed in the recipient’s half is seen by the recipient, and by no node', () => {
  fc.assert(recipientBodyMarks(new Worlds(suite, 'recipient marks')), propertyRuns());
});

test('planted fault, noticed: a body that is a stream', () => {
  const stream = new Worlds(xorBody(suite), 'recipient marks');
  expect(fc.check(recipientBodyMarks(stream), planted).failed).toBe(true);
});

test('a bit of the log changed in the recipient’s half comes out as that bit, and changes nothing else', () => {
  const worlds = new Worlds(suite, 'log marks');
  fc.assert(
    fc.property(twoHops, fc.nat(2), fc.nat(LOG_BITS - 1), (journey, hop, bit) => {
      const net = worlds.of(journey.world);
      const { logs, opened } = markedJourney(net, journey, hop, 8 * OFFSET.log + bit);
      expect(logs[1]).toEqual(flipped(logs[0] ?? new Uint8Array(0), bit));
      expect(opened[1]).toEqual(opened[0]);
      expect(opened[1]?.subarray(0, journey.content.length)).toEqual(journey.content);
    }),
    propertyRuns(),
  );
});

test('a log changed in the sender’s half does not come through the crossover', () => {
  const worlds = new Worlds(suite, 'sender logs');
  fc.assert(
    fc.property(journeys, fc.nat(3), fc.nat(LOG_BITS - 1), (journey, hop, bit) => {
      const net = worlds.of(journey.world);
      const laid = lay(net, journey);
      const { at, packet } = pick(
        linksOf(net, laid.first, laid.packet).slice(0, journey.before.length + 1),
        hop,
      );
      const ends = [packet.slice(), flipped(packet, 8 * OFFSET.log + bit)].map((each) => {
        const end = net.carry(at, each);
        for (const { tags } of net.nodes) tags.clear();
        return end;
      });
      expect(ends[1]).toEqual(ends[0]);
    }),
    propertyRuns(),
  );
});
