/** One measured figure. Further fields tell rows of one benchmark apart: backend, runtime, counts. */
export interface Row {
  /** The benchmark's name, as given on the command line. */
  readonly bench: string;
  /** What was measured. */
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  readonly [more: string]: string | number | boolean;
}

/** What the command line may say to a benchmark. */
export interface BenchOptions {
  /** Samples of each test that counts them; each has its own default. */
  readonly samples?: number;
}

/** One benchmark: gives its rows as they come. */
export type Benchmark = (options: BenchOptions) => AsyncIterable<Row>;

/** The middle value, or the mean of the two middle ones. @throws RangeError of an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const high = sorted[Math.floor(middle)];
  const low = sorted[Math.ceil(middle) - 1];
  if (high === undefined || low === undefined) {
    throw new RangeError('"values" expected at least one, got 0');
  }
  return (low + high) / 2;
}

/** A figure with the digits that mean something. */
export const round = (value: number, digits = 3): number => Number(value.toFixed(digits));
