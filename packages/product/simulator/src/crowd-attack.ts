/** A likelihood below e to this adds nothing, and 0 · −∞ is no number. */
const LEAST_LOG = -700;

/** What an observer knows of the way from a client's frame to what the mailbox sees. */
export interface DelayLaw {
  /** Independent exponential delays on the way. */
  readonly hops: number;
  /** Mean of each, seconds. */
  readonly meanSeconds: number;
  /**
   * Share of slots that may carry such a thing. It takes the first of them after it was ready, so
   * that a frame after a long gap is the likelier one. Undefined where one always waits.
   */
  readonly slotShare?: number;
  /** Time beyond those delays whose spread is small beside theirs, seconds. */
  readonly offsetSeconds?: number;
}

/** Others among whom the watched person is sought: each a Poisson clock of the same plan. */
export interface Crowd {
  readonly people: number;
  /** Mean gap between the frames of one of them, seconds. */
  readonly gapSeconds: number;
  readonly seed: number;
}

/** What the attacker holds after each event, in the order of the events. */
export interface AttackCourse {
  /** People of the crowd that score higher than the true person, from the events linked to this one so far. */
  readonly above: Int32Array;
  /** Sum over the crowd of likelihoods, as multiples of the true person's. */
  readonly against: Float64Array;
  /** Entropy of what it knows, from equal priors over the crowd and the true person; nats. */
  readonly entropy: Float64Array;
}

/** Mean delays after which what left has arrived: six take longer once in fifty million times. */
export const WINDOW_MEANS = 30;
/** Steps of the density's table in one mean delay. */
const STEPS_A_MEAN = 64;
/** Frames of one person within a window, by far; a power of two. */
const MOST_FRAMES = 1024;
const MASK = MOST_FRAMES - 1;
/** What nothing predicts is an event all the same, by a way that the law does not know. */
const LEAST_INTENSITY = 1e-12;

/** Erlang density of the delays, a second, at steps of {@link STEPS_A_MEAN} a mean, and one more. */
function densityTable({ hops, meanSeconds }: DelayLaw): Float64Array {
  let factor = 1 / meanSeconds;
  for (let n = 2; n < hops; n++) factor /= n;
  return Float64Array.from({ length: WINDOW_MEANS * STEPS_A_MEAN + 2 }, (_, i) => {
    const x = i / STEPS_A_MEAN;
    return factor * x ** (hops - 1) * Math.exp(-x);
  });
}

/** Frames of one client of late, and what intensity of arrivals they predict. */
class Predicted {
  readonly #density: Float64Array;
  readonly #stepsASecond: number;
  readonly #share: number;
  readonly #gapSeconds: number;
  readonly #at = new Float64Array(MOST_FRAMES);
  readonly #weight = new Float64Array(MOST_FRAMES);
  #from = 0;
  #to = 0;
  /** Time, in mean gaps, whose arrivals the next slot of that share carries. */
  #ready = 0;
  #last = 0;
  /** How long a frame counts, seconds. */
  readonly windowSeconds: number;

  constructor(law: DelayLaw, gapSeconds: number) {
    this.#density = densityTable(law);
    this.#stepsASecond = STEPS_A_MEAN / law.meanSeconds;
    this.windowSeconds = WINDOW_MEANS * law.meanSeconds;
    this.#share = law.slotShare ?? 0;
    this.#gapSeconds = gapSeconds;
  }

  /** Forgets all frames; the slots before `now` were as they are in the long run. */
  reset(now: number): void {
    this.#from = 0;
    this.#to = 0;
    this.#ready = 1 / Math.max(this.#share, 1e-9) - 1;
    this.#last = now;
  }

  /** A frame leaves, the latest so far. */
  frame(time: number): void {
    let weight = 1;
    if (this.#share > 0) {
      const ready = this.#ready + (time - this.#last) / this.#gapSeconds;
      weight = this.#share * ready;
      this.#ready = ready - weight;
    }
    this.#last = time;
    const slot = this.#to++ & MASK;
    this.#at[slot] = time;
    this.#weight[slot] = weight;
    if (this.#to - this.#from > MOST_FRAMES)
      throw new RangeError('"frames" expected fewer in a window');
  }

  /** Arrivals a second at a time, were every frame of full weight one that arrives. Times do not fall. */
  intensity(time: number): number {
    const at = this.#at;
    const weight = this.#weight;
    const table = this.#density;
    const to = this.#to;
    const scale = this.#stepsASecond;
    const oldest = time - this.windowSeconds;
    let from = this.#from;
    while (from < to && (at[from & MASK] ?? 0) < oldest) from++;
    this.#from = from;
    let sum = 0;
    for (let i = from; i < to; i++) {
      const steps = (time - (at[i & MASK] ?? 0)) * scale;
      const step = steps | 0;
      const low = table[step] ?? 0;
      sum += (low + (steps - step) * ((table[step + 1] ?? 0) - low)) * (weight[i & MASK] ?? 0);
    }
    return Math.max(sum, LEAST_INTENSITY);
  }
}

/** Uniform bits by xoshiro128**: a crowd takes a billion draws. */
function bitsOf(seed: number): () => number {
  let [a, b, c, d] = [seed | 0, 0x9e37_79b9, 0x243f_6a88, 0xb7e1_5162];
  const next = (): number => {
    const b5 = Math.imul(b, 5);
    const out = Math.imul((b5 << 7) | (b5 >>> 25), 9);
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return out >>> 0;
  };
  for (let i = 0; i < 16; i++) next();
  return next;
}

/** Logarithms of the intensities that the true person's frames predict at the events. */
function ownLogs(person: Predicted, at: Float64Array, frames: Float64Array): Float64Array {
  let next = 0;
  person.reset(frames[0] ?? 0);
  return at.map((time) => {
    for (let frame = frames[next]; frame !== undefined && frame <= time; frame = frames[++next]) {
      person.frame(frame);
    }
    return Math.log(person.intensity(time));
  });
}

/**
 * What an attacker makes of events whose times it knows, when it also knows the time of every frame
 * of everybody (theory: user unlinkability under constant Poisson sending).
 *
 * Under the hypothesis that a person caused them, events come with the intensity that the person's
 * frames predict: the sum of the delay's density over all frames. Events that are linked add up;
 * `links` says which ones the attacker takes for one person's, by equal numbers. No frame can be
 * told from another, so this is the likelihood, and no attacker with this knowledge does better
 * than to go by it; that one frame carries one event only is left out, which matters where most
 * frames carry one.
 *
 * Of the others only the frames within a window before each event are drawn: a Poisson clock has
 * no memory, so what was before is as good as never looked at.
 *
 * @param at - times of the events, seconds, ascending; the first at least {@link WINDOW_MEANS} mean delays after the first frame.
 * @param links - for each way of linking, the set of each event, from 0.
 * @param frames - times of the true person's frames, seconds, ascending.
 */
export function attackByTimes(
  at: Float64Array,
  links: readonly Int32Array[],
  frames: Float64Array,
  law: DelayLaw,
  crowd: Crowd,
): AttackCourse[] {
  const events = at.length;
  const times = at.map((time) => time - (law.offsetSeconds ?? 0));
  const person = new Predicted(law, crowd.gapSeconds);
  const own = ownLogs(person, times, frames);
  const courses = links.map((link) => ({
    link,
    sums: new Float64Array(link.reduce((most, set) => Math.max(most, set + 1), 0)),
    above: new Int32Array(events),
    against: new Float64Array(events),
    // Until all are summed up: of the crowd, likelihood times its logarithm.
    entropy: new Float64Array(events),
  }));
  const bits = bitsOf(crowd.seed);
  const gap = (): number => -Math.log((bits() + 0.5) / 2 ** 32) * crowd.gapSeconds;
  const logs = new Float64Array(events);
  for (let one = 0; one < crowd.people; one++) {
    let now = -Infinity;
    for (let j = 0; j < events; j++) {
      const time = times[j] ?? 0;
      const since = time - person.windowSeconds;
      if (now < since) {
        person.reset(since);
        now = since;
      }
      let next = now + gap();
      while (next <= time) {
        person.frame(next);
        next += gap();
      }
      // What is left of the gap is as long as a new one: a Poisson clock has no memory.
      now = time;
      logs[j] = Math.log(person.intensity(time)) - (own[j] ?? 0);
    }
    for (const { link, sums, above, against, entropy } of courses) {
      sums.fill(0);
      for (let j = 0; j < events; j++) {
        const set = link[j] ?? 0;
        const lead = (sums[set] ?? 0) + (logs[j] ?? 0);
        sums[set] = lead;
        if (lead > 0) above[j] = (above[j] ?? 0) + 1;
        const likelihood = Math.exp(lead);
        against[j] = (against[j] ?? 0) + likelihood;
        entropy[j] = (entropy[j] ?? 0) + likelihood * Math.max(lead, LEAST_LOG);
      }
    }
  }
  for (const { against, entropy } of courses) {
    for (let j = 0; j < events; j++) {
      // The true person's likelihood is 1, and its logarithm 0.
      const sum = 1 + (against[j] ?? 0);
      entropy[j] = Math.log(sum) - (entropy[j] ?? 0) / sum;
    }
  }
  return courses.map(({ above, against, entropy }) => ({ above, against, entropy }));
}
