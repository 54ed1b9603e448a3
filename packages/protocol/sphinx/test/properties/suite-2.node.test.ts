import {
  Builder,
  encodeEmbeddedSurb,
  type Hop,
  kemKeyHash,
  type KeyFor,
  openBody,
  type Peeled,
  Peeler,
  type PeelReason,
  sealBody,
  SUITE_2,
  type Surb,
  type SurbRecord,
  unwindLayers,
} from '@sotto/sphinx';
import { open } from '@sotto/sodium/native';
import type { CryptoSuite } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { randomBytes, toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { propertyRuns } from '../../../../../tests/property-runs.ts';
import { flipped } from './journey.ts';

const suite = await open();
const EPOCH = 300;
const path = { epoch: EPOCH, delayClass: 'fast' } as const;
const BOX = new Uint8Array(16).fill(7);
const { geometry, offset, contentBytes } = SUITE_2;

interface Node {
  /** With its ML-KEM key. */
  readonly hop: Required<Hop>;
  readonly keyFor: KeyFor;
}

const rng = new SeededRng(suite, 'suite 2');
const nodes: readonly Node[] = Array.from({ length: 6 }, () => {
  const secret = randomBytes(rng, 32);
  const routingKey = new Uint8Array(32);
  suite.x25519Base(routingKey, secret);
  const kemKey = new Uint8Array(1184);
  const kemSecret = new Uint8Array(2400);
  suite.kemKeypair(kemKey, kemSecret, randomBytes(rng, 64));
  const name = randomBytes(rng, 16);
  const subHop = { secret: kemSecret, publicHash: kemKeyHash(suite, kemKey) };
  const key = { secret, public: routingKey, epoch: EPOCH, nodeName: name, subHop };
  const accepted = { key, filter: { addIfNew: () => true } };
  const keyFor: KeyFor = (byte) => (byte === EPOCH % 256 ? accepted : undefined);
  return { hop: { name, routingKey, kemKey }, keyFor };
});
const nodeAt = (index: number): Node => {
  const found = nodes[index];
  if (found === undefined) throw new RangeError(`no node ${index}`);
  return found;
};

/** A message over any two halves, its sub-hops anywhere. */
interface Journey {
  readonly before: readonly number[];
  /** The crossover first. */
  readonly reply: readonly number[];
  /** Which hop of each half has the sub-hop, taken modulo the hops that there are. */
  readonly subHops: readonly [number, number];
  readonly content: Uint8Array;
}

const index = fc.nat(nodes.length - 1);
const journeys: fc.Arbitrary<Journey> = fc.record({
  before: fc.array(index, { maxLength: 3 }),
  reply: fc.array(index, { minLength: 1, maxLength: 4 }),
  subHops: fc.tuple(fc.nat(3), fc.nat(3)),
  content: fc.uint8Array({ maxLength: contentBytes, size: 'max' }),
});

function hopsOf(indices: readonly number[], subHop: number): Hop[] {
  return indices.map((at, i) => {
    const { name, routingKey, kemKey } = nodeAt(at).hop;
    return i === subHop % indices.length ? { name, routingKey, kemKey } : { name, routingKey };
  });
}

interface Laid {
  readonly surb: Surb;
  readonly record: SurbRecord;
  /** The packet before each node. */
  readonly links: readonly { readonly at: number; readonly packet: Uint8Array }[];
  readonly end: Peeled;
}

/** Takes a packet from node to node. */
function carry(peeler: Peeler, first: number, sent: Uint8Array): Pick<Laid, 'links' | 'end'> {
  const links: { at: number; packet: Uint8Array }[] = [];
  let at = first;
  let packet: Uint8Array = sent.slice();
  for (;;) {
    expect(packet.length).toBe(geometry.packetBytes);
    links.push({ at, packet: packet.slice() });
    const peeled = peeler.peel(packet, nodeAt(at).keyFor);
    if (!peeled.ok) throw new Error(`node ${at} refused: ${peeled.error.code}`);
    if (peeled.value.kind !== 'transmit') return { links, end: peeled.value };
    const next = toHex(peeled.value.next);
    at = nodes.findIndex(({ hop }) => toHex(hop.name) === next);
    packet = peeled.value.packet;
  }
}

function lay(with_: CryptoSuite, { before, reply, subHops, content }: Journey): Laid {
  const builder = new Builder(with_, rng, SUITE_2);
  const terminal = { kind: 'deliver', box: BOX } as const;
  const { surb, record } = builder.surb({ ...path, hops: hopsOf(reply, subHops[1]), terminal });
  const way = [...before, reply[0] ?? 0];
  const packet = builder.forward({
    ...path,
    hops: hopsOf(way, subHops[0]),
    terminal: { kind: 'cross', surb },
    body: sealBody(with_, surb.bodySeed, content, SUITE_2),
  });
  return { surb, record, ...carry(new Peeler(with_, SUITE_2), way[0] ?? 0, packet) };
}

/** The content as its recipient opens it. */
function opened({ record }: Laid, end: Peeled): Uint8Array | undefined {
  if (end.kind !== 'deliver') throw new Error(`it ended in ${end.kind}`);
  const { body } = unwindLayers(suite, record, end.delivered, SUITE_2);
  return openBody(suite, record.bodySeed, body, SUITE_2);
}

test('suite 2: on any way, with the sub-hops anywhere, the content is what was sealed', () => {
  fc.assert(
    fc.property(journeys, (journey) => {
      const laid = lay(suite, journey);
      expect(laid.links.length).toBe(journey.before.length + journey.reply.length);
      const { content } = journey;
      expect(opened(laid, laid.end)?.subarray(0, content.length)).toEqual(content);
    }),
    propertyRuns(0.2),
  );
});

/** What a changed bit in the header may be refused by: ct has three reasons, by what it becomes. */
function reasonsFor(bit: number): readonly PeelReason[] {
  const at = bit >>> 3;
  if (at === offset.version) return ['packet-version'];
  if (at === offset.epoch) return ['epoch'];
  return at < offset.mac ? ['mac', 'point-not-canonical', 'point-low-order'] : ['mac'];
}

const marks = (with_: CryptoSuite): fc.IProperty<[Journey, number, number, number]> =>
  fc.property(
    journeys,
    fc.nat(7),
    fc.nat(8 * offset.log - 1),
    fc.nat(8 * geometry.bodyBytes - 1),
    (journey, hop, headerBit, bodyBit) => {
      const laid = lay(with_, journey);
      const link = hop % laid.links.length;
      const { at, packet } = laid.links[link] ?? { at: 0, packet: new Uint8Array(0) };
      const peeler = new Peeler(with_, SUITE_2);
      const header = peeler.peel(flipped(packet, headerBit), nodeAt(at).keyFor);
      expect(header.ok ? 'ok' : header.error.code).toSatisfy((code: PeelReason) =>
        reasonsFor(headerBit).includes(code),
      );
      const marked = flipped(packet, 8 * offset.body + bodyBit);
      if (link <= journey.before.length) {
        const body = peeler.peel(marked, nodeAt(at).keyFor);
        expect(body).toEqual({ ok: false, error: { code: 'mac' } });
      } else {
        expect(opened(laid, carry(peeler, at, marked).end)).toBeUndefined();
      }
    },
  );

test('suite 2: a bit changed in a header or a sender-half body is refused, behind the crossover seen by the recipient alone', () => {
  fc.assert(marks(suite), propertyRuns(0.2));
});

test.each<readonly [string, number]>([
  ['the body outside of the MAC', offset.mac + geometry.routingBytes],
  ['commands outside of the MAC', offset.mac],
])('planted fault, noticed: %s', (_, covered) => {
  const fault: CryptoSuite = {
    ...suite,
    poly1305: (out, message, key) => suite.poly1305(out, message.subarray(0, covered), key),
  };
  const planted = { numRuns: 30, seed: 1, endOnFailure: true };
  expect(fc.check(marks(fault), planted).failed).toBe(true);
});

test('suite 2: a block that its node runs costs one X25519 and at most one decapsulation', () => {
  const counts = { points: 0, kems: 0 };
  const counting: CryptoSuite = {
    ...suite,
    x25519: (out, scalar, point) => {
      counts.points++;
      return suite.x25519(out, scalar, point);
    },
    kemDecapsulate: (shared, ct, secret) => {
      counts.kems++;
      return suite.kemDecapsulate(shared, ct, secret);
    },
  };
  const peeler = new Peeler(counting, SUITE_2);
  fc.assert(
    fc.property(journeys, (journey) => {
      const { surb } = lay(suite, journey);
      [counts.points, counts.kems] = [0, 0];
      const { keyFor } = nodeAt(journey.reply[0] ?? 0);
      const log = new Uint8Array(geometry.logBytes);
      const body = new Uint8Array(geometry.bodyBytes);
      expect(peeler.runSurb(encodeEmbeddedSurb(surb, SUITE_2), log, body, keyFor).ok).toBe(true);
      const isSubHop = journey.subHops[1] % journey.reply.length === 0;
      expect(counts).toEqual({ points: 1, kems: isSubHop ? 1 : 0 });
    }),
    propertyRuns(0.1),
  );
});
