import { toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRng, suite } from '../../mixing/test/seeded-rng.ts';
import { ContactPoint, GuardBoxes, type StoredEntry } from '../src/index.ts';
import { at, DAY, drain, parameters, point } from './aggregation-cases.ts';

const hex = (bytes: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((some) => toHex(some));
const keys = fc
  .tuple(
    fc.constantFrom('alias', 'mail', 'contact', 'stash', 'bundle', 'client', 'guard', 'other'),
    fc.array(fc.oneof(hex(16), hex(6), hex(1), fc.string()), { maxLength: 3 }),
  )
  .map((parts) => parts.flat().join('/'));
const values = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .tuple(fc.constantFrom(9, 10, 43, 268, 1097, 700), fc.nat({ max: 255 }))
    .map(([length, fill]) => {
      const value = new Uint8Array(length).fill(fill);
      value[0] = 1;
      value.fill(0, 1, 3);
      return value;
    }),
);
const entries: fc.Arbitrary<StoredEntry[]> = fc.array(fc.record({ key: keys, value: values }), {
  maxLength: 30,
});

test('whatever stands in the store, a service starts, and deletes only keys that are its own', () => {
  const services = () => {
    const rng = seededRng(1);
    const epochs = { originMicros: 0, epochMicros: DAY, horizonEpochs: 8, graceMicros: 0 };
    return [
      { own: /^(alias|mail)\//u, service: point() },
      { own: /^(client|guard)\//u, service: new GuardBoxes({ suite, parameters }) },
      {
        own: /^(contact|stash|bundle)\//u,
        service: new ContactPoint({ suite, rng, parameters: { ...parameters, ...epochs } }),
      },
    ];
  };
  fc.assert(
    fc.property(entries, (stored) => {
      for (const { own, service } of services()) {
        service.restore(at(20 * DAY), stored);
        service.wake(at(20 * DAY));
        for (const { key, value } of drain(service).entries) {
          expect(key).toMatch(own);
          expect(value).toBeUndefined();
        }
      }
    }),
    { numRuns: 300 },
  );
});
