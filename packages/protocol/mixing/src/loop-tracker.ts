import type { DelayClass } from '@sotto/sphinx';
import {
  DeadlineQueue,
  err,
  instant,
  type Instant,
  MICROS_PER_SECOND,
  ok,
  type Result,
} from '@sotto/wire';
import { LinkTime, slowedMicros } from './link-time.ts';
import {
  type LoopAlarm,
  type LoopCounts,
  type LoopOutcome,
  LoopSubjects,
} from './loop-subjects.ts';
import type { Grade } from './suspicion.ts';

/** A loop that was sent. */
export interface SentLoop {
  /** Hex of η at its last hop, by which its return is known. */
  readonly key: string;
  /** Names (hex) of the nodes that it passes, this node first and last. */
  readonly path: readonly string[];
  /** Its class. */
  readonly delayClass: DelayClass;
}

/** What a tracker needs to know. */
export interface LoopTrackerOptions {
  /** Network-wide parameters: means of the two classes, µs. */
  readonly parameters: { readonly fastMeanMicros: number; readonly slowMeanMicros: number };
  /** When it begins. */
  readonly now: Instant;
  /** Hex name of this node. */
  readonly self?: string;
  /** Loops under way at most. */
  readonly maxPending?: number;
  /** Nodes, and links, of which counts are kept at most; beyond, those seen longest ago are forgotten. */
  readonly maxSubjects?: number;
}

/** A loop is lost after this many class means a hop (an Erlang of 7 passes 4 · 7 means once in 10⁸), … */
export const LOOP_DEADLINE_MEANS = 4;
/** … and this allowance for links and processing, µs. */
export const LOOP_LINK_ALLOWANCE_MICROS: number = 5 * MICROS_PER_SECOND;

/** Factor by which a node stretches its mean delays while its own alarm stands. */
export const ALARM_SLOWDOWN = 4;

interface Pending extends SentLoop {
  readonly sentAt: Instant;
  /** What a slowed first hop may add, µs. */
  readonly extraMicros: number;
  /** How late it is known to be; undefined of a slow loop, whose time says nothing. */
  grade: Grade | undefined;
}

/** Follows a node's own loops: which came back whole, and through whom those went that did not (Spec 05 §5). */
export class LoopTracker {
  readonly #mean: Readonly<Record<DelayClass, number>>;
  readonly #maxPending: number;
  readonly #pending = new Map<string, Pending>();
  readonly #deadlines = new DeadlineQueue<Pending>();
  readonly #subjects: LoopSubjects;
  readonly #linkTime: LinkTime;

  /** Nothing is under way. */
  constructor(options: LoopTrackerOptions) {
    const { parameters, now, self = '', maxPending = 16_384, maxSubjects = 16_384 } = options;
    this.#mean = { fast: parameters.fastMeanMicros, slow: parameters.slowMeanMicros };
    this.#maxPending = maxPending;
    this.#subjects = new LoopSubjects(now, self, maxSubjects);
    this.#linkTime = new LinkTime(parameters.fastMeanMicros, LOOP_LINK_ALLOWANCE_MICROS);
  }

  /** Alarms that stand. */
  get standing(): number {
    return this.#subjects.standing;
  }

  /** By how much the node is to stretch its means now: 1, or {@link ALARM_SLOWDOWN} under attack. */
  get slowdown(): number {
    return this.#subjects.total.suspicion.raised ? ALARM_SLOWDOWN : 1;
  }

  /** Measured share of fast loops that are lost or garbled. */
  get lossShare(): number {
    return this.#subjects.lossShare;
  }

  /** Loops under way. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Counts of all loops. */
  get counts(): LoopCounts {
    const { sent, returned, garbled, lost } = this.#subjects.total;
    return { sent, returned, garbled, lost };
  }

  /** Counts by node, hex name to counts. */
  byNode(): ReadonlyMap<string, LoopCounts & { readonly score: number }> {
    return this.#subjects.byNode();
  }

  /** Notes a loop as sent; the caller sends it whatever the answer, since a loop is cover first. */
  sent(
    now: Instant,
    loop: SentLoop,
  ): Result<undefined, { readonly code: 'loop-tracker-full' | 'duplicate-loop' }> {
    if (this.#pending.has(loop.key)) return err({ code: 'duplicate-loop' });
    if (this.#pending.size >= this.#maxPending) return err({ code: 'loop-tracker-full' });
    const fast = loop.delayClass === 'fast';
    const extraMicros = slowedMicros(this.#mean.fast, this.slowdown);
    const grade = fast && this.#linkTime.known ? 0 : undefined;
    const pending: Pending = { ...loop, sentAt: now, extraMicros, grade };
    this.#pending.set(loop.key, pending);
    this.#push(now, pending);
    for (const subject of this.#subjects.of(now, loop.path)) {
      subject.sent++;
      if (grade !== undefined) subject.suspicion.sent();
    }
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
    const roundTrip = now - pending.sentAt;
    if (bodyOk && pending.delayClass === 'fast') this.#linkTime.returned(roundTrip);
    this.#settle(now, pending, bodyOk ? 'returned' : 'garbled');
    return ok(roundTrip);
  }

  /** Counts what is late as late, and what is past its deadline as lost. */
  wake(now: Instant): void {
    const due = this.#deadlines.nextAt;
    if (due !== undefined && now - due > this.#mean.fast) this.#pardon();
    for (;;) {
      const pending = this.#deadlines.popDue(now);
      if (pending === undefined) return;
      if (this.#pending.get(pending.key) !== pending) continue;
      const { grade } = pending;
      if (grade === undefined && now < this.#lostAt(pending)) {
        this.#push(now, pending);
        continue;
      }
      if (grade === undefined || grade === 3) {
        this.#settle(now, pending, 'lost');
        continue;
      }
      const worse: Grade = grade === 0 ? 1 : grade === 1 ? 2 : 3;
      this.#subjects.observe(now, pending.path, grade === 0 ? undefined : grade, worse);
      pending.grade = worse;
      this.#push(now, pending);
    }
  }

  /** When `wake` must be called next; undefined when no loop is under way. */
  nextAt(): Instant | undefined {
    return this.#deadlines.nextAt;
  }

  /** The next alarm, raised or taken back. */
  poll(): LoopAlarm | undefined {
    return this.#subjects.poll();
  }

  /** Nodes other than these are gone: so is what was counted of them and their links, and their alarms are over. */
  keep(now: Instant, known: (key: string) => boolean): void {
    // Loops that are under way through them will be lost, and say nothing of others.
    for (const pending of this.#pending.values()) {
      if (!pending.path.every(known)) pending.grade = undefined;
    }
    this.#subjects.keep(now, known);
  }

  /** This process was held up itself: what is under way may be late for that, and says nothing of others. */
  #pardon(): void {
    for (const pending of this.#pending.values()) pending.grade = undefined;
  }

  /** Sets the alarm for the next grade, or for giving up. */
  #push(now: Instant, pending: Pending): void {
    const { grade, sentAt, extraMicros } = pending;
    const lostAt = this.#lostAt(pending);
    const due =
      grade === undefined || grade === 3
        ? lostAt
        : Math.min(lostAt, this.#linkTime.graded(sentAt, grade, extraMicros));
    this.#deadlines.push(due > now ? instant(due) : now, 0, pending);
  }

  /** When a loop is given up. */
  #lostAt({ sentAt, path, delayClass, extraMicros }: Pending): number {
    const means = LOOP_DEADLINE_MEANS * path.length * this.#mean[delayClass];
    return sentAt + means + LOOP_LINK_ALLOWANCE_MICROS + extraMicros;
  }

  #settle(now: Instant, pending: Pending, outcome: LoopOutcome): void {
    this.#pending.delete(pending.key);
    this.#subjects.ended(now, pending, outcome);
    const { grade } = pending;
    // Whoever garbles a slow loop is as guilty; a slow one that comes back says nothing.
    if (grade === undefined && outcome !== 'garbled') return;
    const seen = grade === 0 ? undefined : grade;
    if (outcome === 'garbled') this.#subjects.observe(now, pending.path, seen, 3);
    else if (grade === 0 && outcome === 'returned')
      this.#subjects.observe(now, pending.path, undefined, 0);
  }
}
