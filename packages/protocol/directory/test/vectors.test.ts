import {
  acceptedEpochs,
  DEFAULT_PARAMETERS,
  Directory,
  encodeParameters,
  epochAt,
  isLowOrder,
  layerOf,
  networkId,
  nodeName,
} from '@sotto/directory';
import { geometryHash } from '@sotto/sphinx';
import { fromHex, instant, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import vectors from '../../../../spec/vectors/directory.json' with { type: 'json' };
import { credulous, suite } from './sample-network.ts';

const hex = (text: string): Uint8Array => fromHex(text) ?? new Uint8Array(0);
const now = instant(vectors.now);

test.each(vectors.parameters)('parameters, $what', ({ fields, encoded, networkId: id }) => {
  expect(toHex(geometryHash(suite))).toBe(vectors.geometryHash);
  expect(toHex(encodeParameters(fields))).toBe(encoded);
  expect(toHex(networkId(suite, fields))).toBe(id);
});

test.each(vectors.epochs)('epochs at $at', ({ at, epoch, accepted }) => {
  expect(epochAt(DEFAULT_PARAMETERS, instant(at))).toBe(epoch);
  expect(acceptedEpochs(DEFAULT_PARAMETERS, instant(at)).join(' ')).toBe(accepted);
});

test.each(vectors.identities)('identity $name', ({ seed, identityKey, name, layer }) => {
  const publicKey = new Uint8Array(32);
  suite.signingKeypair(publicKey, new Uint8Array(64), hex(seed));
  expect(toHex(publicKey)).toBe(identityKey);
  expect(toHex(nodeName(suite, publicKey))).toBe(name);
  expect(layerOf(suite, publicKey)).toBe(layer);
});

test('every layer stands among the identities', () => {
  expect(new Set(vectors.identities.map(({ layer }) => layer)).size).toBe(3);
});

test.each(vectors.lowOrderPoints)('low order %s', (point) => {
  expect(isLowOrder(hex(point))).toBe(true);
});

test.each(vectors.gossip)('$what: $verdict $code', ({ bytes, verdict, code }) => {
  const answer = new Directory({ suite, parameters: DEFAULT_PARAMETERS }).receive(now, hex(bytes));
  expect(answer).toMatchObject({ verdict, code });
});

test('the vectors tell apart a directory that checks no signature', () => {
  const differing = vectors.gossip.filter(({ bytes, code }) => {
    const d = new Directory({ suite: credulous, parameters: DEFAULT_PARAMETERS });
    return d.receive(now, hex(bytes)).code !== code;
  });
  expect(differing.map(({ code }) => code)).toEqual(['forged', 'forged', 'proof-forged']);
});
