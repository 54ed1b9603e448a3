import type { NodeEntry } from '@sotto/directory';
import {
  decodeStickySets,
  encodeStickySets,
  PATH_RULES,
  type PathRules,
  type PathView,
  refreshSticky,
  STICKY_RULES,
  type StickySets,
} from '@sotto/endpoint';
import { SeededRng } from '@sotto/suite/testing';
import { after, instant, toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { suite } from './network.ts';

const NOW = instant(1_000_000);

interface Drawn {
  readonly layer: 1 | 2 | 3;
  readonly guard: boolean;
  readonly mailbox: boolean;
}

const node = fc.record({
  layer: fc.constantFrom<1 | 2 | 3>(1, 2, 3),
  guard: fc.boolean(),
  mailbox: fc.boolean(),
});

function entriesOf(drawn: readonly Drawn[]): NodeEntry[] {
  return drawn.map(({ layer, guard, mailbox }, i) => {
    const name = new Uint8Array(16).fill(i + 1);
    return {
      name,
      key: toHex(name),
      identityKey: name,
      layer,
      capabilities: { mix: true, guard, mailbox, contact: true },
      addresses: [],
      sequence: 1,
      expiresAt: NOW,
      descriptor: name,
      leaving: false,
      routingKey: () => name,
    };
  });
}

const NONE: StickySets = { guards: [], firstMixes: [], lastMixes: [] };

function viewOf(nodes: readonly NodeEntry[], sets: StickySets): PathView | undefined {
  const guard = nodes.find(({ key }) => key === sets.guards[0]?.key);
  if (guard === undefined) return undefined;
  const layer = (number: number): NodeEntry[] => nodes.filter((entry) => entry.layer === number);
  const members = (keys: readonly { readonly key: string }[]): NodeEntry[] =>
    nodes.filter((entry) => keys.some(({ key }) => key === entry.key));
  return {
    epoch: 1,
    layers: [layer(1), layer(2), layer(3)],
    mailboxes: nodes.filter(({ capabilities }) => capabilities.mailbox),
    guard,
    guardKeys: new Set(sets.guards.map(({ key }) => key)),
    firstMixes: members(sets.firstMixes),
    lastMixes: members(sets.lastMixes),
  };
}

/** Breaches of Spec 08 §5 that many draws of these rules show in one directory. */
function breaches(rules: PathRules, drawn: readonly Drawn[], seed: string): Set<string> {
  const found = new Set<string>();
  const breach = (name: string, holds: boolean): void => void (holds || found.add(name));
  const rng = new SeededRng(suite, seed);
  const nodes = entriesOf(drawn);
  const sets = refreshSticky(NONE, nodes, new Set(), rng, NOW, STICKY_RULES);
  const view = viewOf(nodes, sets);
  if (view === undefined) return found;
  const distinct = (...path: readonly NodeEntry[]): boolean =>
    new Set(path.map(({ key }) => key)).size === path.length;
  const lastBeforeMailbox = new Set<string>();
  const crossovers = new Set<string>();
  for (let i = 0; i < 60; i++) {
    const service = view.mailboxes[i % Math.max(1, view.mailboxes.length)];
    const sender = rules.sender(view, rng, service);
    if (sender !== undefined) {
      const [guard, m1, m2] = sender;
      breach('sender-distinct', distinct(guard, m1, m2));
      breach('sender-guard', guard.key === view.guard.key);
      breach('sender-layers', m1.layer === 1 && m2.layer === 2);
      breach(
        'm1-sticky',
        sets.firstMixes.some(({ key }) => key === m1.key),
      );
      breach('m2-beside-service', m2.key !== service?.key);
    }
    const first = rules.crossover(view, rng);
    if (first === undefined) continue;
    crossovers.add(first.key);
    breach('crossover-layer', first.layer === 3);
    const mailbox = rules.mailbox(view, rng);
    for (const end of [view.guard, ...(mailbox === undefined ? [] : [mailbox])]) {
      const between = rules.recipient(view, rng, end, first);
      if (between === undefined) continue;
      const [r1, r2] = between;
      breach('recipient-distinct', distinct(r1, r2, end));
      breach('recipient-layers', r1.layer === 1 && r2.layer === 2);
      if (end === view.guard) {
        breach(
          'r2-sticky',
          sets.lastMixes.some(({ key }) => key === r2.key),
        );
      } else {
        breach('mailbox-guard', !view.guardKeys.has(end.key));
        lastBeforeMailbox.add(r2.key);
      }
    }
  }
  const many = view.layers[1].length >= 8 && view.mailboxes.length >= 4;
  if (many) breach('fresh-before-mailbox', lastBeforeMailbox.size > STICKY_RULES.mixes);
  // With 60 draws of at most 12, a node that is never drawn is one that is avoided.
  if (view.layers[2].length <= 12) {
    breach('crossover-everywhere', crossovers.size === view.layers[2].length);
  }
  return found;
}

const directories = fc.array(node, { minLength: 6, maxLength: 36 });

test('every rule of paths holds in any directory', () => {
  fc.assert(
    fc.property(directories, fc.nat(), (drawn, seed) => {
      expect(breaches(PATH_RULES, drawn, `seed ${seed}`)).toEqual(new Set());
    }),
    { numRuns: 150, seed: 7 },
  );
});

test('each planted rule is caught', () => {
  const full: Drawn[] = Array.from({ length: 36 }, (_, i) => ({
    layer: ((i % 3) + 1) as 1 | 2 | 3,
    guard: true,
    mailbox: true,
  }));
  const caught = (planted: Partial<PathRules>): Set<string> =>
    breaches({ ...PATH_RULES, ...planted }, full, 'planted');
  expect(caught({})).toEqual(new Set());
  expect(caught({ sender: ({ guard }) => [guard, guard, guard] })).toContain('sender-distinct');
  const stickyAlways: PathRules['recipient'] = (view, rng, end, first) =>
    PATH_RULES.recipient(
      { ...view, layers: [view.layers[0], view.lastMixes, []] },
      rng,
      end,
      first,
    );
  expect(caught({ recipient: stickyAlways })).toContain('fresh-before-mailbox');
  const freshAlways: PathRules['recipient'] = (view, rng, end, first) =>
    PATH_RULES.recipient({ ...view, lastMixes: view.layers[1] }, rng, end, first);
  expect(caught({ recipient: freshAlways })).toContain('r2-sticky');
  const freshFirst: PathRules['sender'] = (view, rng, service) =>
    PATH_RULES.sender({ ...view, firstMixes: view.layers[0] }, rng, service);
  expect(caught({ sender: freshFirst })).toContain('m1-sticky');
  const anyMailbox: PathRules['mailbox'] = (view, rng) =>
    PATH_RULES.mailbox({ ...view, guardKeys: new Set([view.guard.key]) }, rng);
  expect(caught({ mailbox: anyMailbox })).toContain('mailbox-guard');
  const shyCrossover: PathRules['crossover'] = (view, rng) =>
    PATH_RULES.crossover(
      { ...view, layers: [[], [], view.layers[2].filter((_, i) => i > 0)] },
      rng,
    );
  expect(caught({ crossover: shyCrossover })).toContain('crossover-everywhere');
});

test('sticky sets stay while their members do, avoid own services, and outlive the store', () => {
  fc.assert(
    fc.property(directories, fc.nat(), fc.nat(35), (drawn, seed, gone) => {
      const rng = new SeededRng(suite, `sticky ${seed}`);
      const nodes = entriesOf(drawn);
      const avoid = new Set(nodes.slice(0, 2).map(({ key }) => key));
      const sets = refreshSticky(NONE, nodes, avoid, rng, NOW, STICKY_RULES);
      expect(sets.guards.some(({ key }) => avoid.has(key))).toBe(false);
      expect(refreshSticky(sets, nodes, avoid, rng, NOW, STICKY_RULES)).toBe(sets);
      expect(decodeStickySets(encodeStickySets(sets))).toEqual(sets);
      const left = nodes.filter((_, i) => i !== gone);
      const next = refreshSticky(sets, left, avoid, rng, NOW, STICKY_RULES);
      for (const guard of sets.guards) {
        if (left.some(({ key }) => key === guard.key)) expect(next.guards).toContainEqual(guard);
      }
      const guards = new Set(next.guards.map(({ key }) => key));
      for (const set of [next.firstMixes, next.lastMixes]) {
        expect(set.length).toBeLessThanOrEqual(STICKY_RULES.mixes);
        expect(set.some(({ key }) => guards.has(key))).toBe(false);
      }
      const later = after(NOW, 2 * STICKY_RULES.rotationMicros);
      const rotated = refreshSticky(sets, nodes, avoid, rng, later, STICKY_RULES);
      for (const { until } of rotated.guards) expect(until).toBeGreaterThan(later);
    }),
    { numRuns: 100, seed: 8 },
  );
});

test('a member that leaves keeps its place and is not drawn anew; when all of a set leave one more is drawn', () => {
  const rng = new SeededRng(suite, 'leaving');
  const drawn = Array.from({ length: 24 }, (_, i) => ({
    layer: ([1, 2, 3] as const)[i % 3] ?? 1,
    guard: true,
    mailbox: true,
  }));
  const nodes = entriesOf(drawn);
  const none = new Set<string>();
  const sets = refreshSticky(NONE, nodes, none, rng, NOW, STICKY_RULES);
  const without = (keys: readonly (string | undefined)[]): NodeEntry[] =>
    nodes.map((entry) => (keys.includes(entry.key) ? { ...entry, leaving: true } : entry));
  const refreshed = (left: readonly NodeEntry[]): StickySets =>
    refreshSticky(sets, left, none, rng, NOW, STICKY_RULES);
  expect(refreshed(without([sets.guards[0]?.key, sets.firstMixes[1]?.key]))).toBe(sets);

  const gone = [...sets.guards, ...sets.lastMixes].map(({ key }) => key);
  const next = refreshed(without(gone));
  expect(next.guards.slice(0, 2)).toEqual(sets.guards);
  expect(next.guards).toHaveLength(STICKY_RULES.guards + 1);
  expect(next.lastMixes.length).toBeGreaterThanOrEqual(STICKY_RULES.mixes);
  for (const set of [next.guards, next.lastMixes]) {
    expect(set.filter(({ key }) => !gone.includes(key))).toHaveLength(1);
  }
  // Where everybody leaves there is nobody to draw, and nobody loses a place.
  expect(refreshed(without(nodes.map(({ key }) => key)))).toBe(sets);
});

test('any bytes in the place of sticky sets are refused or read, never thrown at', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const read = decodeStickySets(bytes);
      if (read !== undefined) expect(encodeStickySets(read)).toEqual(bytes);
    }),
    { numRuns: 300, seed: 9 },
  );
});
