import {
  decodeSurb,
  EMBEDDED_SURB_BYTES,
  GEOMETRY,
  geometryHash,
  OFFSET,
  openBody,
  PACKET_VERSION,
  Peeler,
  SURB_BYTES,
} from '@sotto/sphinx';
import { open } from '@sotto/sodium/native';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { propertyRuns } from '../../../../../tests/property-runs.ts';
import { TestNetwork, type TestNode } from '../network.ts';
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

const [blockNode] = new TestNetwork(counting(work), 'blocks', 1).nodes;
if (blockNode === undefined) throw new Error('no node');
const { logBytes, bodyBytes } = GEOMETRY;

/** An embedded block by any bytes, dressed as one of this epoch or not. */
const embeddedBlocks = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  fc.uint8Array({ minLength: EMBEDDED_SURB_BYTES, maxLength: EMBEDDED_SURB_BYTES }).map((bytes) => {
    bytes.set([blockNode.accepted.key.epoch % 256, 0, GEOMETRY.surbRoutingBytes]);
    return bytes;
  }),
);
const aboutAs = (bytes: number): fc.Arbitrary<Uint8Array> =>
  fc
    .constantFrom(bytes, bytes, bytes, bytes, bytes - 1, bytes + 1, 0)
    .map((n) => new Uint8Array(n));

type Run = TestNode['runSurb'];

const blocksBounded = (
  run: Run,
  met: Set<number>,
): fc.IProperty<[Uint8Array, Uint8Array, Uint8Array]> =>
  fc.property(embeddedBlocks, aboutAs(logBytes), aboutAs(bodyBytes), (block, log, body) => {
    [work.points, work.bytes] = [0, 0];
    expect(run(block, log, body).ok).toBe(false);
    expect(blockNode.tags.size).toBe(0);
    const fits =
      block.length === EMBEDDED_SURB_BYTES && log.length === logBytes && body.length === bodyBytes;
    met.add(work.points);
    expect(work.points).toBeLessThanOrEqual(fits ? 1 : 0);
    expect(work.bytes).toBeLessThanOrEqual(fits ? DECODE_BYTES : 0);
  });

test('any bytes as a block, a log and a body cost one decode at most, and nothing where a length is wrong', () => {
  const met = new Set<number>();
  fc.assert(
    blocksBounded((...given) => blockNode.runSurb(...given), met),
    propertyRuns(),
  );
  // A block that was decoded, and one that was not.
  expect(met).toEqual(new Set([0, 1]));
});

test('planted faults, noticed: a node that hashes a block before it looks at lengths, and one that runs it twice', () => {
  const eager: Run = (block, log, body) => {
    counted.suite.blake2b(new Uint8Array(32), body);
    return blockNode.runSurb(block, log, body);
  };
  const twice: Run = (block, log, body) => {
    blockNode.runSurb(block, log, body);
    return blockNode.runSurb(block, log, body);
  };
  for (const fault of [eager, twice]) {
    const property = blocksBounded(fault, new Set());
    expect(fc.check(property, { numRuns: 60, seed: 1, endOnFailure: true }).failed).toBe(true);
  }
});

test('any bytes as a reply block or a sealed body cost nothing, or one body', () => {
  fc.assert(
    fc.property(packets, fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes, seed) => {
      [work.points, work.bytes] = [0, 0];
      const block = decodeSurb(bytes);
      expect(block.ok).toBe(bytes.length === SURB_BYTES && bytes[17] === 0 && bytes[18] === 212);
      expect(work.bytes).toBe(0);
      expect(openBody(counted.suite, seed, bytes)).toBeUndefined();
      expect(work.points).toBe(0);
      expect(work.bytes).toBeLessThanOrEqual(bytes.length === bodyBytes ? 5 * bodyBytes : 0);
    }),
    propertyRuns(),
  );
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
