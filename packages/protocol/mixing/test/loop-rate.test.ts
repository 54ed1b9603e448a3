import { instant } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  LOOP_BACKLOG_MICROS,
  LoopClock,
  loopIntervalMicros,
  loopRate,
  type LoopTopology,
  Pool,
} from '../src/index.ts';
import { seededRng } from './seeded-rng.ts';

const parameters = {
  fastMeanMicros: 250_000,
  poolTarget: 10,
  minLoopsPerMixPerSecond: 3,
  slowShare: 0,
};

test('twelve balanced nodes at 0.25 s send 13 loops a second each', () => {
  const rate = loopRate({ parameters, mixesInLayer: [4, 4, 4], nodes: 12 });
  expect(rate).toBeGreaterThanOrEqual(40 / 3);
  expect(rate).toBeLessThan(13.34);
});

test('without a mix in each layer, or without a reason, there are no loops', () => {
  expect(loopRate({ parameters, mixesInLayer: [4, 0, 4], nodes: 8 })).toBe(0);
  const none = { ...parameters, poolTarget: 0, minLoopsPerMixPerSecond: 0 };
  expect(
    loopIntervalMicros({ parameters: none, mixesInLayer: [1, 1, 1], nodes: 3 }),
  ).toBeUndefined();
  expect(() => loopIntervalMicros({ parameters, mixesInLayer: [1, 1, 1], nodes: 0 })).toThrow(
    '"nodes" expected',
  );
});

const topologies = fc.record({
  parameters: fc.record({
    fastMeanMicros: fc.integer({ min: 10_000, max: 4_000_000 }),
    poolTarget: fc.integer({ min: 1, max: 100 }),
    minLoopsPerMixPerSecond: fc.integer({ min: 0, max: 20 }),
    slowShare: fc.integer({ min: 0, max: 60_000 }),
  }),
  mixesInLayer: fc.tuple(
    fc.integer({ min: 100, max: 400 }),
    fc.integer({ min: 100, max: 400 }),
    fc.integer({ min: 100, max: 400 }),
  ),
  nodes: fc.integer({ min: 600, max: 1200 }),
});

/** Pools and mixes that a rate leaves short. */
function shortOf({ parameters: p, mixesInLayer, nodes }: LoopTopology, rate: number): string[] {
  const short: string[] = [];
  for (const [i, passes] of [2, 2, 1].entries()) {
    const perMix = (nodes * rate) / (mixesInLayer[i] ?? 0);
    const tau = p.fastMeanMicros / 1e6;
    const sender = (perMix + rate) * (1 - p.slowShare / 65_536) * tau;
    const held = passes === 2 ? Math.min(perMix * tau, sender) : perMix * tau;
    if (held < p.poolTarget * (1 - 1e-9)) short.push(`pool ${i + 1}`);
    if (passes * perMix < p.minLoopsPerMixPerSecond * (1 - 1e-9)) short.push(`loops ${i + 1}`);
  }
  return short;
}

const slowest = (topology: LoopTopology): number => loopRate({ ...topology, nodes: 1e9 });
const fastest = (topology: LoopTopology): number =>
  loopRate({ ...topology, nodes: 1, mixesInLayer: [1e6, 1e6, 1e6] });

test('thousands of free descriptors change the rate at most by two, either way', () => {
  const local = {
    fastMeanMicros: 250_000,
    poolTarget: 12,
    minLoopsPerMixPerSecond: 3,
    slowShare: 13_107,
  };
  const honest = loopRate({ parameters: local, mixesInLayer: [4, 4, 4], nodes: 12 });
  expect(honest).toBeCloseTo(16, 0);
  const mixes = loopRate({ parameters: local, mixesInLayer: [3004, 3004, 3004], nodes: 12 });
  const guards = loopRate({ parameters: local, mixesInLayer: [4, 4, 4], nodes: 3012 });
  expect(mixes).toBeLessThan(2.01 * honest);
  expect(guards).toBeGreaterThan(0.49 * honest);
});

test('every pool reaches its target in each half, every mix its loops; planted: one tenth less does not', () => {
  fc.assert(
    fc.property(topologies, (topology) => {
      const interval = loopIntervalMicros(topology);
      fc.pre(interval !== undefined && interval >= 100);
      // Within the bounds that no list of free descriptors moves; at them, the next test.
      const rate = loopRate(topology);
      fc.pre(rate > 1.01 * slowest(topology) && rate < 0.99 * fastest(topology));
      expect(shortOf(topology, loopRate(topology))).toEqual([]);
      expect(shortOf(topology, loopRate(topology) * 0.9)).not.toEqual([]);
    }),
  );
});

test('the clock is a Poisson process of that rate, and a late call costs no loop', () => {
  const clock = new LoopClock(seededRng(1));
  expect(clock.nextAt).toBeUndefined();
  expect(clock.popDue(instant(5))).toBe(false);
  clock.setInterval(instant(0), 75_000);
  const gaps: number[] = [];
  let before = 0;
  for (let i = 0; i < 40_000; i++) {
    const due = clock.nextAt;
    if (due === undefined) throw new Error('the clock stands');
    gaps.push(due - before);
    before = due;
    // Called up to 20 ms late.
    expect(clock.popDue(instant(due + (i % 20_000)))).toBe(true);
  }
  const n = gaps.length;
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / n / 75_000;
  const square = gaps.reduce((sum, gap) => sum + gap * gap, 0) / n / 75_000 ** 2;
  expect(Math.abs(mean - 1)).toBeLessThan(4 / Math.sqrt(n));
  expect(Math.abs(square - 2)).toBeLessThan(4 * Math.sqrt(20 / n));
});

test('after a sleep the clock goes on from now instead of bursting', () => {
  const clock = new LoopClock(seededRng(2));
  clock.setInterval(instant(0), 1_000);
  const woken = instant(3_600_000_000);
  let burst = 0;
  while (clock.popDue(woken)) burst++;
  expect(burst).toBe(1);
  expect(LOOP_BACKLOG_MICROS).toBeLessThan(3_600_000_000);
  expect(clock.nextAt).toBeGreaterThan(woken);
});

test('the same interval leaves the clock alone, another draws anew, none stops it', () => {
  const clock = new LoopClock(seededRng(3));
  clock.setInterval(instant(0), 1_000_000);
  const first = clock.nextAt;
  clock.setInterval(instant(10), 1_000_000);
  expect(clock.nextAt).toBe(first);
  clock.setInterval(instant(10), 2_000_000);
  expect(clock.nextAt).not.toBe(first);
  clock.setInterval(instant(20), undefined);
  expect(clock.nextAt).toBeUndefined();
});

test('loops alone fill the pool of a mix in layer 2 to the target in each half', () => {
  // One mix of four in layer 2 sees a quarter of all loops once in each half.
  const topology = { parameters, mixesInLayer: [4, 4, 4] as const, nodes: 12 };
  const interval = loopIntervalMicros(topology) ?? 0;
  const rng = seededRng(4);
  const pool = new Pool({
    rng: seededRng(5),
    now: instant(0),
    parameters: { ...parameters, slowMeanMicros: 1 },
  });
  const clocks = Array.from({ length: 3 }, () => new LoopClock(rng));
  for (const clock of clocks) clock.setInterval(instant(0), interval);
  const end = 400_000_000;
  for (;;) {
    const now = Math.min(...clocks.map((clock) => clock.nextAt ?? end), pool.nextAt() ?? end);
    if (now >= end) break;
    while (pool.popDue(instant(now), 1) !== undefined);
    for (const clock of clocks) {
      if (!clock.popDue(instant(now))) continue;
      for (const half of ['sender', 'recipient'] as const) {
        const packet = new Uint8Array(0);
        pool.add(instant(now), { packet, next: '', delayClass: 'fast', half, sequence: 1 });
      }
    }
  }
  const { sender, recipient } = pool.statistics(instant(end)).strata.fast;
  const standardError = Math.sqrt((2 * 10 * 0.25) / 400);
  for (const { meanHeld } of [sender, recipient])
    expect(Math.abs(meanHeld - 10)).toBeLessThan(4 * standardError);
});
