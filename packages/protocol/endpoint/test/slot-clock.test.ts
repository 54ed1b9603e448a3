import { type Slot, SlotClock } from '@sotto/endpoint';
import { answersPerFetch, HOME, MOBILE, monthBytes, type Plan, PLANS, SAVER } from '@sotto/link';
import { SeededRng } from '@sotto/suite/testing';
import { type Instant, instant, type Rng } from '@sotto/wire';
import { expect, test } from 'vitest';
import { PARAMETERS, suite } from './network.ts';

const START = instant(1_800_000_000 * 1_000_000);

function slots(plan: Plan, count: number, seed: string, start: Instant = START): Slot[] {
  const clock = new SlotClock(suite, new SeededRng(suite, seed), plan, PARAMETERS);
  clock.start(start);
  const taken: Slot[] = [];
  while (taken.length < count) {
    const slot = clock.takeDue(clock.nextAt ?? start);
    if (slot !== undefined) taken.push(slot);
  }
  return taken;
}

const gaps = (list: readonly Slot[]): number[] =>
  list.slice(1).map((slot, i) => slot.at - (list[i]?.at ?? 0));

/** Kolmogorov–Smirnov distance of a sample from Exp(mean). */
function ksToExponential(sample: readonly number[], mean: number): number {
  const sorted = sample.toSorted((a, b) => a - b);
  return sorted.reduce((worst, value, i) => {
    const cumulative = 1 - Math.exp(-value / mean);
    const n = sorted.length;
    return Math.max(worst, Math.abs(cumulative - i / n), Math.abs(cumulative - (i + 1) / n));
  }, 0);
}

/** Critical distance of a sample of n at significance 0.001. */
const critical = (n: number): number => 1.95 / Math.sqrt(n);

test('gaps are exponential with the mean of the plan, and a clamped clock is caught', () => {
  const list = gaps(slots(HOME, 20_000, 'gaps'));
  expect(ksToExponential(list, 500_000)).toBeLessThan(critical(list.length));
  const clamped = list.map((gap) => Math.min(gap, 1_000_000));
  expect(ksToExponential(clamped, 500_000)).toBeGreaterThan(critical(list.length));
});

test('kinds, classes and turns have their shares, each independent of the others and of time', () => {
  const list = slots(HOME, 40_000, 'shares');
  const share = (of: readonly Slot[], holds: (slot: Slot) => boolean): number =>
    of.filter(holds).length / of.length;
  // Five standard errors of the smaller of the two samples.
  const near = (value: number, expected: number, n: number): void =>
    expect(Math.abs(value - expected)).toBeLessThan(5 * Math.sqrt(0.25 / n));
  const loop = (slot: Slot): boolean => slot.kind === 'loop';
  const slow = (slot: Slot): boolean => slot.delayClass === 'slow';
  near(share(list, loop), 0.25, list.length);
  near(share(list, slow), 0.2, list.length);
  near(
    share(list, ({ acknowledgement }) => acknowledgement),
    0.75,
    list.length,
  );
  // Turns that can carry an acknowledgement are of one seat after another, whatever lies between.
  const turns = list.filter((slot) => slot.acknowledgement && !loop(slot) && !slow(slot));
  expect(turns.map(({ seat }) => seat)).toEqual(turns.map((_, i) => i + 1));
  near(
    share(list, ({ crossing }) => crossing),
    0.5,
    list.length,
  );
  const loops = list.filter(loop);
  near(share(loops, slow), 0.2, loops.length);
  const afterLoops = list.filter((_, i) => list[i - 1]?.kind === 'loop');
  near(share(afterLoops, loop), 0.25, afterLoops.length);
  const early = list.filter((slot, i) => i > 0 && slot.at - (list[i - 1]?.at ?? 0) < 200_000);
  near(share(early, loop), 0.25, early.length);
});

test('public hours change the rate at their borders, and nothing else does', () => {
  const day = 86_400_000_000;
  const start = instant(Math.floor(START / day) * day);
  const list = slots(MOBILE, 7600, 'hours', start).filter(({ at }) => at < start + day);
  const hour = (slot: Slot): number => Math.floor((slot.at - start) / 3_600_000_000);
  const within = list.filter((slot) => hour(slot) === 7 || hour(slot) === 19);
  expect(Math.abs(within.length - 7200)).toBeLessThan(5 * Math.sqrt(7200));
  expect(Math.abs(list.length - within.length - 264)).toBeLessThan(5 * Math.sqrt(264));
});

test('where slots are rare all of them take slow hops, and serve the queues that they would', () => {
  const classes = (list: readonly Slot[]): string[] =>
    [...new Set(list.map(({ delayClass, pathClass }) => `${delayClass} by ${pathClass}`))].sort();
  expect(classes(slots(HOME, 200, 'classes'))).toEqual(['fast by fast', 'slow by slow']);
  expect(classes(slots(SAVER, 200, 'classes'))).toEqual(['fast by slow', 'slow by slow']);
  const day = 86_400_000_000;
  const start = instant(Math.floor(START / day) * day);
  const mobile = slots(MOBILE, 7600, 'classes', start);
  const within = ({ at }: Slot): boolean => [7, 19].includes(Math.floor((at % day) / (day / 24)));
  expect(classes(mobile.filter(within))).toEqual(['fast by fast', 'slow by slow']);
  expect(classes(mobile.filter((slot) => !within(slot)))).toEqual(['fast by slow', 'slow by slow']);
});

test('a late caller gets every slot at its own time', () => {
  const rng: Rng = new SeededRng(suite, 'late');
  const clock = new SlotClock(suite, rng, HOME, PARAMETERS);
  clock.start(START);
  const late = instant(START + 60_000_000);
  const taken: Slot[] = [];
  for (let slot = clock.takeDue(late); slot !== undefined; slot = clock.takeDue(late)) {
    taken.push(slot);
  }
  expect(taken).toEqual(slots(HOME, taken.length, 'late'));
  expect(clock.nextAt).toBeGreaterThan(late);
  clock.stop();
  expect(clock.nextAt).toBeUndefined();
});

test('plans cost what they say, have bytes of their own, and fetch no more than fits half the downlink', () => {
  expect(PLANS.map(({ code }) => code)).toEqual([1, 2, 3, 4]);
  expect(PLANS.map((plan) => Math.round(monthBytes(plan) / 1e6))).toEqual([
    316, 727, 25_246, 50_492,
  ]);
  for (const plan of PLANS) {
    const answers = answersPerFetch(plan, PARAMETERS);
    for (const phase of [plan.phase, ...(plan.hours === undefined ? [] : [plan.hours.phase])]) {
      const perSlot = 0.25 + 0.75 * 0.2 * answers;
      const load = (phase.downlinkIntervalMicros / phase.uplinkMeanMicros) * perSlot;
      expect(load).toBeLessThanOrEqual(0.5);
    }
  }
  expect(answersPerFetch(HOME, PARAMETERS)).toBe(3);
  expect(answersPerFetch(MOBILE, PARAMETERS)).toBe(1);
});
