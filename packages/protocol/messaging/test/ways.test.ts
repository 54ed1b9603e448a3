import { greetingBodySeed, greetingToken } from '@sotto/mailbox';
import { open } from '@sotto/noble';
import { NAME_BYTES, openBody } from '@sotto/sphinx';
import { SeededRng } from '@sotto/suite/testing';
import { type Instant, instant, MICROS_PER_SECOND, randomBytes, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { MAX_TOLD, OwnWay } from '../src/own-way.ts';
import type { PersonParts } from '../src/person-io.ts';
import { decodeWay, encodeWay, WAY_BYTES, WAY_ROOM, wayPacket } from '../src/way.ts';
import { type OwnBoxes, WAY_LIFE_HORIZONS, Ways } from '../src/ways.ts';
import { contactOf } from './stored-person.ts';

const suite = await open();
const rng = new SeededRng(suite, 'ways');
const EPOCH = 86_400 * MICROS_PER_SECOND;
const node = '11'.repeat(NAME_BYTES);
const [kim, lee] = ['0a'.repeat(8), '0b'.repeat(8)];
const fresh = (): Uint8Array => randomBytes(rng, WAY_BYTES);
const at = (epochs: number): Instant => instant(epochs * EPOCH);

/** Ways over a store and a network of which only this is asked. */
function setUp() {
  const stored = new Map<string, Uint8Array>();
  const sent: { readonly node: string; readonly body: Uint8Array }[] = [];
  const parts = {
    suite,
    parameters: { epochMicros: EPOCH, horizonEpochs: 8 },
    epoch: (now: Instant) => Math.floor(now / EPOCH),
    endpoint: {
      persist: (entries: readonly { key: string; value: Uint8Array | undefined }[]) => {
        for (const { key, value } of entries) {
          if (value === undefined) stored.delete(key);
          else stored.set(key, value);
        }
      },
      sendToContactPoint: (order: { node: string; body: Uint8Array }) => {
        sent.push(order);
        return { ok: true, value: sent.length };
      },
    },
  } as unknown as PersonParts;
  return { parts, stored, sent, ways: new Ways(parts) };
}

test('a way is read as it was told, and of no other length', () => {
  const bytes = fresh();
  const way = decodeWay(bytes);
  expect(way === undefined ? '' : toHex(encodeWay(way))).toBe(toHex(bytes));
  for (const length of [0, 1, WAY_BYTES - 1, WAY_BYTES + 1]) {
    expect(decodeWay(new Uint8Array(length))).toBeUndefined();
  }
});

test('a packet by a way shows the contact point what a stranger with the address shows, and its owner who writes', () => {
  const way = decodeWay(fresh());
  if (way === undefined) throw new Error('a way');
  const sealed = randomBytes(rng, WAY_ROOM);
  const { box, credential, proof, body } = wayPacket(suite, way, sealed);
  expect([box, credential]).toEqual([way.box, greetingToken(suite, way.key)]);
  expect(proof).toEqual(new Uint8Array(32));
  const opened = openBody(suite, greetingBodySeed(suite, way.key), body);
  if (opened === undefined) throw new Error('the body');
  expect(toHex(opened)).toBe(toHex(way.tag) + toHex(sealed));
});

test('a box of one’s own knows whom it told and who has confirmed, over a restart', () => {
  const own = OwnWay.create(rng, node, 5);
  own.plan(6);
  expect(own.steps.map((step) => step.kind === 'stash' && step.epoch)).toEqual([5, 6]);
  expect(own.isFilled).toBe(false);
  own.steps.shift();
  expect(own.isFilled).toBe(true);
  const told = own.tell(suite, rng, kim);
  expect(own.tell(suite, rng, kim)).toEqual(told);
  const other = own.tell(suite, rng, lee);
  expect(told?.tag).not.toEqual(other?.tag);
  expect([own.confirm(lee), own.confirm('0c'.repeat(8))]).toEqual([true, false]);

  const again = OwnWay.import(own.export());
  if (again === undefined) throw new Error('a box');
  // What had not left is planned again.
  expect([again.id, again.fields.since, again.filledUpTo]).toEqual([own.id, 5, 5]);
  expect([again.isKnownTo(kim), again.isKnownTo(lee)]).toEqual([false, true]);
  expect(again.contactOf(told?.tag ?? new Uint8Array(0))).toBe(kim);
  expect(again.contactOf(new Uint8Array(16))).toBeUndefined();
  expect(again.tell(suite, rng, lee)).toEqual(other);

  const stored = own.export();
  for (const length of [0, 1, 40, stored.length - 1]) {
    expect(OwnWay.import(stored.subarray(0, length))).toBeUndefined();
  }
  stored[0] = 9;
  expect(OwnWay.import(stored)).toBeUndefined();
});

test('a box tells so many and no more', () => {
  const own = OwnWay.create(rng, node, 5);
  for (let i = 0; i < MAX_TOLD; i++) {
    const name = i.toString(16).padStart(16, '0');
    expect(own.tell(suite, rng, name)).toBeDefined();
  }
  expect(own.tell(suite, rng, 'ff'.repeat(8))).toBeUndefined();
  expect(OwnWay.import(own.export())?.wasToldTo('0'.repeat(16))).toBe(true);
});

test('what a contact told is kept until it tells another, and counts as open for so long', () => {
  const { parts, stored, ways } = setUp();
  const [first, second] = [decodeWay(fresh()), decodeWay(fresh())];
  if (first === undefined || second === undefined) throw new Error('a way');
  ways.learn(at(10), kim, first);
  const last = 10 + 8 * WAY_LIFE_HORIZONS;
  expect([ways.isOpen(at(last - 1), kim), ways.isOpen(at(last), kim)]).toEqual([true, false]);
  // The same told again makes it no younger.
  ways.learn(at(12), kim, first);
  expect(ways.isOpen(at(last), kim)).toBe(false);
  ways.learn(at(12), kim, second);
  expect(ways.isOpen(at(last), kim)).toBe(true);

  const again = new Ways(parts);
  for (const [key, value] of stored) expect(again.restore(key, value)).toBe(true);
  expect([again.isOpen(at(last), kim), again.isOpen(at(last), lee)]).toEqual([true, false]);
  expect(again.restore('person/way/x', new Uint8Array(7))).toBe(false);
  again.forget(kim);
  expect(stored.size).toBe(0);
});

test('tries become rare while nothing is heard, and begin anew when something is', () => {
  const { ways, sent } = setUp();
  const way = decodeWay(fresh());
  if (way === undefined) throw new Error('a way');
  const contact = { id: kim, heardAt: at(1) };
  expect(ways.send(at(10), contact, new Uint8Array(WAY_ROOM))).toBe(false);
  ways.learn(at(10), kim, way);
  const pauses: number[] = [];
  let now = at(10);
  for (let i = 0; i < 6; i++) {
    expect(ways.send(now, contact, new Uint8Array(WAY_ROOM))).toBe(true);
    const next = ways.nextTry(now, contact) ?? 0;
    pauses.push((next - now) / EPOCH);
    now = instant(next);
  }
  expect(pauses).toEqual([0.5, 1, 2, 4, 8, 8]);
  expect(sent).toHaveLength(6);
  expect(sent[0]?.node).toBe(toHex(way.node));
  const heard = { id: kim, heardAt: now };
  ways.send(instant(now + 1), { ...heard, heardAt: now }, new Uint8Array(WAY_ROOM));
  expect(((ways.nextTry(now, heard) ?? 0) - now - 1) / EPOCH).toBe(0.5);
});

test('a contact is told in an epoch in which it was heard and blocks are there, once, and again in another when it said nothing', () => {
  const { ways } = setUp();
  const known: string[] = [];
  const way = decodeWay(fresh());
  const own: OwnBoxes = { toTell: () => way, told: (contact) => void known.push(contact) };
  ways.tellOf(own);
  const contact = contactOf(suite, 'kim');
  contact.stage = 'active';
  ways.tell(at(10), contact);
  expect(contact.outbox.size).toBe(0);
  contact.bank.usable = () => 3;
  ways.tell(at(10), contact);
  expect(contact.outbox.size).toBe(0);
  contact.heardAt = at(10);
  ways.tell(at(10), contact);
  const [id = -1] = contact.outbox.due(at(10));
  expect([ways.wayIn(contact.id, id), ways.wayIn(contact.id, id + 1)]).toEqual([way, undefined]);
  // It is of this run alone.
  expect(contact.outbox.isVolatile(id)).toBe(true);
  ways.settled(contact.id, id, false);
  ways.tell(at(10), contact);
  expect(contact.outbox.size).toBe(1);
  contact.heardAt = at(11);
  ways.tell(at(11), contact);
  const [, second = -1] = contact.outbox.due(at(11));
  ways.settled(contact.id, second, true);
  expect(known).toEqual([contact.id]);
});
