import {
  DEFAULT_PARAMETERS,
  epochAt,
  epochStart,
  identityOf,
  type NetworkParameters,
} from '@sotto/directory';
import type { StoredEntry } from '@sotto/mailbox';
import { LEAST_TAGS, PLACE_BYTES } from '@sotto/mixing';
import { open } from '@sotto/noble';
import { Relay } from '@sotto/relay';
import { SeededRng } from '@sotto/suite/testing';
import { concat, instant, MICROS_PER_SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import { EpochKeys } from '../src/epoch-keys.ts';

const suite = await open();
const parameters: NetworkParameters = DEFAULT_PARAMETERS;
const { epochMicros, skewMicros, graceMicros } = parameters;
const NOW = instant(1_800_000_000 * MICROS_PER_SECOND);
const EPOCH = epochAt(parameters, NOW);
/** From when on a node takes packets under the next key: for a whole epoch it has taken those under this one. */
const NEXT = instant(epochStart(parameters, EPOCH + 1) - skewMicros);
/** Memory of a filter for each tag that it has room for. */
const BYTES_PER_TAG = 3 / 0.9;
/** Of the tags of an epoch: 1.25 times what their rate brings in all the time of a key (Spec 05 §4.3). */
const RULE = (1.25 * (epochMicros + skewMicros + graceMicros)) / epochMicros;

/** Places of `count` tags, as a log has them. */
function placesOf(count: number): Uint8Array {
  const places = new Uint8Array(PLACE_BYTES * count);
  const view = new DataView(places.buffer);
  for (let n = 0; n < count; n++) {
    view.setUint32(8 * n, Math.imul(n + 1, 0x9e3779b1));
    view.setUint32(8 * n + 4, Math.imul(n + 1, 0x85ebca6b));
  }
  return places;
}

/** Tags that the filters of this key and of the next have room for, when `count` were seen under this one. */
function rooms(count: number, maxTags = 2 ** 27): { readonly now: number; readonly next: number } {
  const places = placesOf(count);
  const keys = new EpochKeys({
    suite,
    rng: new SeededRng(suite, 'filter size'),
    parameters,
    nodeName: new Uint8Array(16),
    maxTags,
    restored: [{ epoch: EPOCH, secret: new Uint8Array(32).fill(1), placeBytes: places.length }],
  });
  // The key of the next epoch is drawn long before it comes into use.
  keys.advance(NOW);
  keys.restorePlaces(EPOCH, places);
  keys.advance(NEXT);
  const before = keys.filterBytes;
  const next = keys.keyFor((EPOCH + 1) % 256);
  expect(next?.filter.addIfNew(new Uint8Array(16))).toBe(true);
  const roomOf = (bytes: number): number => bytes / BYTES_PER_TAG;
  return { now: roomOf(before), next: roomOf(keys.filterBytes - before) };
}

/** Buckets are whole: a filter is larger than asked by a few tags. */
function expectRoom(room: number, tags: number): void {
  expect(room).toBeGreaterThanOrEqual(tags - 1);
  expect(room).toBeLessThan(1.0001 * tags);
}

test('the filter of the next key is sized by what the measured rate will bring, and a quarter more', () => {
  const room = rooms(900_000);
  expectRoom(room.next, RULE * 900_000);
  // And one that is read back by what is stored.
  expectRoom(room.now, 1.25 * 900_000);
});

test('a filter has room for 2^20 tags at least, and for `maxTags` at most', () => {
  expectRoom(rooms(0).next, LEAST_TAGS);
  expectRoom(rooms(1000).next, LEAST_TAGS);
  const maxTags = 1_100_000;
  expect(RULE * maxTags).toBeGreaterThan(1.2 * maxTags);
  expectRoom(rooms(maxTags, maxTags).next, maxTags);
});

/** A node with so much room, that has these places in the log of its key and in its store. */
function started(maxTags: number, log: Uint8Array, stored: readonly StoredEntry[] = []): Relay {
  const { publicKey, secretKey } = identityOf(suite, new Uint8Array(32).fill(7));
  const relay = new Relay({
    suite,
    rng: new SeededRng(suite, 'smaller'),
    parameters,
    now: NOW,
    identityKey: publicKey,
    identitySecret: secretKey,
    capabilities: { mix: true, guard: false, mailbox: false, contact: false },
    addresses: [],
    epochs: [{ epoch: EPOCH, secret: new Uint8Array(32).fill(1), placeBytes: log.length }],
    stored,
    maxTags,
  });
  relay.restorePlaces(EPOCH, log);
  return relay;
}

test('a node that has no room for the tags it has stored says so and does not start', () => {
  const log = placesOf(10);
  const message = `no room for the replay tags stored for epoch ${EPOCH}: 9 would fit`;
  expect(() => started(9, log)).toThrow(message);
  expect(started(10, log).metrics(NOW).replayTags).toBe(10);
  // Places that are in the store, and some of them in the log as well.
  const head = new Uint8Array(5);
  head[0] = 1;
  new DataView(head.buffer).setUint32(1, EPOCH);
  const stored = [0, 1].map((n) => ({
    key: `seen/00000000000${n}`,
    value: concat(head, log.slice(PLACE_BYTES * n, PLACE_BYTES * (n + 1))),
  }));
  expect(() => started(1, new Uint8Array(0), stored)).toThrow('epoch');
  expect(() => started(9, log, stored)).toThrow(message);
  expect(started(10, log, stored).metrics(NOW).replayTags).toBe(10);
});
