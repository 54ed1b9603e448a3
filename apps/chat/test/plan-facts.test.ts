import { planFigures, plans } from '@sotto/client';
import { describe, expect, test } from 'vitest';
import { about } from '../src/model/format.ts';
import { PLAN_FACTS } from '../src/model/plan-facts.ts';

/** Hops of a message, their mean delay, and the eight links of a world: what docs/plans.md counts with. */
const HOPS = 6;
const HOP_MEAN_SECONDS = 0.25;
/** Of a plan whose packets take slow hops up to the crossover: the first half. */
const SLOW_MEAN_SECONDS = 30;
const LINKS_SECONDS = 8 * 0.1;
/** Of the slots, those that take a message: neither loops nor of the slow class. */
const PAYLOAD = 0.75 * 0.8;

/** Numbers in [0, 1), the same each time. */
function generator(): () => number {
  let state = 20_261_125;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

/**
 * Median and 95th percentile of a direct delivery: a slot that takes one, the hops, the wait for the next
 * frame of the guard. 30,000 draws put both within 3 % (standard error of the rarer one 1 %).
 */
function latency(
  up: number,
  down: number,
  slowHops: boolean,
): { readonly median: number; readonly p95: number } {
  const next = generator();
  const exponential = (mean: number): number => -mean * Math.log(next());
  const times = Array.from({ length: 30_000 }, () => {
    let time = exponential(up / PAYLOAD) + down * next() + LINKS_SECONDS;
    for (let hop = 0; hop < HOPS; hop++) {
      time += exponential(slowHops && hop < HOPS / 2 ? SLOW_MEAN_SECONDS : HOP_MEAN_SECONDS);
    }
    return time;
  }).sort((a, b) => a - b);
  return { median: times[15_000] ?? 0, p95: times[28_500] ?? 0 };
}

/** Published figures come of 300 messages: where slots are rare both have a standard error of 8 %. */
const near = (value: number, expected: number): void =>
  expect(Math.abs(value / expected - 1)).toBeLessThan(0.25);

describe.each(plans())('the plan $name', (plan) => {
  const facts = PLAN_FACTS.find(({ name }) => name === plan.name);
  const [figures, between] = planFigures(plan.name);
  if (facts === undefined || figures === undefined) throw new Error(`nothing of ${plan.name}`);

  test('has the latency of its rates', () => {
    const rates = [plan.hours ?? plan, ...(plan.hours === undefined ? [] : [plan])];
    for (const [i, rate] of rates.entries()) {
      const published = i === 0 ? figures : between;
      const expected = latency(
        rate.uplinkMeanMillis / 1000,
        rate.downlinkIntervalMillis / 1000,
        rate.slowHops,
      );
      near(published?.directP50Seconds ?? 0, expected.median);
      near(published?.directP95Seconds ?? 0, expected.p95);
    }
    expect(between === undefined).toBe(plan.hours === undefined);
  });

  test('is offered with the figures that were found', () => {
    expect(facts.cost).toMatch(/^About \d[\d.]* (?:MB|GB)$/u);
    expect(facts.latency).toContain(`About ${about(figures.directP50Seconds * 1000)}`);
    expect(facts.latency).toContain(`longer than ${about(figures.directP95Seconds * 1000)}.`);
    expect(facts.latency).toContain(
      `quiet, about ${about((figures.mailboxP50Seconds ?? 0) * 1000)}.`,
    );
    const { hiddenAmong, hiddenAmongLinked } = figures;
    expect(facts.crowd).toContain(`about ${Math.round(hiddenAmong)} people of 1,000`);
    expect(facts.crowd).toContain(
      hiddenAmongLinked < 2 ? 'lead to you' : `from ${Math.round(hiddenAmongLinked)}`,
    );
    if (between !== undefined) {
      expect(facts.latency).toContain(
        `Between them about ${about(between.directP50Seconds * 1000)}.`,
      );
      expect(facts.crowd).toContain(`about ${Math.round(between.hiddenAmong)}.`);
    }
  });
});
