import type { DelayClass } from '@sotto/sphinx';
import {
  after,
  DeadlineQueue,
  err,
  type Instant,
  MICROS_PER_SECOND,
  ok,
  type Result,
} from '@sotto/wire';
import { LossRatio } from './loss-ratio.ts';

/** A loop that was sent. */
export interface SentLoop {
  /** Hex of η at its last hop, by which its return is known. */
  readonly key: string;
  /** Names (hex) of the nodes that it passes, this node first and last. */
  readonly path: readonly string[];
  /** Its class. */
  readonly delayClass: DelayClass;
}

/** What became of a loop. */
export type LoopOutcome = 'returned' | 'garbled' | 'lost';

/** Counts of loops, of a tracker or through one node. */
export interface LoopCounts {
  readonly sent: number;
  readonly returned: number;
  readonly garbled: number;
  readonly lost: number;
}

/**
 * Something on the loops' paths loses them: report, warn, slow down; never silence the node, or
 * dropping its packets would be a way to switch it off.
 */
export interface LoopAlarm {
  readonly kind: 'alarm';
  /** A node, or a link between two. */
  readonly subject: 'node' | 'link';
  /** Hex name; of a link both, with '>' between. */
  readonly key: string;
  /** Raised, or taken back. */
  readonly raised: boolean;
  /** Weighted share of loops lost or garbled. */
  readonly lossRatio: number;
  /** Loops seen through it. */
  readonly loops: number;
}

/** What a tracker needs to know. */
export interface LoopTrackerOptions {
  /** Network-wide parameters: means of the two classes, µs. */
  readonly parameters: { readonly fastMeanMicros: number; readonly slowMeanMicros: number };
  /** Loops under way at most. */
  readonly maxPending?: number;
  /** Nodes, and links, of which counts are kept at most; beyond, those seen longest ago are forgotten. */
  readonly maxSubjects?: number;
}

/** A loop is lost after this many class means a hop (an Erlang of 7 passes 4 · 7 means once in 10⁸), … */
export const LOOP_DEADLINE_MEANS = 4;
/** … and this allowance for links and processing, µs. */
export const LOOP_LINK_ALLOWANCE_MICROS: number = 5 * MICROS_PER_SECOND;

interface Pending extends SentLoop {
  readonly sentAt: Instant;
}

interface Subject {
  sent: number;
  returned: number;
  garbled: number;
  lost: number;
  readonly ratio: LossRatio;
}

const fresh = (): Subject => ({
  sent: 0,
  returned: 0,
  garbled: 0,
  lost: 0,
  ratio: new LossRatio(),
});

/** Follows a node's own loops: which came back whole, and through whom those went that did not (Spec 05 §5). */
export class LoopTracker {
  readonly #mean: Readonly<Record<DelayClass, number>>;
  readonly #maxPending: number;
  readonly #maxSubjects: number;
  readonly #pending = new Map<string, Pending>();
  readonly #deadlines = new DeadlineQueue<Pending>();
  readonly #nodes = new Map<string, Subject>();
  readonly #links = new Map<string, Subject>();
  readonly #total = fresh();
  readonly #alarms: LoopAlarm[] = [];

  /** Nothing is under way. */
  constructor(options: LoopTrackerOptions) {
    const { parameters, maxPending = 16_384, maxSubjects = 16_384 } = options;
    this.#mean = { fast: parameters.fastMeanMicros, slow: parameters.slowMeanMicros };
    this.#maxPending = maxPending;
    this.#maxSubjects = maxSubjects;
  }

  /** Loops under way. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Counts of all loops. */
  get counts(): LoopCounts {
    const { sent, returned, garbled, lost } = this.#total;
    return { sent, returned, garbled, lost };
  }

  /** Counts by node, hex name to counts. */
  byNode(): ReadonlyMap<string, LoopCounts & { readonly lossRatio: number }> {
    const out = new Map<string, LoopCounts & { readonly lossRatio: number }>();
    for (const [key, { sent, returned, garbled, lost, ratio }] of this.#nodes)
      out.set(key, { sent, returned, garbled, lost, lossRatio: ratio.ratio });
    return out;
  }

  /** Notes a loop as sent; the caller sends it whatever the answer, since a loop is cover first. */
  sent(
    now: Instant,
    loop: SentLoop,
  ): Result<undefined, { readonly code: 'loop-tracker-full' | 'duplicate-loop' }> {
    if (this.#pending.has(loop.key)) return err({ code: 'duplicate-loop' });
    if (this.#pending.size >= this.#maxPending) return err({ code: 'loop-tracker-full' });
    const pending: Pending = { ...loop, sentAt: now };
    this.#pending.set(loop.key, pending);
    const wait =
      LOOP_DEADLINE_MEANS * loop.path.length * this.#mean[loop.delayClass] +
      LOOP_LINK_ALLOWANCE_MICROS;
    this.#deadlines.push(after(now, wait), 0, pending);
    this.#total.sent++;
    this.#each(loop, (subject) => void subject.sent++);
    return ok(undefined);
  }

  /**
   * A delivery under `key` came back. Its body check decides: a loop whose body was changed is a
   * tag that somebody tried.
   *
   * @returns its round trip, µs; 'unknown-loop' when none was under way: not ours, late, or a second time.
   */
  returned(
    now: Instant,
    key: string,
    bodyOk: boolean,
  ): Result<number, { readonly code: 'unknown-loop' }> {
    const pending = this.#pending.get(key);
    if (pending === undefined) return err({ code: 'unknown-loop' });
    this.#settle(pending, bodyOk ? 'returned' : 'garbled');
    return ok(now - pending.sentAt);
  }

  /** Counts what is past its deadline as lost. */
  wake(now: Instant): void {
    for (;;) {
      const pending = this.#deadlines.popDue(now);
      if (pending === undefined) return;
      if (this.#pending.get(pending.key) === pending) this.#settle(pending, 'lost');
    }
  }

  /** When `wake` must be called next; undefined when no loop is under way. */
  nextAt(): Instant | undefined {
    return this.#deadlines.nextAt;
  }

  /** The next alarm, raised or taken back. */
  poll(): LoopAlarm | undefined {
    return this.#alarms.shift();
  }

  #settle(pending: Pending, outcome: LoopOutcome): void {
    this.#pending.delete(pending.key);
    this.#total[outcome]++;
    this.#each(pending, (subject, kind, key) => {
      subject[outcome]++;
      if (!subject.ratio.observe(outcome !== 'returned')) return;
      const { raised, ratio: lossRatio, loops } = subject.ratio;
      this.#alarms.push({ kind: 'alarm', subject: kind, key, raised, lossRatio, loops });
    });
  }

  /** Every node of the path but the sender itself, once; and every link. */
  #each(
    loop: SentLoop,
    visit: (subject: Subject, kind: 'node' | 'link', key: string) => void,
  ): void {
    const [first = '', ...rest] = loop.path;
    const nodes = new Set(rest);
    nodes.delete(first);
    for (const key of nodes) visit(this.#subject(this.#nodes, key), 'node', key);
    const links = new Set(rest.map((name, i) => `${loop.path[i] ?? ''}>${name}`));
    for (const key of links) visit(this.#subject(this.#links, key), 'link', key);
  }

  #subject(map: Map<string, Subject>, key: string): Subject {
    const subject = map.get(key) ?? fresh();
    map.delete(key);
    map.set(key, subject);
    if (map.size > this.#maxSubjects) {
      for (const oldest of map.keys()) {
        map.delete(oldest);
        break;
      }
    }
    return subject;
  }
}
