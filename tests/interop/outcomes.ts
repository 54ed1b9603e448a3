import { join } from 'node:path';
import type { CryptoSuite } from '@sotto/suite';
import { type Outcome, play, schedules, type Talk } from './schedules.ts';

/** What libsignal did, as `tools/compare-libsignal.ts --write` wrote it down. */
export const OUTCOMES_FILE: string = join(import.meta.dirname, 'libsignal-outcomes.json');

/** Outcomes by schedule, a letter for each message that was heard: opened, duplicate, refused. */
export type Outcomes = Readonly<Record<string, string>>;

/** What the file holds. */
export interface Recorded {
  readonly version: string;
  readonly outcomes: Outcomes;
}

const LETTERS: Readonly<Record<Outcome, string>> = { opened: 'o', duplicate: 'd', refused: 'r' };

/** Plays every schedule with a fresh talk each. */
export async function outcomesOf(
  suite: CryptoSuite,
  open: () => Promise<Talk>,
): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const [name, steps] of schedules(suite)) {
    const outcomes = await play(await open(), steps);
    all[name] = outcomes.map((outcome) => LETTERS[outcome]).join('');
  }
  return all;
}

/**
 * Messages that open on one side and not on the other; why one does not open is each one's own matter,
 * since ours forgets a chain that is complete, and then knows its messages no more.
 */
export function differences(libsignal: Outcomes, ours: Outcomes): string[] {
  const names = new Set([...Object.keys(libsignal), ...Object.keys(ours)]);
  return [...names].flatMap((name) => {
    const [theirs, own] = [libsignal[name] ?? '', ours[name] ?? ''];
    if (theirs.length !== own.length)
      return [`${name}: ${theirs.length} heard, ours ${own.length}`];
    return own
      .split('')
      .flatMap((letter, i) =>
        (letter === 'o') === (theirs[i] === 'o')
          ? []
          : [`${name}, heard ${i}: ${theirs[i]}, ours ${letter}`],
      );
  });
}
