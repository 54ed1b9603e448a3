/** Byte strings of one length, one a sample. */
export type Rows = readonly Uint8Array[];

/** How often each bit is set: 8 a byte, the least significant first. */
function bitCounts(rows: Rows): Float64Array {
  const counts = new Float64Array(8 * (rows[0]?.length ?? 0));
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) {
      const byte = row[i] ?? 0;
      for (let bit = 0; bit < 8; bit++) {
        const at = 8 * i + bit;
        counts[at] = (counts[at] ?? 0) + ((byte >>> bit) & 1);
      }
    }
  }
  return counts;
}

/**
 * The largest deviation of a bit position from one half, in standard deviations of a fair coin.
 * Its tails are below those of the normal law.
 */
export function bitDeviation(rows: Rows): number {
  const sigma = Math.sqrt(rows.length) / 2;
  return bitCounts(rows).reduce(
    (most, count) => Math.max(most, Math.abs(count - rows.length / 2) / sigma),
    0,
  );
}

/** Pearson's χ² over 256 cells of equal chance, as a standard normal (Wilson, Hilferty 1931). */
function chiSquareDeviation(cells: Float64Array): number {
  const total = cells.reduce((sum, count) => sum + count, 0);
  const expected = total / cells.length;
  const chi = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = cells.length - 1;
  const spread = 2 / (9 * freedom);
  return Math.abs(Math.cbrt(chi / freedom) - (1 - spread)) / Math.sqrt(spread);
}

/** How far the values of all bytes are from uniform, in standard deviations. */
export function byteDeviation(rows: Rows): number {
  const cells = new Float64Array(256);
  for (const row of rows) for (const byte of row) cells[byte] = (cells[byte] ?? 0) + 1;
  return chiSquareDeviation(cells);
}

/** The same of the exclusive or of each byte with the next: runs and repetitions show in it. */
export function neighbourDeviation(rows: Rows): number {
  const cells = new Float64Array(256);
  for (const row of rows) {
    for (let i = 1; i < row.length; i++) {
      const both = (row[i] ?? 0) ^ (row[i - 1] ?? 0);
      cells[both] = (cells[both] ?? 0) + 1;
    }
  }
  return chiSquareDeviation(cells);
}

/** Bits that the narrow rule looks at: with more of them, what is chance in the training drowns the one that is not. */
const NARROW_BITS = 8;
const STEPS = 60;
const RATE = 0.5;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const bitOf = (row: Uint8Array, at: number): number =>
  (((row[at >>> 3] ?? 0) >>> (at & 7)) & 1) - 0.5;

/** A linear rule over bits: positive for the first of two kinds. */
interface Linear {
  readonly bits: readonly number[];
  readonly weights: Float64Array;
  readonly bias: number;
}

/** Where the means of two kinds differ, by bit. */
function gapsOf(first: Rows, second: Rows): Float64Array {
  const [a, b] = [bitCounts(first), bitCounts(second)];
  return a.map((count, at) => count / first.length - (b[at] ?? 0) / second.length);
}

/** All bits, each with the difference of its means: finds what is thinly spread. */
const trainWide = (first: Rows, second: Rows): Linear => {
  const weights = gapsOf(first, second);
  return { bits: Array.from(weights, (_, at) => at), weights, bias: 0 };
};

/** Logistic regression over the bits whose means differ most: finds what sits in a few. */
function trainNarrow(first: Rows, second: Rows): Linear {
  const gaps = gapsOf(first, second);
  const bits = Array.from(gaps, (_, at) => at)
    .toSorted((one, other) => Math.abs(gaps[other] ?? 0) - Math.abs(gaps[one] ?? 0))
    .slice(0, NARROW_BITS);
  const points = [
    ...first.map((row) => ({ x: bits.map((at) => bitOf(row, at)), y: 1 })),
    ...second.map((row) => ({ x: bits.map((at) => bitOf(row, at)), y: 0 })),
  ];
  const weights = new Float64Array(bits.length);
  let bias = 0;
  for (let step = 0; step < STEPS; step++) {
    const slope = new Float64Array(bits.length);
    let biasSlope = 0;
    for (const { x, y } of points) {
      const score = x.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), bias);
      const miss = y - sigmoid(score);
      biasSlope += miss;
      for (let i = 0; i < x.length; i++) slope[i] = (slope[i] ?? 0) + miss * (x[i] ?? 0);
    }
    bias += (RATE * biasSlope) / points.length;
    for (let i = 0; i < weights.length; i++) {
      weights[i] = (weights[i] ?? 0) + (4 * RATE * (slope[i] ?? 0)) / points.length;
    }
  }
  return { bits, weights, bias };
}

const isFirst = ({ bits, weights, bias }: Linear, row: Uint8Array): boolean =>
  bits.reduce((sum, at, i) => sum + bitOf(row, at) * (weights[i] ?? 0), bias) > 0;

/**
 * How much better than a coin the better of two linear classifiers is, trained on the even samples
 * of two kinds, on the odd ones, in standard deviations of the coin. Both kinds are cut to one number.
 */
export function classifierDeviation(first: Rows, second: Rows): number {
  const count = Math.min(first.length, second.length);
  const part = (rows: Rows, odd: number): Rows =>
    rows.slice(0, count).filter((_, i) => i % 2 === odd);
  const deviations = [trainWide, trainNarrow].map((train) => {
    const rule = train(part(first, 0), part(second, 0));
    const right =
      part(first, 1).filter((row) => isFirst(rule, row)).length +
      part(second, 1).filter((row) => !isFirst(rule, row)).length;
    const tested = part(first, 1).length + part(second, 1).length;
    return (right - tested / 2) / (Math.sqrt(tested) / 2);
  });
  return Math.max(...deviations);
}
