/** Quantiles of the exponential distribution that a gap of the crowd is drawn from. */
const QUANTILES = 65_536;

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
}

/**
 * Sum of Erlang densities over the frames of one client: what intensity of arrivals its frames
 * predict, at any later time. Updated frame by frame, whatever the number of frames.
 */
class Predicted {
  readonly #stages: Float64Array;
  readonly #rate: number;
  readonly #share: number;
  readonly #gapSeconds: number;
  /** Time, in mean gaps, whose arrivals the next slot of that share carries. */
  #ready = 0;

  constructor({ hops, meanSeconds, slotShare }: DelayLaw, gapSeconds: number) {
    this.#stages = new Float64Array(hops);
    this.#rate = 1 / meanSeconds;
    this.#share = slotShare ?? 0;
    this.#gapSeconds = gapSeconds;
  }

  reset(): void {
    this.#stages.fill(0);
    // Its mean in the long run.
    this.#ready = 1 / Math.max(this.#share, 1e-9) - 1;
  }

  /** Lets time pass. `decay` is e^−x, x the time in mean delays. */
  pass(x: number, decay: number): void {
    const stages = this.#stages;
    for (let k = stages.length - 1; k >= 0; k--) {
      let sum = 0;
      // Horner: Σ stages[j] x^(k−j)/(k−j)!
      for (let j = 0; j < k; j++) sum = ((sum + (stages[j] ?? 0)) * x) / (k - j);
      stages[k] = (sum + (stages[k] ?? 0)) * decay;
    }
  }

  /** A frame leaves, so long after the one before. */
  frame(gapSeconds: number): void {
    const share = this.#share;
    let weight = 1;
    if (share > 0) {
      const ready = this.#ready + gapSeconds / this.#gapSeconds;
      weight = share * ready;
      this.#ready = ready - weight;
    }
    this.#stages[0] = (this.#stages[0] ?? 0) + weight;
  }

  /** Arrivals a second, were every frame one that arrives. */
  get intensity(): number {
    return (this.#stages.at(-1) ?? 0) * this.#rate;
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
 * @param at - times of the events, seconds, ascending; the first at least 20 mean delays after the first frame.
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
  const offset = law.offsetSeconds ?? 0;
  const sets = links.map((link) => link.reduce((most, set) => Math.max(most, set + 1), 0));
  const rate = 1 / law.meanSeconds;
  const person = new Predicted(law, crowd.gapSeconds);
  person.reset();

  const truth = links.map(() => new Float64Array(events));
  let sums = sets.map((count) => new Float64Array(count));
  let next = 0;
  let now = frames[0] ?? 0;
  const pass = (to: number): void => {
    person.pass((to - now) * rate, Math.exp((now - to) * rate));
    now = to;
  };
  for (let j = 0; j < events; j++) {
    const time = (at[j] ?? 0) - offset;
    for (let frame = frames[next]; frame !== undefined && frame <= time; frame = frames[++next]) {
      pass(frame);
      person.frame(next === 0 ? crowd.gapSeconds : frame - (frames[next - 1] ?? frame));
    }
    pass(time);
    const log = Math.log(person.intensity);
    for (const [l, link] of links.entries()) {
      const sum = sums[l];
      const set = link[j] ?? 0;
      if (sum === undefined) continue;
      sum[set] = (sum[set] ?? 0) + log;
      (truth[l] ?? sum)[j] = sum[set];
    }
  }

  const courses = links.map(() => ({
    above: new Int32Array(events),
    against: new Float64Array(events),
  }));
  const gaps = new Float64Array(QUANTILES);
  const decays = new Float64Array(QUANTILES);
  for (let i = 0; i < QUANTILES; i++) {
    const gap = -Math.log((i + 0.5) / QUANTILES) * crowd.gapSeconds;
    gaps[i] = gap;
    decays[i] = Math.exp(-gap * rate);
  }
  const bits = bitsOf(crowd.seed);
  const from = (at[0] ?? 0) - offset - 20 * law.meanSeconds;
  const logs = new Float64Array(events);
  for (let one = 0; one < crowd.people; one++) {
    person.reset();
    now = from;
    let lastFrame = from;
    let draw = bits() >>> 16;
    for (let j = 0; j < events; j++) {
      const time = (at[j] ?? 0) - offset;
      for (let gap = gaps[draw] ?? 0; now + gap <= time; gap = gaps[draw] ?? 0) {
        person.pass(gap * rate, decays[draw] ?? 0);
        now += gap;
        person.frame(now - lastFrame);
        lastFrame = now;
        draw = bits() >>> 16;
      }
      // What is left of the gap is as long as a new one: a Poisson clock has no memory.
      person.pass((time - now) * rate, Math.exp((now - time) * rate));
      now = time;
      draw = bits() >>> 16;
      logs[j] = Math.log(person.intensity);
    }
    sums = sets.map((count) => new Float64Array(count));
    for (const [l, link] of links.entries()) {
      const sum = sums[l];
      const course = courses[l];
      const own = truth[l];
      if (sum === undefined || course === undefined || own === undefined) continue;
      for (let j = 0; j < events; j++) {
        const set = link[j] ?? 0;
        const score = (sum[set] ?? 0) + (logs[j] ?? 0);
        sum[set] = score;
        const lead = score - (own[j] ?? 0);
        if (lead > 0) course.above[j] = (course.above[j] ?? 0) + 1;
        course.against[j] = (course.against[j] ?? 0) + Math.exp(lead);
      }
    }
  }
  return courses;
}
