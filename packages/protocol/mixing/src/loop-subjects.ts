import type { DelayClass } from '@sotto/sphinx';
import type { Instant } from '@sotto/wire';
import { type Grade, gradeChange, Suspicion } from './suspicion.ts';

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

/** Weight of one loop in the measured share of losses: one of this many, … */
const LOSS_LOOPS = 8192;
/** … of so many more than there were while these are fewer: in a lossy network a node that starts would else raise false alarms for ten minutes. */
const LOSS_LOOPS_BEFORE = 1024;
/**
 * While the alarm of own inputs stands: what the sum of loops that pass nobody accused begins at, and
 * is held to. At 0 an attack on own inputs is over, though a node that began to drop during it goes
 * on: its losses would else keep that alarm up, and this node slow, for as long as it is listed.
 */
const UNEXPLAINED = 20;
/** Links named in an alarm at most. */
const MAX_SUSPECTS = 3;

/** A node, a link, or all that comes in: counts of its loops, and what they say. */
export interface Subject {
  readonly kind: LoopAlarm['subject'];
  readonly key: string;
  sent: number;
  returned: number;
  garbled: number;
  lost: number;
  /** Accused while the alarm of own inputs stands. */
  sinceAttack: boolean;
  readonly suspicion: Suspicion;
}

const fresh = (kind: LoopAlarm['subject'], key: string, now: Instant): Subject => ({
  kind,
  key,
  sent: 0,
  returned: 0,
  garbled: 0,
  lost: 0,
  sinceAttack: false,
  suspicion: new Suspicion(now),
});

/** A node or a link of which an alarm stands. */
const isAccused = ({ kind, suspicion }: Subject): boolean => kind !== 'self' && suspicion.raised;

/** The subject of the highest sum; of equals the first, a node before links, both before own inputs. */
function highest(subjects: readonly Subject[]): Subject | undefined {
  let worst: Subject | undefined;
  for (const subject of subjects) {
    if (worst === undefined || subject.suspicion.score > worst.suspicion.score) worst = subject;
  }
  return worst;
}

/** Whom loops pass, and what their losses say of each (Spec 05 §5.3). */
export class LoopSubjects {
  /** All loops: a node's own inputs, on which they end. */
  readonly total: Subject;
  readonly #maxSubjects: number;
  readonly #nodes = new Map<string, Subject>();
  readonly #links = new Map<string, Subject>();
  readonly #raised = new Set<Subject>();
  readonly #alarms: LoopAlarm[] = [];
  #lossShare = 0;
  #unexplained = 0;
  #lossLoops = LOSS_LOOPS_BEFORE;

  /** Of the node of this hex name; `maxSubjects` nodes, and links, at most. */
  constructor(now: Instant, self: string, maxSubjects: number) {
    this.total = fresh('self', self, now);
    this.#maxSubjects = maxSubjects;
  }

  /** Alarms that stand. */
  get standing(): number {
    return this.#raised.size;
  }

  /** Measured share of fast loops that are lost or garbled, but for those that an alarm explains. */
  get lossShare(): number {
    return this.#lossShare;
  }

  /** Counts by node, hex name to counts. */
  byNode(): ReadonlyMap<string, LoopCounts & { readonly score: number }> {
    const out = new Map<string, LoopCounts & { readonly score: number }>();
    for (const [key, { sent, returned, garbled, lost, suspicion }] of this.#nodes)
      out.set(key, { sent, returned, garbled, lost, score: suspicion.score });
    return out;
  }

  /** The next alarm, raised or taken back. */
  poll(): LoopAlarm | undefined {
    return this.#alarms.shift();
  }

  /** Forgets all nodes but these, and their links; alarms of them are taken back. */
  keep(now: Instant, known: (key: string) => boolean): void {
    for (const map of [this.#nodes, this.#links]) {
      for (const [key, subject] of map) {
        if (!key.split('>').every(known)) this.#drop(now, map, subject);
      }
    }
  }

  /** Every node of a path but its first, once; every link; and all that comes back here. */
  of(now: Instant, path: readonly string[]): Subject[] {
    const [first = '', ...rest] = path;
    const nodes = new Set(rest);
    nodes.delete(first);
    const links = new Set(rest.map((name, i) => `${path[i] ?? ''}>${name}`));
    return [
      ...[...nodes].map((key) => this.#subject(this.#nodes, 'node', key, now)),
      ...[...links].map((key) => this.#subject(this.#links, 'link', key, now)),
      this.total,
    ];
  }

  /** Counts what became of a loop. */
  ended(
    now: Instant,
    { path, delayClass }: { readonly path: readonly string[]; readonly delayClass: DelayClass },
    outcome: LoopOutcome,
  ): void {
    const subjects = this.of(now, path);
    for (const subject of subjects) subject[outcome]++;
    const bad = outcome !== 'returned';
    // What an alarm explains is not how the network is by itself, by which all others are judged.
    if (delayClass === 'slow' || (bad && subjects.some(isAccused))) return;
    this.#lossLoops = Math.min(LOSS_LOOPS, this.#lossLoops + 1);
    this.#lossShare += ((bad ? 1 : 0) - this.#lossShare) / this.#lossLoops;
  }

  /** Counts a loop for the subjects that it speaks of, and raises or takes back alarms. */
  observe(now: Instant, path: readonly string[], from: Grade | undefined, to: Grade): void {
    const all = this.of(now, path);
    const subjects = to === 0 ? all : this.#blamed(all);
    for (const subject of subjects) {
      const { suspicion } = subject;
      suspicion.observe(from, to, this.#lossShare);
      if (suspicion.raised && suspicion.score === 0) this.#tell(now, subject, false);
    }
    if (this.total.suspicion.raised && !all.some(isAccused)) {
      const sum = this.#unexplained + gradeChange(from, to);
      this.#unexplained = Math.min(UNEXPLAINED, Math.max(0, sum));
      if (this.#unexplained === 0) this.#excuseAgain();
    }
    if (to > 0) this.#judge(now, subjects);
  }

  /** Own inputs are in order again: whoever was accused meanwhile is at fault itself. */
  #excuseAgain(): void {
    for (const subject of this.#raised) subject.sinceAttack = false;
  }

  /**
   * Of a loop that is late, lost or garbled: of the subjects with a standing alarm the one of the
   * highest sum, and without such a one all; own inputs also when that one does not excuse them.
   * Were all blamed, one listed node that drops its loops would slow all others of a small network,
   * and keep up the alarms of those that were accused wrongly; were own inputs excused by any
   * standing alarm, it would hide an attack on them.
   */
  #blamed(subjects: readonly Subject[]): readonly Subject[] {
    const accused = highest(subjects.filter(isAccused));
    if (accused === undefined) return subjects;
    return this.#excuses(accused) ? [accused] : [accused, this.total];
  }

  /** Raises the alarm of the highest sum: losses at one node raise the sums of all that its loops pass as well. */
  #judge(now: Instant, blamed: readonly Subject[]): void {
    // What is told already explains the rest, but own inputs where it does not excuse them.
    const open = blamed.some(isAccused) ? blamed.filter(({ kind }) => kind === 'self') : blamed;
    const worst = highest(open);
    if (worst === undefined || worst.suspicion.raised) return;
    const { suspicion } = worst;
    if (suspicion.score < suspicion.threshold(now, this.#lossShare)) return;
    const own = this.total.suspicion;
    if (!own.raised || own.score < suspicion.score) this.#tell(now, worst, true);
  }

  /** Whether a loss at a subject that stands accused says nothing of own inputs. */
  #excuses({ key, sinceAttack }: Subject): boolean {
    // Who lets a tenth of all packets in during an attack has nodes accused that these did not pass.
    if (sinceAttack) return false;
    // One of those who send to this node may be at fault itself; half of them are an attack in steps.
    const ending = `>${this.total.key}`;
    let [inputs, accused, isInput] = [0, 0, false];
    for (const link of this.#links.values()) {
      if (!link.key.endsWith(ending)) continue;
      const from = link.key.slice(0, -ending.length);
      inputs++;
      if (isAccused(link) || this.#nodes.get(from)?.suspicion.raised === true) accused++;
      isInput ||= key === link.key || key === from;
    }
    return !isInput || 2 * accused < inputs;
  }

  #tell(now: Instant, subject: Subject, raised: boolean): void {
    const { kind, key, suspicion } = subject;
    suspicion.raised = raised;
    if (raised) this.#raised.add(subject);
    else this.#raised.delete(subject);
    if (kind !== 'self') {
      subject.sinceAttack = raised && this.total.suspicion.raised && this.#unexplained > 0;
    } else if (raised) this.#unexplained = UNEXPLAINED;
    else this.#excuseAgain();
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

  #subject(map: Map<string, Subject>, kind: 'node' | 'link', key: string, now: Instant): Subject {
    const subject = map.get(key) ?? fresh(kind, key, now);
    map.delete(key);
    map.set(key, subject);
    if (map.size > this.#maxSubjects) {
      const [oldest] = map.values();
      if (oldest !== undefined) this.#drop(now, map, oldest);
    }
    return subject;
  }

  /** Forgets a subject; an alarm of it is taken back. */
  #drop(now: Instant, map: Map<string, Subject>, subject: Subject): void {
    map.delete(subject.key);
    if (subject.suspicion.raised) this.#tell(now, subject, false);
  }
}
