import { open } from '@sotto/noble';
import { safetyNumber } from '@sotto/ratchet';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { pair } from './pair.ts';

const suite = await open();

test('both sides see one number of twelve groups, and any other pair of people another', () => {
  const { alice, bob, initiated, responded } = pair(suite, 1);
  const number = safetyNumber(suite, alice.public, initiated.session.peerIdentity);
  expect(number).toMatch(/^(\d{5} ){11}\d{5}$/u);
  expect(safetyNumber(suite, bob.public, responded.session.peerIdentity)).toBe(number);
  fc.assert(
    fc.property(fc.nat(255), (bit) => {
      const other = bob.public.slice();
      other[bit >>> 3] = (other[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      expect(safetyNumber(suite, alice.public, other)).not.toBe(number);
    }),
    { numRuns: 30 },
  );
  expect(() => safetyNumber(suite, alice.public, new Uint8Array(31))).toThrow(RangeError);
});
