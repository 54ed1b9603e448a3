import type { RelayInput } from '@sotto/relay';
import { expect, test } from 'vitest';
import { ClientLinks } from '../src/client-links.ts';
import { InboundMixLinks } from '../src/inbound-mix-links.ts';
import { ShellCounters } from '../src/shell-counters.ts';
import { ScriptedLink, scriptedTurns } from './scripted-link.ts';

/** A node's clients and one neighbour, what the core is handed, and turns that pass when the test says so. */
function setUp(clients: number) {
  const { turns, turn } = scriptedTurns();
  const taken = { mix: 0, client: 0 };
  const byClient = new Map<string, number>();
  const counters = new ShellCounters();
  const deliver = (input: RelayInput): void => {
    if (input.kind === 'packets') taken.mix += input.packets.length;
    if (input.kind !== 'client-packet') return;
    taken.client++;
    byClient.set(input.client, (byClient.get(input.client) ?? 0) + 1);
  };
  const neighbour = new ScriptedLink('mix');
  new InboundMixLinks(deliver, counters, turns).take(neighbour);
  const guard = new ClientLinks(deliver, counters, turns);
  const links = Array.from({ length: clients }, () => new ScriptedLink('client'));
  for (const link of links) guard.take(link, new Uint8Array(32), 3);
  return { links, neighbour, taken, byClient, counters, turn };
}

test('a flood of 152 clients is worked off in bounded turns, in which a neighbour has its part and a quiet client its place', async () => {
  const { links, neighbour, taken, byClient, turn } = setUp(153);
  const quiet = links.at(-1);
  for (const link of links.slice(0, -1)) void link.give(0, 60);
  expect(taken).toEqual({ mix: 0, client: 8 });
  void neighbour.give(0, 64);
  void quiet?.give(0, 1);
  let turns = 0;
  for (; taken.mix < 64; turns++) {
    const before = { ...taken };
    await turn();
    // A piece of either kind, whoever goes first.
    expect(taken.mix - before.mix + taken.client - before.client).toBeLessThanOrEqual(16);
  }
  expect(turns).toBeLessThanOrEqual(16);
  // Each is served one packet before any has its next; the first had a turn before the others came.
  while (byClient.get('client-153') === undefined) {
    await turn();
    turns++;
  }
  byClient.delete('client-1');
  expect(Math.max(...byClient.values())).toBeLessThanOrEqual(2);
  expect(turns).toBeLessThanOrEqual(40);
});

test('a client that sends one packet now and then waits for nothing', async () => {
  const { links, taken, turn } = setUp(2);
  for (let i = 0; i < 5; i++) {
    expect(links[0]?.give(i, 1)).toBeUndefined();
    await turn();
  }
  expect(taken.client).toBe(5);
});

test('a client with many packets has one in each turn, if nobody else waits as well', async () => {
  const { links, taken, turn } = setUp(1);
  void links[0]?.give(0, 20);
  const inTurns: number[] = [taken.client];
  for (let i = 0; i < 13; i++) {
    const before = taken.client;
    await turn();
    inTurns.push(taken.client - before);
  }
  expect(inTurns).toEqual([8, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
});

test('clients that reset their links leave no work behind: what waits is dropped and counted', async () => {
  const { links, taken, counters, turn } = setUp(10);
  for (const link of links) void link.give(0, 60);
  const before = taken.client;
  for (const link of links) link.close();
  for (let i = 0; i < 100; i++) await turn();
  expect(taken.client).toBe(before);
  expect(counters.read()).toEqual({ 'client-unread': 600 - before });
});
