import { epochAt } from '@sotto/directory';
import { decodeRecord, type SurbPair } from '@sotto/endpoint';
import type { Surb } from '@sotto/sphinx';
import { toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { decodeAlias } from '../src/alias-codec.ts';
import { ALIAS_LIMITS } from '../src/aliases.ts';
import { type Client, Network, PARAMETERS, SECOND } from './network.ts';

/** Spares enough that only the bounds of a contact stop it. */
const LIMITS = { aliases: { ...ALIAS_LIMITS, spares: 26 } };

function owner(network: Network, spares = LIMITS.aliases.spares): Client {
  const alice = network.join('alice', { limits: { aliases: { ...ALIAS_LIMITS, spares } } });
  const ready = (): boolean => alice.endpoint.status.aliases.ready >= spares;
  expect(network.until(900 * SECOND, ready)).toBe(true);
  return alice;
}

function pairs(network: Network, alice: Client, count: number): readonly SurbPair[] | string {
  const epoch = epochAt(PARAMETERS, network.now);
  const minted = alice.endpoint.mintPairs(network.now, 'bob', count, epoch);
  network.drain(alice);
  return minted.ok ? minted.value : minted.error.code;
}

/** Alias, node and twin of each stored record of a twin, by packet name. */
function twinsOf(alice: Client): Map<string, { alias: string; node: string; twin: string }> {
  const found = new Map<string, { alias: string; node: string; twin: string }>();
  for (const [key, value] of alice.store) {
    const record = key.startsWith('endpoint/record/') ? decodeRecord(value) : undefined;
    if (record?.purpose.kind !== 'contact') continue;
    const { alias, twin } = record.purpose;
    if (alias === undefined || twin === undefined) continue;
    const stored = alice.store.get(`endpoint/alias/${alias}`);
    const node = stored === undefined ? undefined : decodeAlias(alias, stored)?.node;
    found.set(toHex(record.surb.name), { alias, node: node ?? '', twin: toHex(twin) });
  }
  return found;
}

test('what goes to two mailboxes comes from both, is known for that, and is deleted at both', () => {
  const network = new Network('twins');
  const alice = owner(network, 4);
  const bob = network.join('bob');
  const [pair] = pairs(network, alice, 1);
  if (pair === undefined || typeof pair === 'string' || pair.twin === undefined) {
    throw new Error('expected a pair');
  }
  const content = new Uint8Array(992).fill(7);
  const send = (surb: Surb): void => {
    const order = { contact: 'alice', surb, content, lane: 'message' } as const;
    expect(bob.endpoint.send(network.now, { ...order, delayClass: 'fast' }).ok).toBe(true);
  };
  send(pair.surb);
  send(pair.twin);
  const stored = (): number[] =>
    [...network.nodes.values()].flatMap(({ aggregation: { size } }) => size.mail || []);
  expect(network.until(60 * SECOND, () => stored().length === 2)).toBe(true);
  expect(network.until(300 * SECOND, () => alice.of('mail').length === 2)).toBe(true);
  const epoch = epochAt(PARAMETERS, network.now);
  const mail = { kind: 'mail', contact: 'bob', content, viaMailbox: true, epoch, twin: true };
  expect(alice.of('mail')).toEqual([mail, mail]);
  expect(network.until(300 * SECOND, () => stored().length === 0)).toBe(true);
  expect(twinsOf(alice).size).toBe(0);
});

test('twins end at two nodes, in aliases of half as many blocks, which neither side shares with the other', () => {
  const network = new Network('sides');
  const alice = owner(network);
  expect(pairs(network, alice, 10)).toHaveLength(10);
  const twins = twinsOf(alice);
  expect(twins.size).toBe(20);
  const blocks = new Map<string, number>();
  const sides = new Map<string, Set<string>>();
  for (const { alias, node, twin } of twins.values()) {
    blocks.set(alias, (blocks.get(alias) ?? 0) + 1);
    const other = twins.get(twin);
    expect(other?.node).not.toBe(node);
    sides.set(alias, (sides.get(alias) ?? new Set()).add(other?.alias ?? ''));
  }
  expect([...blocks.values()].toSorted((a, b) => a - b)).toEqual([2, 2, 4, 4, 4, 4]);
  for (const others of sides.values()) expect(others.size).toBe(1);
});

test('a pair is one block that is out, until either has come', () => {
  const network = new Network('out');
  const alice = owner(network);
  const bob = network.join('bob');
  const given = pairs(network, alice, 48);
  expect(given).toHaveLength(48);
  expect(pairs(network, alice, 1)).toBe('too-many-outstanding');
  const pair = typeof given === 'string' ? undefined : given[5];
  if (pair?.twin === undefined) throw new Error('expected a pair');
  const order = { contact: 'alice', content: new Uint8Array(1), lane: 'message' } as const;
  for (const surb of [pair.surb, pair.twin]) {
    bob.endpoint.send(network.now, { ...order, surb, delayClass: 'fast' });
  }
  expect(network.until(900 * SECOND, () => alice.of('mail').length === 2)).toBe(true);
  // The one that came makes room for itself, and for one that may be lost.
  expect(pairs(network, alice, 3)).toBe('too-many-outstanding');
  expect(pairs(network, alice, 2)).toHaveLength(2);
  // A restart counts the same: the other one of the pair that came is not out any more.
  const state = [...alice.store].map(([key, value]) => ({ key, value }));
  network.clients.splice(0);
  const again = network.join('again', { state, limits: LIMITS });
  expect(again.endpoint.outstanding('bob', epochAt(PARAMETERS, network.now))).toBe(49);
  expect(pairs(network, again, 1)).toBe('too-many-outstanding');
});

test('an owner has pairs as aliases allow, and learns of the first that is there', () => {
  const network = new Network('lack');
  const alice = owner(network, 3);
  // Four pairs go into two aliases, and one is left.
  expect(pairs(network, alice, 9)).toHaveLength(4);
  expect(pairs(network, alice, 1)).toBe('no-alias');
  const more = (): boolean => typeof pairs(network, alice, 1) !== 'string';
  expect(network.until(300 * SECOND, more)).toBe(true);
});
