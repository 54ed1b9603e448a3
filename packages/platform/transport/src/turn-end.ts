/** Runs a task once the current turn of the event loop is over. */
export type Defer = (task: () => void) => void;

/** What a row of ends of turns stands on: the platform's, or a test's. */
export interface TurnClock {
  /** Milliseconds since any moment. */
  readonly now: () => number;
  /** Calls back after the current turn. */
  readonly soon: Defer;
  /** Calls back after this many milliseconds. */
  readonly after: (millis: number, task: () => void) => void;
}

/**
 * How long what was given out waits for the end of a turn that goes on and on, ms. A turn takes what
 * all sockets have: where it came to 5 ms and more, which with fifty links at half load it did after
 * every pause, that was most of what made one packet in a hundred late.
 */
const HASTE_MILLIS = 2;

interface Waiting {
  readonly task: () => void;
  readonly since: number;
  /** Not before. */
  readonly from: number;
}

/**
 * What is done when a turn is over: first all that was given out in it is written, then work that
 * waited for the next turn begins, then what that gave out is written, before sockets are read
 * again. In a row together with work, packets that had left a node's pool were written after the
 * work of another turn, 4 ms and more of it where fifty links have some.
 */
export class TurnEnd {
  readonly #clock: TurnClock;
  #writes: Waiting[] = [];
  #work: (() => void)[] = [];
  #asked = false;
  #resting = false;

  constructor(clock: TurnClock) {
    this.#clock = clock;
  }

  /** What was given out in this turn is written; in the midst of a long one when {@link TurnEnd.hasten} is called. */
  readonly write: Defer = (task) => {
    const now = this.#clock.now();
    this.#writes.push({ task, since: now, from: now });
    this.#ask();
  };

  /** Work that waited for the next turn begins. */
  readonly work: Defer = (task) => {
    this.#work.push(task);
    this.#ask();
  };

  /**
   * As `write`, but at least `millis` after the last time. A write costs as much as five frames in
   * one, so a busy node writes a few more frames at a time, less often; an idle one waits for nothing.
   */
  paced(millis: number): Defer {
    let last = Number.NEGATIVE_INFINITY;
    return (task) => {
      const since = this.#clock.now();
      const from = Math.max(since, last + millis);
      const paced = (): void => {
        last = this.#clock.now();
        task();
      };
      this.#writes.push({ task: paced, since, from });
      if (from <= since) this.#ask();
      else this.#rest();
    };
  }

  /** Between two pieces of work of one turn: writes now when something has waited for long enough. */
  readonly hasten = (): void => {
    if (this.#writes.length === 0) return;
    const latest = this.#clock.now() - HASTE_MILLIS;
    if (!this.#writes.some(({ since }) => since <= latest)) return;
    try {
      this.#write();
    } catch (error) {
      // In a turn of its own, as at the end of this one: whoever calls has no part in it.
      this.#clock.soon(() => {
        throw error;
      });
    }
  };

  #ask(): void {
    if (!this.#asked) this.#clock.soon(() => this.#end());
    this.#asked = true;
  }

  #end(): void {
    this.#asked = false;
    const work = this.#work;
    this.#work = [];
    try {
      this.#write();
      if (work.length === 0) return;
      for (let task = work.shift(); task !== undefined; task = work.shift()) task();
      this.#write();
    } finally {
      // Of one that throws the fault is told as of any; those behind it wait for nobody else.
      for (const task of work) this.work(task);
    }
  }

  /** Comes back when the first may be written that may not yet. */
  #rest(): void {
    const [first] = this.#writes.map(({ from }) => from).toSorted((a, b) => a - b);
    if (first === undefined || this.#resting) return;
    this.#resting = true;
    // A timer may fire a little early.
    this.#clock.after(Math.max(1, first - this.#clock.now()), () => {
      this.#resting = false;
      this.#write();
      this.#rest();
    });
  }

  /** What may be written by now. */
  #write(): void {
    const now = this.#clock.now();
    const ready = this.#writes.filter(({ from }) => from <= now);
    this.#writes = this.#writes.filter(({ from }) => from > now);
    try {
      for (let next = ready.shift(); next !== undefined; next = ready.shift()) next.task();
    } finally {
      for (const { task } of ready) this.write(task);
    }
  }
}

/**
 * The runtime's earliest moment after the current turn: `setImmediate`, or a message channel in
 * browsers, whose `setTimeout` waits 4 ms, and 1 s in a hidden tab.
 */
function platformDefer(): Defer {
  if (typeof setImmediate === 'function') return (task) => void setImmediate(task);
  const waiting: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener('message', () => waiting.shift()?.());
  port1.start();
  return (task) => {
    waiting.push(task);
    port2.postMessage(undefined);
  };
}

/** The end of the turns of this thread's event loop: it has but one. */
export const endOfTurn: TurnEnd = new TurnEnd({
  now: () => performance.now(),
  soon: platformDefer(),
  after: (millis, task) => void setTimeout(task, millis),
});
