import { DeadlineQueue, type Instant } from '@sotto/wire';
import { type LoopAlarm, LoopAlarms, type LoopAlarmTurn } from './loop-alarms.ts';

/** How loops through one node, or all of them, ended. */
export interface LoopCounts {
  readonly returned: number;
  readonly garbled: number;
  readonly lost: number;
}

type Outcome = keyof LoopCounts;

interface Waiting {
  readonly id: number;
  readonly nodes: readonly string[];
  readonly deadline: Instant;
  garbled: boolean;
  /** Its loss says nothing of others: one's own link or process was down meanwhile. */
  pardoned: boolean;
}

const ZERO: LoopCounts = { returned: 0, garbled: 0, lost: 0 };

/**
 * What became of one's own loops, in all and per node of their paths (Spec 08 §7.4). A node that
 * drops or garbles stands out by its share. Bounded by the loops under way and the nodes known.
 */
export class LoopStatistics {
  readonly #waiting = new Map<number, Waiting>();
  readonly #deadlines = new DeadlineQueue<number>();
  readonly #byNode = new Map<string, LoopCounts>();
  readonly #alarms: LoopAlarms;
  readonly #maxNodes: number;
  readonly #lateMicros: number;
  #total: LoopCounts = ZERO;
  #nextId = 0;

  /**
   * Counts apart for up to `maxNodes` nodes; those that come later count in the total alone.
   *
   * @param lateMicros - a deadline that is looked at so much later, µs, was missed by this device itself.
   */
  constructor(maxNodes: number, lateMicros: number) {
    this.#maxNodes = maxNodes;
    this.#lateMicros = lateMicros;
    this.#alarms = new LoopAlarms(maxNodes);
  }

  /** All loops that ended. */
  get total(): LoopCounts {
    return this.#total;
  }

  /** Loops under way. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Counts of the loops whose path held this node. */
  of(key: string): LoopCounts {
    return this.#byNode.get(key) ?? ZERO;
  }

  /** When the next loop is given up. */
  get nextAt(): Instant | undefined {
    return this.#deadlines.nextAt;
  }

  /** A loop left. @returns its number. */
  sent(nodes: readonly string[], deadline: Instant): number {
    const id = this.#nextId++;
    this.#waiting.set(id, { id, nodes, deadline, garbled: false, pardoned: false });
    this.#deadlines.push(deadline, id, id);
    return id;
  }

  /** A body came back under a loop's name, right or wrong. A wrong one may be a forgery, so the loop stays open. */
  arrived(id: number, right: boolean): void {
    const loop = this.#waiting.get(id);
    if (loop === undefined) return;
    if (right) this.#end(loop, 'returned');
    else loop.garbled = true;
  }

  /** One's own link went down: what is under way may be lost for that. */
  pardon(): void {
    for (const loop of this.#waiting.values()) loop.pardoned = true;
  }

  /** Nodes other than these are gone, and no alarm is left of them. */
  keep(known: (key: string) => boolean): void {
    this.#alarms.keep(known);
  }

  /** What was raised or taken back, first in first out. */
  poll(): LoopAlarmTurn | undefined {
    return this.#alarms.poll();
  }

  /** Alarms that stand. */
  get alarms(): readonly LoopAlarm[] {
    return this.#alarms.standing;
  }

  /** Gives up what is due. */
  expire(now: Instant): void {
    const due = this.#deadlines.nextAt;
    if (due !== undefined && now - due > this.#lateMicros) this.pardon();
    for (let id = this.#deadlines.popDue(now); id !== undefined;) {
      const loop = this.#waiting.get(id);
      if (loop !== undefined) this.#end(loop, loop.garbled ? 'garbled' : 'lost');
      id = this.#deadlines.popDue(now);
    }
  }

  #end(loop: Waiting, outcome: Outcome): void {
    this.#waiting.delete(loop.id);
    if (!loop.pardoned) this.#alarms.ended(loop.nodes, outcome === 'returned');
    this.#total = { ...this.#total, [outcome]: this.#total[outcome] + 1 };
    for (const key of new Set(loop.nodes)) {
      const counts = this.#byNode.get(key);
      if (counts === undefined && this.#byNode.size >= this.#maxNodes) continue;
      const before = counts ?? ZERO;
      this.#byNode.set(key, { ...before, [outcome]: before[outcome] + 1 });
    }
  }
}
