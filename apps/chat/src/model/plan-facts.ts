import { plans } from '@sotto/client';
import { about, dataSize } from './format.ts';

/** A plan as it is offered: every line is shown before one chooses. */
export interface PlanFacts {
  readonly name: string;
  readonly title: string;
  /** For whom it is, in a few words. */
  readonly forWhom: string;
  readonly cost: string;
  readonly latency: string;
  /** What somebody who watches the whole Internet could still learn. */
  readonly observer: string;
}

/** Seconds of a direct delivery: half take no longer than the first, nineteen in twenty than the second. */
interface Latency {
  readonly median: number;
  readonly p95: number;
}

interface Words {
  readonly title: string;
  readonly forWhom: string;
  /** Within the public hours, where a plan has them. A test computes them from the plan's rates. */
  readonly latency: Latency;
  readonly between?: Latency;
  readonly observer: string;
}

/** Also read by the test that recomputes the latencies. */
export const PLAN_WORDS: Readonly<Record<string, Words>> = {
  saver: {
    title: 'Saver',
    forWhom: 'For a line that is paid by the megabyte.',
    latency: { median: 141, p95: 295 },
    observer:
      'That you use Sotto, and that you are on this plan. A packet about every 40 s is all there is to see, whether you write or sleep.',
  },
  mobile: {
    title: 'Mobile',
    forWhom: 'For a phone on a small contract.',
    latency: { median: 3.7, p95: 6.9 },
    between: { median: 531, p95: 1445 },
    observer:
      'That you use Sotto, on this plan, and whether your phone was on in the two public hours. Not whether you wrote.',
  },
  home: {
    title: 'Home',
    forWhom: 'For a line at home or at work.',
    latency: { median: 2.8, p95: 4.7 },
    observer:
      'That you use Sotto, and when your device is on. About 2 packets a second leave it, whether you write or not.',
  },
  shield: {
    title: 'Shield',
    forWhom: 'For much to say, often by mailbox.',
    latency: { median: 2.5, p95: 3.9 },
    observer:
      'The same as with Home, among the fewer people who spend this much: about 4 packets a second, whether you write or not.',
  },
};

const hourWords = (hours: readonly number[]): string =>
  hours.map((hour) => `${hour}–${(hour + 1) % 24}`).join(' and ');

/** Every plan, from the cheapest. */
export const PLAN_FACTS: readonly PlanFacts[] = plans().map((plan) => {
  const words = PLAN_WORDS[plan.name];
  if (words === undefined) throw new RangeError(`"plan" expected one with words, got ${plan.name}`);
  const { title, forWhom, latency, between, observer } = words;
  const within =
    plan.hours === undefined
      ? ''
      : ` at ${hourWords(plan.hours.hoursOfDay)} h UTC, the same hours for everybody`;
  const rest = between === undefined ? '' : ` Between them about ${about(between.median * 1000)}.`;
  return {
    name: plan.name,
    title,
    forWhom,
    cost: `About ${dataSize(plan.bytesAMonth)}`,
    latency: `About ${about(latency.median * 1000)}${within}; one in twenty takes longer than ${about(latency.p95 * 1000)}.${rest}`,
    observer,
  };
});

/** A plan's title; its name when it is none of the public ones. */
export const planTitle = (name: string): string => PLAN_WORDS[name]?.title ?? name;
