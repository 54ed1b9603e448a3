import {
  HONEST_LOSS,
  type LoopAlarm,
  LoopAlarms,
  LOOPS_PER_FALSE_ALARM,
  LOSS_SCORE,
  LOSS_THRESHOLD,
} from '@sotto/endpoint';
import { stepsToCross } from '@sotto/mixing';
import { describe, expect, test } from 'vitest';

const RUNS = 1000;
const LAYER = 4;
const node = (layer: number, i: number): string => `${layer}${i}`;

/** A small generator, so that each run is the same each time. */
function random(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A loop's path over twelve nodes in three layers, behind a guard of the first. */
function pathOf(draw: () => number): string[] {
  const of = (layer: number): string => node(layer, Math.floor(draw() * LAYER));
  return [node(1, 0), of(2), of(3), of(1), of(2), of(3), node(1, 0)];
}

/** Sends loops until an alarm is raised, `most` of them; `lost` says of a path what an adversary does. */
function run(
  seed: number,
  most: number,
  lost: (path: readonly string[], draw: () => number) => boolean,
): { readonly alarm: LoopAlarm; readonly after: number } | undefined {
  const draw = random(seed);
  const alarms = new LoopAlarms(64);
  for (let after = 1; after <= most; after++) {
    const path = pathOf(draw);
    const honest = draw() < HONEST_LOSS;
    alarms.ended(path, !(honest || lost(path, draw)));
    const turn = alarms.poll();
    if (turn?.raised === true) return { alarm: turn.alarm, after };
  }
  return undefined;
}

const runs = Array.from({ length: RUNS }, (_, seed) => seed);

test('the threshold is the least that honest losses of one in twenty cross once in 1,000 hours', () => {
  const up = [{ chance: HONEST_LOSS, score: LOSS_SCORE }];
  expect(stepsToCross(up, LOSS_THRESHOLD)).toBeGreaterThanOrEqual(LOOPS_PER_FALSE_ALARM);
  expect(stepsToCross(up, LOSS_THRESHOLD - 1)).toBeLessThan(LOOPS_PER_FALSE_ALARM);
  // The exact chain against one that is played: a sum low enough to be crossed often.
  const draw = random(7);
  let [sum, crossed] = [0, 0];
  const steps = 2_000_000;
  for (let i = 0; i < steps; i++) {
    sum = Math.max(0, sum + (draw() < HONEST_LOSS ? LOSS_SCORE : -1));
    if (sum < 6) continue;
    crossed++;
    sum = 0;
  }
  expect(crossed / (steps / stepsToCross(up, 6))).toBeCloseTo(1, 1);
});

test('three hundred honest hours at the home plan raise hardly any alarm', () => {
  const told = runs.slice(0, 300).filter((seed) => run(seed, 1800, () => false) !== undefined);
  expect(told.length).toBeLessThan(5);
});

describe('over 1,000 seeds', () => {
  /** Shares of runs in which an alarm is raised within `most` loops, and in which it names `key`. */
  function told(
    key: string,
    most: number,
    lost: (path: readonly string[], draw: () => number) => boolean,
  ): { readonly raised: number; readonly named: number } {
    const alarms = runs.flatMap((seed) => run(seed, most, lost)?.alarm ?? []);
    const named = alarms.filter((alarm) => alarm.key === key);
    return { raised: alarms.length / RUNS, named: named.length / RUNS };
  }

  test('a guard that drops everything is told of, and named, after six loops', () => {
    expect(told(node(1, 0), 6, () => true)).toEqual({ raised: 1, named: 1 });
    expect(run(1, 6, () => true)?.alarm).toMatchObject({ subject: 'guard', loops: 6, lost: 6 });
  });

  test('a guard that drops one of two is told of within sixty', () => {
    const { raised, named } = told(node(1, 0), 60, (_, draw) => draw() < 0.5);
    expect(raised).toBeGreaterThanOrEqual(0.95);
    expect(named).toBeGreaterThanOrEqual(0.85);
  });

  test('a mix that drops everything is told of within forty, and hardly ever said of the guard', () => {
    const at = node(2, 1);
    const drops = (path: readonly string[]): boolean => path.includes(at);
    const { raised, named } = told(at, 40, drops);
    expect(raised).toBeGreaterThanOrEqual(0.95);
    expect(named).toBeGreaterThanOrEqual(0.9);
    // Before two ways are told apart, all of the first lost loops may have passed the mix.
    expect(told(node(1, 0), 40, drops).named).toBeLessThan(0.1);
  });
});

test('an alarm stands until the loops have come back for a while; one of what it explains is not raised', () => {
  const alarms = new LoopAlarms(64);
  const path = ['guard', 'a', 'b', 'guard'];
  for (let i = 0; i < 40; i++) alarms.ended(path, false);
  expect(alarms.poll()).toEqual({
    alarm: { subject: 'guard', key: 'guard', loops: 6, lost: 6 },
    raised: true,
  });
  expect(alarms.poll()).toBeUndefined();
  expect(alarms.standing).toMatchObject([{ key: 'guard', lost: 40 }]);
  for (let i = 0; i < 33; i++) alarms.ended(path, true);
  expect(alarms.poll()).toBeUndefined();
  alarms.ended(path, true);
  expect(alarms.poll()).toMatchObject({ raised: false, alarm: { key: 'guard', loops: 74 } });
  expect(alarms.standing).toEqual([]);
});

test('a node that is gone takes its alarm with it', () => {
  const alarms = new LoopAlarms(64);
  for (let i = 0; i < 6; i++) alarms.ended(['guard', 'a'], false);
  alarms.keep((key) => key === 'guard');
  expect(alarms.standing).toHaveLength(1);
  alarms.keep((key) => key === 'a');
  expect(alarms.standing).toEqual([]);
  expect([alarms.poll(), alarms.poll(), alarms.poll()]).toMatchObject([
    { raised: true },
    { raised: false },
    undefined,
  ]);
});

test('sums are kept of so many nodes and no more', () => {
  const alarms = new LoopAlarms(2);
  for (let i = 0; i < 40; i++) alarms.ended(['guard', 'a', `x${i}`], i % 2 === 0);
  for (let i = 0; i < 40; i++) alarms.ended(['guard', 'a', 'late'], false);
  expect(alarms.standing.map(({ key }) => key)).toEqual(['guard']);
});
