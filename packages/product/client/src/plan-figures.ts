import { PEOPLE_ON_PLAN, PLAN_FIGURES } from './plan-figures.gen.ts';
import { SottoError } from './sotto-error.ts';

/**
 * How long messages of a plan take and among how many its people hide, at one of its rates: the whole
 * day, or its public hours and the time between them. By trials of the real endpoint (docs/plans.md).
 */
export interface PlanFigures {
  readonly hours: 'always' | 'public hours' | 'between';
  /** From writing to reading, of a message to somebody who is there; half and nineteen in twenty take no longer. */
  readonly directP50Seconds: number;
  readonly directP95Seconds: number;
  /** The same of a message by a mailbox that was quiet before; between public hours it is fetched in the next. */
  readonly mailboxP50Seconds?: number;
  readonly mailboxP95Seconds?: number;
  /**
   * People, of {@link PEOPLE_ON_PLAN} on the plan, among whom the writer of one message is hidden from who
   * sees every packet on every line and knows when the message arrived.
   */
  readonly hiddenAmong: number;
  /** Of how many such an observer gives the writer one chance, in the most telling message of twenty. */
  readonly hiddenAmongAtWorst: number;
  /** As `hiddenAmong`, after eight messages that a mailbox links. */
  readonly hiddenAmongLinked: number;
  /** Messages after which such an observer who is the recipient as well has the writer's name at even odds. */
  readonly messagesToName: number;
}

export { PEOPLE_ON_PLAN };

/** The figures of a plan, its public hours first. @throws SottoError `unknown-plan`. */
export function planFigures(plan: string): readonly PlanFigures[] {
  const figures = PLAN_FIGURES[plan];
  if (figures === undefined) throw new SottoError('unknown-plan', `got "${plan}"`);
  return figures;
}
