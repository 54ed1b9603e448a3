// Made by tools/gen-plan-figures.ts. Do not edit.
import type { PlanFigures } from './plan-figures.ts';

/** People whom each plan is assumed to have. */
export const PEOPLE_ON_PLAN: number = 1000;

/** By plan, the public hours first. */
// oxfmt-ignore
export const PLAN_FIGURES: Readonly<Record<string, readonly PlanFigures[]>> = {
  saver: [
    {
      hours: 'always',
      directP50Seconds: 60,
      directP95Seconds: 250,
      mailboxP50Seconds: 7098,
      mailboxP95Seconds: 11725,
      hiddenAmong: 49,
      hiddenAmongAtWorst: 14,
      hiddenAmongLinked: 1,
      messagesToName: 2.3
    }
  ],
  mobile: [
    {
      hours: 'public hours',
      directP50Seconds: 4.6,
      directP95Seconds: 8.8,
      mailboxP50Seconds: 246,
      mailboxP95Seconds: 476,
      hiddenAmong: 802,
      hiddenAmongAtWorst: 401,
      hiddenAmongLinked: 178,
      messagesToName: 31
    },
    {
      hours: 'between',
      directP50Seconds: 593,
      directP95Seconds: 1803,
      hiddenAmong: 7.4,
      hiddenAmongAtWorst: 2.2,
      hiddenAmongLinked: 1,
      messagesToName: 1.4
    }
  ],
  home: [
    {
      hours: 'always',
      directP50Seconds: 3.2,
      directP95Seconds: 5.8,
      mailboxP50Seconds: 167,
      mailboxP95Seconds: 324,
      hiddenAmong: 933,
      hiddenAmongAtWorst: 581,
      hiddenAmongLinked: 580,
      messagesToName: 99
    }
  ],
  shield: [
    {
      hours: 'always',
      directP50Seconds: 2.8,
      directP95Seconds: 4.6,
      mailboxP50Seconds: 127,
      mailboxP95Seconds: 234,
      hiddenAmong: 984,
      hiddenAmongAtWorst: 737,
      hiddenAmongLinked: 875,
      messagesToName: 435
    }
  ]
};
