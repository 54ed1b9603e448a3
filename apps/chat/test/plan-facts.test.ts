import { plans } from '@sotto/client';
import { describe, expect, test } from 'vitest';
import { PLAN_FACTS, PLAN_WORDS } from '../src/model/plan-facts.ts';

/** Hops of each half of a message, their mean delay, and seven links: what decision 0012 and the plans are counted with. */
const HOPS = 3;
const HOP_MEAN_SECONDS = 0.25;
/** Of a plan whose packets take slow hops up to the crossover. */
const SLOW_MEAN_SECONDS = 30;
const LINKS_SECONDS = 7 * 0.1;
/** Of the slots, those that are not loops. */
const NOT_LOOPS = 0.75;

/** Numbers in [0, 1), the same each time. */
function generator(): () => number {
  let state = 20_261_125;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

/**
 * Median and 95th percentile of a direct delivery: a slot that is no loop, the hops, the wait for the next
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
    let time = exponential(up / NOT_LOOPS) + down * next() + LINKS_SECONDS;
    for (let hop = 0; hop < HOPS; hop++) {
      time += exponential(slowHops ? SLOW_MEAN_SECONDS : HOP_MEAN_SECONDS);
      time += exponential(HOP_MEAN_SECONDS);
    }
    return time;
  }).sort((a, b) => a - b);
  return { median: times[15_000] ?? 0, p95: times[28_500] ?? 0 };
}

describe.each(plans())('the plan $name', (plan) => {
  test('is offered with what it costs and how long messages take', () => {
    const facts = PLAN_FACTS.find(({ name }) => name === plan.name);
    const words = PLAN_WORDS[plan.name];
    if (facts === undefined || words === undefined) throw new Error(`no words for ${plan.name}`);
    expect(facts.cost).toMatch(/^About \d[\d.]* (?:MB|GB)$/u);
    const within = plan.hours ?? plan;
    const { median, p95 } = latency(
      within.uplinkMeanMillis / 1000,
      within.downlinkIntervalMillis / 1000,
      within.slowHops,
    );
    expect(Math.abs(words.latency.median / median - 1)).toBeLessThan(0.05);
    expect(Math.abs(words.latency.p95 / p95 - 1)).toBeLessThan(0.05);
    expect(words.between === undefined).toBe(plan.hours === undefined);
    if (words.between !== undefined) {
      const outside = latency(
        plan.uplinkMeanMillis / 1000,
        plan.downlinkIntervalMillis / 1000,
        plan.slowHops,
      );
      expect(Math.abs(words.between.median / outside.median - 1)).toBeLessThan(0.05);
      expect(Math.abs(words.between.p95 / outside.p95 - 1)).toBeLessThan(0.05);
    }
  });
});
