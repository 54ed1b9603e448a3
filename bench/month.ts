/**
 * A month in the life of 50 people with churn, in virtual time: what became of every text. The same
 * on every machine. `--samples n` takes so many person-days instead of 1,500, of months of 30 days.
 */
import { open } from '@sotto/sodium/native';
import { LIFE_OF_FIFTY, live, tally, wrongs } from '../tests/e2e/month-life.ts';
import type { BenchOptions, Row } from './row.ts';

/** One row a count: what happened, states of texts, reasons of those that did not come, and what must be none. */
export async function* monthBench({ samples }: BenchOptions): AsyncGenerator<Row> {
  const { days } = LIFE_OF_FIFTY;
  const people = samples === undefined ? LIFE_OF_FIFTY.people : Math.ceil(samples / days);
  const life = live(await open(), { ...LIFE_OF_FIFTY, people }, ({ day, texts, counts }) => {
    // A run of an hour that ends early still says how far it came.
    process.stderr.write(`day ${day}: ${texts} texts, ${JSON.stringify([...counts])}\n`);
  });
  const { leaves, holidays, crashes, framesLost, neverMet, fates, drops } = life;
  const size = { people, days };
  const row = (metric: string, value: number): Row => {
    return { bench: 'month', metric, value, unit: 'count', ...size };
  };
  for (const [metric, value] of Object.entries({
    leaves,
    holidays,
    crashes,
    framesLost,
    neverMet,
  })) {
    yield row(metric, value);
  }
  yield row('texts', fates.length);
  for (const [what, count] of tally(fates)) yield row(what, count);
  for (const [reason, count] of drops) yield row(`dropped by nodes: ${reason}`, count);
  yield row('wrong', wrongs(fates).length);
}
