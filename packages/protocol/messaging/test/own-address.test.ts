import { open } from '@sotto/noble';
import { HINT_BYTES } from '@sotto/mailbox';
import { createIdentity } from '@sotto/ratchet';
import { NAME_BYTES } from '@sotto/sphinx';
import { KEY_BYTES } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { concat } from '@sotto/wire';
import { expect, test } from 'vitest';
import { OwnAddress } from '../src/own-address.ts';

const suite = await open();
const rng = new SeededRng(suite, 'own address');

test('an address counts who came in the epoch under way, over a restart, and reads what was stored before it did', () => {
  const identity = createIdentity(suite, rng);
  const node = '11'.repeat(NAME_BYTES);
  const address = OwnAddress.create(suite, rng, { identity, node, people: 2, cost: 0 });
  expect(address.left(9)).toBe(2);
  address.meet(9, '0a'.repeat(16));
  const stored = address.export();
  const again = OwnAddress.import(suite, identity, stored);
  expect([again?.left(9), again?.left(10)]).toEqual([1, 2]);
  again?.meet(9, '0b'.repeat(16));
  again?.meet(9, '0c'.repeat(16));
  expect([again?.left(9), again?.handshakes.size]).toEqual([0, 3]);

  const counted = 2 + 4 + NAME_BYTES + 2 * KEY_BYTES + HINT_BYTES + 2;
  const before = concat(stored.subarray(0, counted), stored.subarray(counted + 5));
  before[0] = 1;
  const old = OwnAddress.import(suite, identity, before);
  expect([old?.left(9), old?.id, old?.handshakes.size]).toEqual([2, address.id, 1]);
  before[0] = 3;
  expect(OwnAddress.import(suite, identity, before)).toBeUndefined();
});
