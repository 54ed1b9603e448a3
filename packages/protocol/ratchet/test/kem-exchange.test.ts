import { open } from '@sotto/sodium/wasm';
import type { CryptoSuite } from '@sotto/suite';
import { ByteReader, isZero, toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PIECE_BYTES } from '../src/erasure.ts';
import { KemExchange } from '../src/kem-exchange.ts';
import { seededRng } from './seeded-rng.ts';

const suite = await open();
const id = new Uint8Array(16).fill(3);
const rng = seededRng(suite, 5);

function reread(given: KemExchange): KemExchange {
  const state = given.export();
  const reader = new ByteReader(state);
  const read = KemExchange.read(suite, id, reader);
  expect(reader.done).toBe(true);
  expect(read.export()).toEqual(state);
  return read;
}

/** Both sides up to where the giver has the secret. @returns messages that it took. */
function exchange(giver: KemExchange, taker: KemExchange, room: number, number = 0): number {
  let messages = 0;
  while (giver.toBring === undefined) {
    expect(taker.take(giver.fill(rng, room, number), number)).toBe(true);
    expect(giver.take(taker.fill(rng, room, number), number)).toBe(true);
    messages++;
  }
  return messages;
}

test('both sides come to one secret in the free bytes, whatever room there is, and change roles', () => {
  for (const [room, messages] of [
    [1300, 1],
    [240, 10],
    [20, 74 + 68 - 1],
  ] as const) {
    let [giver, taker] = [new KemExchange(suite, id, true), new KemExchange(suite, id, false)];
    const seen = new Set<string>();
    for (let number = 0; number < 3; number++) {
      expect(exchange(giver, taker, room, number)).toBe(messages);
      [giver, taker] = [reread(giver), reread(taker)];
      expect(giver.toBring).toEqual(taker.toExpect);
      seen.add(toHex(giver.toBring ?? id));
      giver.settled();
      taker.settled();
      expect(giver.toBring ?? taker.toExpect).toBeUndefined();
      [giver, taker] = [reread(taker), reread(giver)];
    }
    expect(seen.size).toBe(3);
  }
});

test('nothing is put where nothing fits, and no longer run than there is room', () => {
  const giver = new KemExchange(suite, id, true);
  expect(giver.fill(rng, 19, 0)).toEqual(new Uint8Array(0));
  for (const room of [20, 35, 36, 1300]) {
    const run = giver.fill(rng, room, 0);
    expect(run.length).toBeLessThanOrEqual(room);
    expect(run.length).toBeGreaterThan(room - PIECE_BYTES);
  }
});

test('pieces of another exchange or kind change nothing; what is neither pieces nor zeros is refused', () => {
  const [giver, taker] = [new KemExchange(suite, id, true), new KemExchange(suite, id, false)];
  const run = giver.fill(rng, 100, 0);
  const before = taker.export();
  expect(taker.take(run, 1)).toBe(true);
  expect(taker.take(Uint8Array.of(2, ...run.subarray(1)), 0)).toBe(true);
  expect(taker.take(new Uint8Array(50), 0)).toBe(true);
  expect(taker.take(new Uint8Array(0), 0)).toBe(true);
  for (const bad of [
    Uint8Array.of(3, ...run.subarray(1)),
    run.subarray(0, -1),
    Uint8Array.of(...run, 1),
    Uint8Array.of(1, 0, 250, 6, ...new Uint8Array(6 * PIECE_BYTES)),
    Uint8Array.of(1, 0, 0, 0),
    Uint8Array.of(0, 1),
  ]) {
    expect(taker.take(bad, 0)).toBe(false);
  }
  expect(taker.export()).toEqual(before);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (any) => {
      expect(typeof taker.take(any, 0)).toBe('boolean');
    }),
  );
});

test('a key that fails the modulus check is dropped, and a good one is taken after it', () => {
  const [giver, taker] = [new KemExchange(suite, id, true), new KemExchange(suite, id, false)];
  const bad = new Uint8Array(4 + 74 * PIECE_BYTES).fill(0xff);
  bad.set([1, 0, 0, 74]);
  expect(taker.take(bad, 0)).toBe(true);
  expect(taker.fill(rng, 1300, 0)).toEqual(new Uint8Array(0));
  expect(exchange(giver, taker, 1300)).toBe(1);
  expect(giver.toBring).toEqual(taker.toExpect);
});

test('any bytes are an exchange or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(5), (any, kind) => {
      for (const bytes of [any, Uint8Array.of(kind, ...any)]) {
        const reader = new ByteReader(bytes);
        const read = KemExchange.read(suite, id, reader);
        if (reader.done) expect(read.export()).toEqual(bytes);
      }
    }),
  );
});

test('seeds, coins and secrets are zero once they have done their work', () => {
  const secrets: Uint8Array[] = [];
  const watched: CryptoSuite = {
    ...suite,
    kemEncapsulate(ciphertext, shared, key, coins) {
      secrets.push(shared, coins);
      return suite.kemEncapsulate(ciphertext, shared, key, coins);
    },
    kemDecapsulate(shared, ciphertext, secretKey) {
      secrets.push(shared, secretKey);
      return suite.kemDecapsulate(shared, ciphertext, secretKey);
    },
    kemKeypair(key, secretKey, seed) {
      secrets.push(seed, secretKey);
      suite.kemKeypair(key, secretKey, seed);
    },
  };
  const giver = new KemExchange(watched, id, true);
  const taker = new KemExchange(watched, id, false);
  exchange(giver, taker, 1300);
  secrets.push(giver.toBring ?? id, taker.toExpect ?? id);
  giver.settled();
  taker.settled();
  expect(secrets.length).toBe(10);
  for (const each of secrets) expect(isZero(each)).toBe(true);
});
