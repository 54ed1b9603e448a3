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
import { type Grade, Suspicion } from './suspicion.ts';

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
 * Something on the loops' paths delays, loses or changes them: slow, warn, name what is suspect;
 * never silence a node, or dropping its packets would be a way to switch it off.
 */
export interface LoopAlarm {
  readonly kind: 'alarm';
  /** A node, a link between two, or all that comes in here: the n−1 attack on this node itself. */
  readonly subject: 'node' | 'link' | 'self';
  /** Hex name, of this node too; of a link both, with '>' between. */
  readonly key: string;
  /** Raised, or taken back. */
  readonly raised: boolean;
  /** The statistic, and what it had to reach. */
  readonly score: number;
  readonly threshold: number;
  /** Loops sent through it. */
  readonly loops: number;
  /** Links of the subject that are most suspect, at most three. */
  readonly suspects: readonly string[];
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

/** Weight of one loop in the measured share of losses. */
const LOSS_WEIGHT = 1 / 8192;
/** Links named in an alarm at most. */
const MAX_SUSPECTS = 3;

interface Pending extends SentLoop {
  readonly sentAt: Instant;
  /** What a slowed first hop may add, µs. */
  readonly extraMicros: number;
  /** How late it is known to be; undefined of a slow loop, whose time says nothing. */
  grade: Grade | undefined;
}

interface Subject {
  readonly kind: LoopAlarm['subject'];
  readonly key: string;
  sent: number;
  returned: number;
  garbled: number;
  lost: number;
  readonly suspicion: Suspicion;
}

const fresh = (kind: LoopAlarm['subject'], key: string, now: Instant): Subject => ({
  kind,
  key,
  sent: 0,
  returned: 0,
  garbled: 0,
  lost: 0,
  suspicion: new Suspicion(now),
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
  readonly #total: Subject;
  readonly #linkTime: LinkTime;
  readonly #raised = new Set<Subject>();
  readonly #alarms: LoopAlarm[] = [];
  #lossShare = 0;

  /** Nothing is under way. */
  constructor(options: LoopTrackerOptions) {
    const { parameters, now, self = '', maxPending = 16_384, maxSubjects = 16_384 } = options;
    this.#mean = { fast: parameters.fastMeanMicros, slow: parameters.slowMeanMicros };
    this.#maxPending = maxPending;
    this.#maxSubjects = maxSubjects;
    this.#total = fresh('self', self, now);
    this.#linkTime = new LinkTime(parameters.fastMeanMicros, LOOP_LINK_ALLOWANCE_MICROS);
  }

  /** Alarms that stand. */
  get standing(): number {
    return this.#raised.size;
  }

  /** By how much the node is to stretch its means now: 1, or {@link ALARM_SLOWDOWN} under attack. */
  get slowdown(): number {
    return this.#total.suspicion.raised ? ALARM_SLOWDOWN : 1;
  }

  /** Measured share of fast loops that are lost or garbled. */
  get lossShare(): number {
    return this.#lossShare;
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
  byNode(): ReadonlyMap<string, LoopCounts & { readonly score: number }> {
    const out = new Map<string, LoopCounts & { readonly score: number }>();
    for (const [key, { sent, returned, garbled, lost, suspicion }] of this.#nodes)
      out.set(key, { sent, returned, garbled, lost, score: suspicion.score });
    return out;
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
    for (const subject of this.#subjects(now, loop)) {
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
      this.#observe(now, pending, grade === 0 ? undefined : grade, worse);
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
    return this.#alarms.shift();
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
    for (const subject of this.#subjects(now, pending)) subject[outcome]++;
    const { grade } = pending;
    const bad = outcome !== 'returned';
    if (pending.delayClass === 'fast')
      this.#lossShare += LOSS_WEIGHT * ((bad ? 1 : 0) - this.#lossShare);
    // Whoever garbles a slow loop is as guilty; a slow one that comes back says nothing.
    if (grade === undefined && outcome !== 'garbled') return;
    const seen = grade === 0 ? undefined : grade;
    if (outcome === 'garbled') this.#observe(now, pending, seen, 3);
    else if (grade === 0 && outcome === 'returned') this.#observe(now, pending, undefined, 0);
  }

  /** Counts a loop for every subject on its path, and raises or takes back alarms. */
  #observe(now: Instant, loop: Pending, from: Grade | undefined, to: Grade): void {
    let worst: Subject | undefined;
    const subjects = this.#subjects(now, loop);
    for (const subject of subjects) {
      const { suspicion } = subject;
      suspicion.observe(from, to, this.#lossShare);
      if (suspicion.raised && suspicion.score === 0) this.#tell(now, subject, false);
      // Of equals the first, a node before its links, both before all that comes in here.
      if (worst === undefined || suspicion.score > worst.suspicion.score) worst = subject;
    }
    // Losses at one node raise the sums of all that its loops pass as well: only the highest is told.
    if (worst === undefined || worst.suspicion.raised) return;
    if (worst.suspicion.score < worst.suspicion.threshold(now, this.#lossShare)) return;
    const { score } = worst.suspicion;
    // All loops come back here, so a loss anywhere counts here: any subject's may explain it.
    const others = worst.kind === 'self' ? [...this.#raised] : subjects;
    const explained = others.some(({ suspicion }) => suspicion.raised && suspicion.score >= score);
    if (to > 0 && !explained) this.#tell(now, worst, true);
  }

  #tell(now: Instant, subject: Subject, raised: boolean): void {
    const { kind, key, suspicion } = subject;
    suspicion.raised = raised;
    if (raised) this.#raised.add(subject);
    else this.#raised.delete(subject);
    const { score, loops } = suspicion;
    const threshold = suspicion.threshold(now, this.#lossShare);
    const suspects = this.#suspects(subject, threshold);
    this.#alarms.push({
      kind: 'alarm',
      subject: kind,
      key,
      raised,
      score,
      threshold,
      loops,
      suspects,
    });
  }

  /** The links of a subject with the highest sums. */
  #suspects(subject: Subject, threshold: number): readonly string[] {
    const { kind, key } = subject;
    if (kind === 'link') return [key];
    const own = [...this.#links.values()].filter(
      (link) =>
        link.suspicion.score >= threshold / 2 &&
        (link.key.endsWith(`>${key}`) || (kind === 'node' && link.key.startsWith(`${key}>`))),
    );
    own.sort((a, b) => b.suspicion.score - a.suspicion.score);
    return own.slice(0, MAX_SUSPECTS).map((link) => link.key);
  }

  /** Every node of the path but this one, once; every link; and all that comes back here. */
  #subjects(now: Instant, loop: SentLoop): Subject[] {
    const [first = '', ...rest] = loop.path;
    const nodes = new Set(rest);
    nodes.delete(first);
    const links = new Set(rest.map((name, i) => `${loop.path[i] ?? ''}>${name}`));
    return [
      ...[...nodes].map((key) => this.#subject(this.#nodes, 'node', key, now)),
      ...[...links].map((key) => this.#subject(this.#links, 'link', key, now)),
      this.#total,
    ];
  }

  #subject(map: Map<string, Subject>, kind: 'node' | 'link', key: string, now: Instant): Subject {
    const subject = map.get(key) ?? fresh(kind, key, now);
    map.delete(key);
    map.set(key, subject);
    if (map.size > this.#maxSubjects) {
      for (const [oldest, forgotten] of map) {
        map.delete(oldest);
        this.#raised.delete(forgotten);
        break;
      }
    }
    return subject;
  }
}
