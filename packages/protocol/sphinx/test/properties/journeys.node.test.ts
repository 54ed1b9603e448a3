import {
  CONTENT_BYTES,
  type Delivered,
  GEOMETRY,
  OFFSET,
  openBody,
  PACKET_VERSION,
  type SurbRecord,
  storedMail,
  unwindLayers,
} from '@sotto/sphinx';
import { open } from '@sotto/sodium/native';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { propertyRuns } from '../../../../../tests/property-runs.ts';
import type { TestNetwork } from '../network.ts';
import {
  epochOf,
  fetchMail,
  indexOf,
  type Journey,
  journeys,
  type Laid,
  lay,
  layTrip,
  trips,
  Worlds,
} from './journey.ts';

const suite = await open();
const worlds = new Worlds(suite, 'journeys');

/** What a hop learnt of a packet, and how it came out of the last one. */
interface Walk {
  readonly hops: { readonly at: number; readonly half: string; readonly delayClass?: string }[];
  readonly stored: Delivered;
}

/** Peels to the end. Every packet on a link is looked at: one length, one version, one epoch byte. */
function walk(net: TestNetwork, { first, packet: sent }: Laid, epoch: number): Walk {
  const hops: Walk['hops'] = [];
  let at = first;
  let packet = sent;
  for (;;) {
    expect(packet.length).toBe(GEOMETRY.packetBytes);
    expect(packet[OFFSET.version]).toBe(PACKET_VERSION);
    expect(packet[OFFSET.epoch]).toBe(epoch % 256);
    const peeled = net.node(at).peel(packet);
    if (!peeled.ok) throw new Error(`node ${at} refused: ${peeled.error.code}`);
    const { value } = peeled;
    if (value.kind === 'deliver') {
      hops.push({ at, half: value.half });
      return { hops, stored: value.delivered };
    }
    if (value.kind !== 'transmit') throw new Error(`it ended in ${value.kind}`);
    const { half, delayClass } = value;
    hops.push({ at, half, delayClass });
    at = indexOf(net, value.next);
    packet = value.packet;
  }
}

/** The content that comes out at the end, with the fetches taken off. Each fetch's record stands by its name. */
function unwound(
  net: TestNetwork,
  journey: Journey,
  laid: Laid,
  stored: Delivered,
  unwind: typeof unwindLayers,
): Uint8Array | undefined {
  const levels: { readonly record: SurbRecord; readonly below: Uint8Array }[] = [];
  let at = journey.reply.at(-1) ?? 0;
  let mail = stored;
  for (const path of journey.fetches) {
    const fetched = fetchMail(net, epochOf(journey), at, path, mail);
    levels.push({ record: fetched.record, below: mail.name });
    mail = fetched.delivered;
    at = path.at(-1) ?? at;
  }
  for (const { record, below } of levels.toReversed()) {
    expect(mail.name).toEqual(record.name);
    mail = storedMail(unwind(suite, record, mail));
    expect(mail.name).toEqual(below);
  }
  expect(mail.name).toEqual(laid.record.name);
  const inner = unwind(suite, laid.record, mail);
  // The crossover zeroed the log; only slots that fetches pushed out are not those zeros.
  const kept = GEOMETRY.logBytes - 16 * journey.fetches.length;
  expect(inner.log.subarray(0, kept)).toEqual(new Uint8Array(kept));
  return openBody(suite, laid.record.bodySeed, inner.body);
}

const arrives = (unwind: typeof unwindLayers): fc.IProperty<[Journey]> =>
  fc.property(journeys, (journey) => {
    const net = worlds.of(journey.world);
    const laid = lay(net, journey);
    const { hops, stored } = walk(net, laid, epochOf(journey));
    const { before, reply, senderClass, replyClass, content } = journey;
    expect(hops).toEqual([
      ...before.map((at) => ({ at, half: 'sender', delayClass: senderClass })),
      ...reply.slice(0, -1).map((at) => ({ at, half: 'recipient', delayClass: replyClass })),
      ...reply.slice(-1).map((at) => ({ at, half: 'recipient' })),
    ]);
    const expected = new Uint8Array(CONTENT_BYTES);
    expected.set(content);
    expect(unwound(net, journey, laid, stored, unwind)).toEqual(expected);
  });

test('built, peeled, stored, fetched and unwound: the content is what was sealed, on any way', () => {
  fc.assert(arrives(unwindLayers), propertyRuns());
});

test('planted faults, noticed: hops undone in the wrong order; a record of another block', () => {
  const wrongOrder: typeof unwindLayers = (with_, record, mail) =>
    unwindLayers(with_, { ...record, hopKeys: record.hopKeys.toReversed() }, mail);
  const wrongKey: typeof unwindLayers = (with_, record, mail) =>
    unwindLayers(
      with_,
      { ...record, hopKeys: [...record.hopKeys.slice(1), record.bodySeed] },
      mail,
    );
  for (const fault of [wrongOrder, wrongKey]) {
    expect(fc.check(arrives(fault), { numRuns: 20, seed: 1, endOnFailure: true }).failed).toBe(
      true,
    );
  }
});

test('a path without a crossover ends at its last node with the body whole, of one length all along', () => {
  const epoch = epochOf({ world: 4 });
  fc.assert(
    fc.property(trips, (trip) => {
      const net = worlds.of(4);
      const path: number[] = [];
      const end = net.carry(trip.hops[0] ?? 0, layTrip(net, trip, epoch), (at, { length }) => {
        path.push(at);
        expect(length).toBe(GEOMETRY.packetBytes);
      });
      expect(path).toEqual(trip.hops);
      expect(end.kind).toBe(trip.terminal);
      if (end.kind === 'deliver') expect(end.delivered.body).toEqual(trip.body);
      if ('body' in end) expect(end.body).toEqual(trip.body);
    }),
    propertyRuns(),
  );
});
