import { stepsToCross } from '@sotto/mixing';

/** Share of loops that may stay out with nothing hostile about it: a bad mobile network. */
export const HONEST_LOSS: number = 1 / 20;
/** What a loop that is lost or garbled adds to a sum; one that comes back takes one off. */
export const LOSS_SCORE = 3;
/** Loops between two false alarms of one node, at least: 1,000 hours at a loop a second. */
export const LOOPS_PER_FALSE_ALARM: number = 1000 * 3600;

/** A sum that reaches it raises the alarm (Spec 08 §7.5): 17. */
export const LOSS_THRESHOLD: number = leastThreshold();
/** Sums go no further, so that an alarm ends within a minute or two of what raised it. */
const CEILING = 2 * LOSS_THRESHOLD;

function leastThreshold(): number {
  let threshold = LOSS_SCORE;
  while (
    stepsToCross([{ chance: HONEST_LOSS, score: LOSS_SCORE }], threshold) < LOOPS_PER_FALSE_ALARM
  ) {
    threshold++;
  }
  return threshold;
}

/** More of one's loops through a node stay out than loss explains. Nothing is done about the node. */
export interface LoopAlarm {
  /** One's own guard, which all loops pass, or another node of the paths. */
  readonly subject: 'guard' | 'node';
  /** Key of the node. */
  readonly key: string;
  /** Loops through it that ended since the sum was last zero, and those of them that did not come back. */
  readonly loops: number;
  readonly lost: number;
}

/** An alarm is raised, or taken back. */
export interface LoopAlarmTurn {
  readonly alarm: LoopAlarm;
  readonly raised: boolean;
}

interface Sum {
  score: number;
  loops: number;
  lost: number;
}

/** Cumulative sums of lost loops, one for each node of a client's paths, and alarms from them (Spec 08 §7.5). */
export class LoopAlarms {
  readonly #sums = new Map<string, Sum>();
  readonly #raised = new Set<string>();
  readonly #maxNodes: number;
  readonly #turns: LoopAlarmTurn[] = [];
  #guard = '';

  /** Sums of up to `maxNodes` nodes. */
  constructor(maxNodes: number) {
    this.#maxNodes = maxNodes;
  }

  /** What was raised or taken back, first in first out. */
  poll(): LoopAlarmTurn | undefined {
    return this.#turns.shift();
  }

  /** Alarms that stand. */
  get standing(): readonly LoopAlarm[] {
    return [...this.#raised].map((key) => this.#alarm(key));
  }

  /** A loop ended. @param path - keys of its nodes, the guard first. */
  ended(path: readonly string[], cameBack: boolean): void {
    this.#guard = path[0] ?? '';
    const keys = [...new Set(path)];
    // A loss that an alarm explains counts for that node alone: the sums of all that share loops with
    // it would rise with its own.
    const explained = cameBack ? [] : keys.filter((key) => this.#raised.has(key));
    for (const key of explained.length > 0 ? explained : keys) this.#add(key, cameBack);
    if (!cameBack && explained.length === 0) this.#judge(keys);
  }

  /** Nodes other than these are gone: so is what was counted of them, and their alarms are over. */
  keep(known: (key: string) => boolean): void {
    for (const key of this.#sums.keys()) {
      if (known(key)) continue;
      if (this.#raised.delete(key)) this.#turns.push({ alarm: this.#alarm(key), raised: false });
      this.#sums.delete(key);
    }
  }

  #add(key: string, cameBack: boolean): void {
    const sum = this.#sums.get(key) ?? { score: 0, loops: 0, lost: 0 };
    if (!this.#sums.has(key)) {
      if (this.#sums.size >= this.#maxNodes) return;
      this.#sums.set(key, sum);
    }
    sum.loops++;
    if (!cameBack) sum.lost++;
    sum.score = Math.max(0, Math.min(CEILING, sum.score + (cameBack ? -1 : LOSS_SCORE)));
    if (sum.score > 0) return;
    if (this.#raised.delete(key)) this.#turns.push({ alarm: this.#alarm(key), raised: false });
    sum.loops = 0;
    sum.lost = 0;
  }

  /** Raises the alarm of the highest sum of these, of equals the guard's; what the others have is explained by it. */
  #judge(keys: readonly string[]): void {
    let worst: string | undefined;
    for (const key of keys) if (worst === undefined || this.#of(key) > this.#of(worst)) worst = key;
    if (worst === undefined || this.#of(worst) < LOSS_THRESHOLD) return;
    this.#raised.add(worst);
    this.#turns.push({ alarm: this.#alarm(worst), raised: true });
    for (const [key, sum] of this.#sums) {
      if (!this.#raised.has(key)) Object.assign(sum, { score: 0, loops: 0, lost: 0 });
    }
  }

  #of(key: string): number {
    return this.#sums.get(key)?.score ?? 0;
  }

  #alarm(key: string): LoopAlarm {
    const { loops, lost } = this.#sums.get(key) ?? { loops: 0, lost: 0 };
    return { subject: key === this.#guard ? 'guard' : 'node', key, loops, lost };
  }
}
