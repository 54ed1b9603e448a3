import type { RelayInput } from '@sotto/relay';
import { TurnEnd } from '@sotto/transport';
import { expect, test } from 'vitest';
import { InboundMixLinks } from '../src/inbound-mix-links.ts';
import { ShellCounters } from '../src/shell-counters.ts';
import { WorkTurns } from '../src/work-turns.ts';
import { ScriptedLink, scriptedTurns } from './scripted-link.ts';

/** Inbound links, what they hand over, and turns that pass when the test says so. */
function setUp(): {
  readonly inbound: InboundMixLinks;
  readonly links: readonly [ScriptedLink, ScriptedLink];
  readonly taken: (string | number)[];
  readonly counters: ShellCounters;
  readonly turn: () => Promise<void>;
} {
  const taken: (string | number)[] = [];
  const { turns, turn } = scriptedTurns();
  const deliver = (input: RelayInput): void => {
    if (input.kind === 'packets') taken.push(...input.packets.map(([number]) => number ?? -1));
    else taken.push(input.kind);
  };
  const counters = new ShellCounters();
  const inbound = new InboundMixLinks(deliver, counters, turns);
  const links = [new ScriptedLink('mix'), new ScriptedLink('mix')] as const;
  for (const link of links) inbound.take(link);
  return { inbound, links, taken, counters, turn };
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

test('a burst is worked off turn by turn, every link in its order, and no link starves another', async () => {
  const { links, taken, turn } = setUp();
  const [first, second] = links;
  const reading = first.give(0, 32);
  expect(taken).toEqual(numbers(0, 8));
  // While it waits its turn it is not read, and neither is one that comes later.
  expect(reading).toBeInstanceOf(Promise);
  const other = second.give(100, 20);
  expect(other).toBeInstanceOf(Promise);
  expect(taken).toHaveLength(8);
  const inTurns: (string | number)[][] = [];
  for (let i = 0; i < 6; i++) {
    const before = taken.length;
    await turn();
    inTurns.push(taken.slice(before));
  }
  expect(inTurns).toEqual([
    numbers(8, 16),
    numbers(100, 108),
    numbers(16, 24),
    numbers(108, 116),
    numbers(24, 32),
    numbers(116, 120),
  ]);
  await Promise.all([reading, other]);
  await turn();
  await turn();
  // A quiet link waits for nothing.
  expect(second.give(120, 5)).toBeUndefined();
  expect(taken.slice(-5)).toEqual(numbers(120, 125));
});

test('links that are filled and reset leave no work behind: what waits is dropped and counted, for it has no receipt', async () => {
  const { links, taken, counters, turn } = setUp();
  const [first] = links;
  const reading = first.give(0, 64);
  first.close();
  expect(taken).toEqual([...numbers(0, 8), 'link-ended']);
  await turn();
  await reading;
  expect(taken).toHaveLength(9);
  expect(counters.read()).toEqual({ 'mix-unread': 56 });
});

test('a turn takes more where many wait, and ends all the same', () => {
  const deferred: (() => void)[] = [];
  const turns = new WorkTurns(3, (task) => void deferred.push(task));
  let done = 0;
  for (let i = 0; i < 24; i++) turns.next('mix', 1, () => done++);
  const counts: number[] = [];
  while (deferred.length > 0) {
    const before = done;
    for (const task of deferred.splice(0)) task();
    counts.push(done - before);
  }
  // Three, and one for each eight that wait; then a turn in which nobody waits.
  expect(counts).toEqual([6, 5, 4, 4, 3, 2, 0]);
});

test('links with a packet or two each share a turn, and are not paused', async () => {
  const { links, taken, turn } = setUp();
  const [first, second] = links;
  for (const at of [0, 2]) {
    expect(first.give(at, 2)).toBeUndefined();
    expect(second.give(100 + at, 2)).toBeUndefined();
  }
  expect(taken).toHaveLength(8);
  const reading = first.give(4, 1);
  expect(reading).toBeInstanceOf(Promise);
  await turn();
  await reading;
  expect(taken).toHaveLength(9);
});

test('a turn with a thousand that wait is not longer than one with a few dozen', () => {
  const deferred: (() => void)[] = [];
  const turns = new WorkTurns(1, (task) => void deferred.push(task));
  let done = 0;
  for (let i = 0; i < 1024; i++) turns.next('mix', 1, () => done++);
  for (const task of deferred.splice(0)) task();
  // One, and eight more at most.
  expect(done).toBe(9);
});

test('what work of a turn gives out is written in that turn', async () => {
  const ends: (() => void)[] = [];
  const end = new TurnEnd({
    now: () => 0,
    soon: (task) => void ends.push(task),
    after: () => undefined,
  });
  const write = end.paced(0);
  const done: string[] = [];
  const deliver = (input: RelayInput): void => {
    if (input.kind !== 'packets') return;
    done.push(`peeled ${input.packets.length}`);
    write(() => void done.push('written'));
  };
  const inbound = new InboundMixLinks(deliver, new ShellCounters(), new WorkTurns(8, end.work));
  const link = new ScriptedLink('mix');
  inbound.take(link);
  const reading = link.give(0, 24);
  for (const task of ends.splice(0)) task();
  // Before anything else has its turn, a promise too.
  expect(done).toEqual(['peeled 8', 'written', 'peeled 8', 'written']);
  for (const task of ends.splice(0)) task();
  expect(done).toHaveLength(6);
  await reading;
});
