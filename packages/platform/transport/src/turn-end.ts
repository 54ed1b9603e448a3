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
 * again, unless it rests for its pace. In a row together with work, packets that had left a node's
 * pool were written after the work of another turn, 4 ms and more of it where fifty links have some.
 */
export class TurnEnd {
  readonly #clock: TurnClock;
  #writes: Waiting[] = [];
  #told: (() => void)[] = [];
  #work: (() => void)[] = [];
  #asked = false;
  /** When the earliest timer comes that is set. */
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(clock: TurnClock) {
    this.#clock = clock;
  }

  /** Work that waited for the next turn begins. */
  readonly work: Defer = (task) => {
    this.#work.push(task);
    this.#ask();
  };

  /** Calls back when what was given out is written, but for what rests for its pace. */
  readonly written: Defer = (task) => {
    this.#told.push(task);
    this.#ask();
  };

  /**
   * A row of writes, at the end of a turn, or in the midst of a long one when {@link TurnEnd.hasten}
   * is called, `millis` after the last began; timers count whole milliseconds, so it may be up to one
   * less. A write costs as much as five frames in one, so a busy node writes a few more frames at a
   * time, less often; an idle one waits for nothing.
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
    const now = this.#clock.now();
    if (!this.#writes.some(({ since }) => since <= now - HASTE_MILLIS)) return;
    try {
      this.#write(now);
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
      this.#write(this.#clock.now());
      if (work.length === 0) return;
      for (let task = work.shift(); task !== undefined; task = work.shift()) task();
      this.#write(this.#clock.now());
    } finally {
      // Of one that throws the fault is told as of any; those behind it wait for nobody else.
      for (const task of work) this.work(task);
    }
  }

  /** Comes back when the first that waits may be written: while others were written its time may have come. */
  #rest(): void {
    if (this.#writes.length === 0) return;
    const first = Math.min(...this.#writes.map(({ from }) => from));
    const now = this.#clock.now();
    if (first <= now) {
      this.#ask();
      return;
    }
    if (first >= this.#timerAt) return;
    this.#timerAt = first;
    this.#clock.after(first - now, () => {
      if (this.#timerAt === first) this.#timerAt = Number.POSITIVE_INFINITY;
      // By the time that was asked for: a timer may fire a little early, and some clocks of browsers stand still.
      this.#write(Math.max(first, this.#clock.now()));
    });
  }

  /** What may be written by `now`, and who wants to know. */
  #write(now: number): void {
    const ready = this.#writes.filter(({ from }) => from <= now).map(({ task }) => task);
    this.#writes = this.#writes.filter(({ from }) => from > now);
    const tasks = [...ready, ...this.#told.splice(0)];
    try {
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
    } finally {
      // Of one that throws those behind it wait for nobody else.
      for (const task of tasks) this.written(task);
      this.#rest();
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
