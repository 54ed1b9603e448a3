/** How well one's own clock was kept, in words. */
import type { BeatFigures } from '@sotto/client';
import { duration } from '../model/format.ts';
import type { SlotMoment } from './own-feed.ts';

/** Figures come every two seconds while the page is looked at: a longer pause was in the background. */
const HIDDEN_MILLIS = 10_000;

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

const millis = (value: number): string =>
  value < 1000 ? `${whole.format(Math.ceil(value))} ms` : duration(value);

const deviations = (late: number, missed: number): string =>
  `${late === 0 ? 'none' : whole.format(late)} more than a tenth of a second late, ${
    missed === 0 ? 'none' : whole.format(missed)
  } left out`;

/** Of this run. */
export function keptWords({
  sent,
  late,
  missed,
  meanLateMillis,
  worstLateMillis,
}: BeatFigures): string {
  if (sent + missed === 0) return 'No packet has been due yet.';
  return `${whole.format(sent)} packets so far, on average ${millis(meanLateMillis)} after their time and ${millis(worstLateMillis)} at most: ${deviations(late, missed)}.`;
}

/** Of the last time that nobody looked at the page; undefined where it was always looked at. */
export function hiddenWords(moments: readonly SlotMoment[]): string | undefined {
  const back = moments.findLastIndex(
    ({ at }, i) => i > 0 && at - (moments[i - 1]?.at ?? at) > HIDDEN_MILLIS,
  );
  const [before, after] = [moments[back - 1], moments[back]];
  if (before === undefined || after === undefined) return undefined;
  const sent = after.beat.sent - before.beat.sent;
  // Another worker has begun to count anew.
  if (sent < 0) return undefined;
  const { late, missed } = before.beat;
  return `In the background, ${duration(after.at - before.at)}: ${whole.format(sent)} packets, ${deviations(after.beat.late - late, after.beat.missed - missed)}.`;
}
