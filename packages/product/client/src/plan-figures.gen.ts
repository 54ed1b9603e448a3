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
      directP50Seconds: 162,
      directP95Seconds: 372,
      hiddenAmong: 928,
      hiddenAmongAtWorst: 591,
      hiddenAmongLinked: 558,
      messagesToName: 93,
      mailboxP50Seconds: 7415,
      mailboxP95Seconds: 11911
    }
  ],
  mobile: [
    {
      hours: 'public hours',
      directP50Seconds: 4.6,
      directP95Seconds: 8.8,
      hiddenAmong: 804,
      hiddenAmongAtWorst: 398,
      hiddenAmongLinked: 183,
      messagesToName: 32,
      mailboxP50Seconds: 246,
      mailboxP95Seconds: 476
    },
    {
      hours: 'between',
      directP50Seconds: 688,
      directP95Seconds: 1918,
      hiddenAmong: 403,
      hiddenAmongAtWorst: 113,
      hiddenAmongLinked: 1.7,
      messagesToName: 7.6
    }
  ],
  home: [
    {
      hours: 'always',
      directP50Seconds: 3.2,
      directP95Seconds: 5.8,
      hiddenAmong: 933,
      hiddenAmongAtWorst: 576,
      hiddenAmongLinked: 582,
      messagesToName: 100,
      mailboxP50Seconds: 167,
      mailboxP95Seconds: 324
    }
  ],
  shield: [
    {
      hours: 'always',
      directP50Seconds: 2.8,
      directP95Seconds: 4.6,
      hiddenAmong: 984,
      hiddenAmongAtWorst: 727,
      hiddenAmongLinked: 875,
      messagesToName: 434,
      mailboxP50Seconds: 127,
      mailboxP95Seconds: 234
    }
  ]
};
