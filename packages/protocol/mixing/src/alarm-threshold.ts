import { MICROS_PER_SECOND } from '@sotto/wire';

/** Grades of a loop by how long it stays away: in time, beyond 0.9, 0.99, 0.999 of honest ones (or lost, or garbled). */
export const GRADE_SCORES: readonly [number, number, number, number] = [-1, 1, 3, 5];
/** Median of the six delays on a loop's path (its guard, m1, m2, X, r1, r2), an Erlang distribution, in means. */
export const MEDIAN_MEANS = 5.67;
/** Its quantiles 0.9, 0.99, 0.999, in means. */
export const GRADE_MEANS: readonly [number, number, number] = [9.275, 13.109, 16.455];
/** Shares of honest loops by grade. */
const HONEST: readonly [number, number, number, number] = [0.9, 0.09, 0.009, 0.001];

/** False alarms of one link, a second: one an hour of a thousand links. */
export const FALSE_ALARMS_PER_SECOND: number = 1 / (1000 * 3600);

/** Shares of loops that networks lose by themselves, for which thresholds are kept. */
const LOSS_LEVELS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1] as const;
/** Loops a second for which thresholds are kept. */
const RATE_LEVELS = [1, 2, 4, 8, 16, 32, 64] as const;
const LEAST_THRESHOLD = 10;
const MOST_THRESHOLD = 250;
const THRESHOLD_STEP = 2;

const found = new Map<string, number>();

/**
 * The least threshold at which a cumulative sum of `GRADE_SCORES` over honest loops crosses at
 * most once in 1,000 hours (Spec 05 §5.3), by the exact mean time between crossings.
 *
 * @param lossShare - of all loops, measured; taken up to the next level, 0.1 at most.
 * @param perSecond - loops through the subject; taken up to the next level.
 */
export function alarmThreshold(lossShare: number, perSecond: number): number {
  const loss = LOSS_LEVELS.find((level) => level >= lossShare) ?? 0.1;
  const rate = RATE_LEVELS.find((level) => level >= perSecond) ?? 64;
  const key = `${loss}/${rate}`;
  let threshold = found.get(key);
  if (threshold === undefined) {
    threshold = LEAST_THRESHOLD;
    while (
      threshold < MOST_THRESHOLD &&
      loopsBetweenCrossings(loss, threshold) * FALSE_ALARMS_PER_SECOND < rate
    ) {
      threshold += THRESHOLD_STEP;
    }
    found.set(key, threshold);
  }
  return threshold;
}

/** Mean number of honest loops until the sum of `GRADE_SCORES` reaches `threshold`, from zero. */
export function loopsBetweenCrossings(lossShare: number, threshold: number): number {
  const chances = HONEST.map((share) => share * (1 - lossShare));
  chances[3] = (chances[3] ?? 0) + lossShare;
  const [, ...late] = chances.map((chance, i) => ({ chance, score: GRADE_SCORES[i] ?? 0 }));
  return stepsToCross(late, threshold);
}

/**
 * Mean number of steps until a cumulative sum reaches `threshold`, from zero: the exact solution of the
 * Markov chain of its values. A step adds `score`, above 0, with probability `chance`, and takes one off
 * with the rest. Since the sum falls by one at a time, the mean E(s) from each value is a line in
 * E(s − 1), and elimination goes from the top down.
 */
export function stepsToCross(
  up: readonly { readonly chance: number; readonly score: number }[],
  threshold: number,
): number {
  const down = 1 - up.reduce((sum, { chance }) => sum + chance, 0);
  const slope = new Float64Array(threshold);
  const offset = new Float64Array(threshold);
  /** What the steps up leave of E(from), as factor and constant, once E above is put in. */
  const eliminate = (from: number): { readonly self: number; readonly constant: number } => {
    let self = 1;
    let constant = 1;
    for (const { chance, score } of up) {
      let scale = 1;
      let shift = 0;
      const to = from + score;
      if (to >= threshold) continue;
      for (let above = to; above > from; above--) {
        shift += scale * (offset[above] ?? 0);
        scale *= slope[above] ?? 0;
      }
      self -= chance * scale;
      constant += chance * shift;
    }
    return { self, constant };
  };
  for (let sum = threshold - 1; sum >= 1; sum--) {
    const { self, constant } = eliminate(sum);
    slope[sum] = down / self;
    offset[sum] = constant / self;
  }
  // At zero a step down leaves it there.
  const { self, constant } = eliminate(0);
  return constant / (self - down);
}

/** Loops a second of a subject that saw `loops` in `micros`. */
export const loopsPerSecond = (loops: number, micros: number): number =>
  micros <= 0 ? 0 : (loops * MICROS_PER_SECOND) / micros;
