import { GEOMETRY, geometryHash, OFFSET, PACKET_VERSION, Peeler } from '@sotto/sphinx';
import { open } from '@sotto/sodium/native';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { propertyRuns } from '../../../../../tests/property-runs.ts';
import { TestNetwork } from '../network.ts';
import { geometryForgotten } from './faulty-suites.ts';
import { type Journey, journeys, lay, linksOf, Worlds } from './journey.ts';

const suite = await open();

/** What a backend was asked for. */
interface Work {
  points: number;
  bytes: number;
}

/** A backend that counts its calls on the packet path. */
function counting(work: Work): CryptoSuite {
  const count = (message: Uint8Array): void => void (work.bytes += message.length);
  return {
    ...suite,
    x25519: (out, scalar, point) => {
      work.points++;
      return suite.x25519(out, scalar, point);
    },
    x25519Base: (out, scalar) => {
      work.points++;
      suite.x25519Base(out, scalar);
    },
    blake2b: (out, message, key) => {
      count(message);
      suite.blake2b(out, message, key);
    },
    chacha20Stream: (out, key, nonce) => {
      count(out);
      suite.chacha20Stream(out, key, nonce);
    },
    chacha20Xor: (out, message, key, nonce) => {
      count(message);
      suite.chacha20Xor(out, message, key, nonce);
    },
    poly1305: (out, message, key) => {
      count(message);
      suite.poly1305(out, message, key);
    },
  };
}

/** Bytes through the primitives of one decode: key schedule, both MACs, four rounds of the body. */
const DECODE_BYTES = 8 * GEOMETRY.packetBytes;
const work: Work = { points: 0, bytes: 0 };
const counted = new TestNetwork(counting(work), 'bounds', 4);
const [target] = counted.nodes;
if (target === undefined) throw new Error('no node');

/** Any bytes: of any length, of a packet's length, and dressed as a packet of this epoch. */
const packets = fc.oneof(
  fc.uint8Array({ maxLength: 5000 }),
  fc.constantFrom(0, 1, 2 ** 20).map((length) => new Uint8Array(length)),
  fc
    .uint8Array({ minLength: GEOMETRY.packetBytes, maxLength: GEOMETRY.packetBytes })
    .map((bytes) => {
      bytes[OFFSET.version] = PACKET_VERSION;
      bytes[OFFSET.epoch] = target.accepted.key.epoch % 256;
      return bytes;
    }),
);

const bounded = (
  peel: (packet: Uint8Array) => { readonly ok: boolean },
): fc.IProperty<[Uint8Array]> =>
  fc.property(packets, (packet) => {
    [work.points, work.bytes] = [0, 0];
    const { ok } = peel(packet);
    expect(ok).toBe(false);
    expect(target.tags.size).toBe(0);
    const { length } = packet;
    // What has not a packet's length costs nothing, be it a megabyte.
    expect(work.points).toBeLessThanOrEqual(length === GEOMETRY.packetBytes ? 1 : 0);
    expect(work.bytes).toBeLessThanOrEqual(length === GEOMETRY.packetBytes ? DECODE_BYTES : 0);
  });

test('what a stranger sends costs one public-key operation at most, and no more bytes than a packet', () => {
  fc.assert(
    bounded((packet) => target.peel(packet)),
    propertyRuns(),
  );
});

test('planted faults, noticed: a peel that reads before it looks at the length, and one that tries all keys', () => {
  const eager = (packet: Uint8Array): { readonly ok: boolean } => {
    counted.suite.blake2b(new Uint8Array(32), packet);
    return target.peel(packet);
  };
  const peeler = new Peeler(counted.suite);
  const patient = (packet: Uint8Array): { readonly ok: boolean } => {
    for (const { keyFor } of counted.nodes) peeler.peel(packet, keyFor);
    return target.peel(packet);
  };
  for (const fault of [eager, patient]) {
    expect(fc.check(bounded(fault), { numRuns: 60, seed: 1, endOnFailure: true }).failed).toBe(
      true,
    );
  }
});

test('an honest packet costs one decode a node, two at a crossover, and the same bytes whatever it carries', () => {
  const worlds = new Worlds(suite, 'costs');
  const costs = new Set<string>();
  const peeler = new Peeler(counting(work));
  fc.assert(
    fc.property(journeys, (journey) => {
      const net = worlds.of(journey.world);
      const laid = lay(net, journey);
      linksOf(net, laid.first, laid.packet).forEach(({ at, packet }, i) => {
        [work.points, work.bytes] = [0, 0];
        expect(peeler.peel(packet, net.node(at).keyFor).ok).toBe(true);
        net.node(at).tags.clear();
        const crossing = i === journey.before.length;
        expect(work.points).toBe(crossing ? 2 : 1);
        costs.add(`${crossing} ${work.bytes}`);
      });
    }),
    propertyRuns(),
  );
  expect(costs.size).toBe(2);
});

/** Nodes whose geometry's hash is another one, and all else the same. */
const foreign: CryptoSuite = {
  ...suite,
  blake2b: (out, message, key) => {
    suite.blake2b(out, message, key);
    if (key === LABELS.geometry) out[0] = (out[0] ?? 0) ^ 1;
  },
};

const underBoth = (
  peelerSuite: CryptoSuite,
  builderSuite: CryptoSuite,
): fc.IProperty<[Journey]> => {
  const worlds = new Worlds(builderSuite, 'geometries');
  const peeler = new Peeler(peelerSuite);
  return fc.property(journeys, (journey) => {
    const net = worlds.of(journey.world);
    const laid = lay(net, journey);
    for (const { at, packet } of linksOf(net, laid.first, laid.packet)) {
      const { keyFor, tags } = net.node(at);
      const refused = peeler.peel(packet.slice(), keyFor);
      expect(refused).toEqual({ ok: false, error: { code: 'mac' } });
      expect(tags.size).toBe(0);
      expect(net.node(at).peel(packet).ok).toBe(true);
      tags.clear();
    }
  });
};

test('a packet of one geometry is refused by a node of another that has the same key, at every hop', () => {
  expect(geometryHash(foreign)).not.toEqual(geometryHash(suite));
  fc.assert(underBoth(foreign, suite), propertyRuns());
});

test('planted fault, noticed: a key schedule without the geometry', () => {
  const fault = geometryForgotten(suite, LABELS.geometry);
  expect(
    fc.check(underBoth(fault, fault), { numRuns: 10, seed: 1, endOnFailure: true }).failed,
  ).toBe(true);
});
