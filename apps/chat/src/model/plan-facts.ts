import { PEOPLE_ON_PLAN, planFigures, type PlanFigures, plans } from '@sotto/client';
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
  /** Among how many one hides when such an observer learns more. */
  readonly crowd: string;
}

interface Words {
  readonly title: string;
  readonly forWhom: string;
  readonly observer: string;
}

const PLAN_WORDS: Readonly<Record<string, Words>> = {
  saver: {
    title: 'Saver',
    forWhom: 'For a line that is paid by the megabyte.',
    observer:
      'That you use Sotto, and that you are on this plan. A packet about every 40 s is all there is to see, whether you write or sleep.',
  },
  mobile: {
    title: 'Mobile',
    forWhom: 'For a phone on a small contract.',
    observer:
      'That you use Sotto, on this plan, and whether your phone was on in the two public hours. Not whether you wrote.',
  },
  home: {
    title: 'Home',
    forWhom: 'For a line at home or at work.',
    observer:
      'That you use Sotto, and when your device is on. About 2 packets a second leave it, whether you write or not.',
  },
  shield: {
    title: 'Shield',
    forWhom: 'For much to say, often by mailbox.',
    observer:
      'The same as with Home, among the fewer people who spend this much: about 4 packets a second, whether you write or not.',
  },
};

const hourWords = (hours: readonly number[]): string =>
  hours.map((hour) => `${hour}–${(hour + 1) % 24}`).join(' and ');

const seconds = (value: number): string => about(value * 1000);

const people = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

function crowdWords(figures: PlanFigures, between: PlanFigures | undefined): string {
  const { hiddenAmong, hiddenAmongLinked } = figures;
  const all = `of ${people.format(PEOPLE_ON_PLAN)} on this plan`;
  const one = `One message could be from about ${people.format(hiddenAmong)} people ${all}`;
  // Fewer than two are nobody to hide among.
  const eight =
    hiddenAmongLinked < 2
      ? 'eight that a mailbox links lead to you'
      : `eight that a mailbox links, from ${people.format(hiddenAmongLinked)}`;
  const rest =
    between === undefined
      ? ''
      : ` Between the hours, one could be from about ${people.format(between.hiddenAmong)}.`;
  return `${one}; ${eight}.${rest}`;
}

/** Every plan, from the cheapest. */
export const PLAN_FACTS: readonly PlanFacts[] = plans().map((plan) => {
  const words = PLAN_WORDS[plan.name];
  const [figures, between] = planFigures(plan.name);
  if (words === undefined || figures === undefined)
    throw new RangeError(`"plan" expected one with words, got ${plan.name}`);
  const { directP50Seconds, directP95Seconds, mailboxP50Seconds = 0 } = figures;
  const within =
    plan.hours === undefined
      ? ''
      : ` at ${hourWords(plan.hours.hoursOfDay)} h UTC, the same hours for everybody`;
  const rest =
    between === undefined ? '' : ` Between them about ${seconds(between.directP50Seconds)}.`;
  const { title, forWhom, observer } = words;
  return {
    name: plan.name,
    title,
    forWhom,
    observer,
    cost: `About ${dataSize(plan.bytesAMonth)}`,
    latency: `About ${seconds(directP50Seconds)}${within}; one in twenty takes longer than ${seconds(directP95Seconds)}.${rest} By a mailbox that was quiet, about ${seconds(mailboxP50Seconds)}.`,
    crowd: crowdWords(figures, between),
  };
});

/** A plan's title; its name when it is none of the public ones. */
export const planTitle = (name: string): string => PLAN_WORDS[name]?.title ?? name;
