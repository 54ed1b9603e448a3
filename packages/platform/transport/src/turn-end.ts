/** Runs a task once the current turn of the event loop is over. */
export type Defer = (task: () => void) => void;

/** What may be done when a turn is over, in this order. */
export interface TurnEnd {
  /** What was given out in the turn is written. */
  readonly write: Defer;
  /** Work that waited for the next turn begins. */
  readonly work: Defer;
}

/**
 * Two rows that `soon` calls together. Each with a call of its own, who had asked first went first:
 * packets that had left a node's pool were written after the work of another turn, 4 ms and more of
 * it where fifty links have some.
 */
export function turnEnd(soon: Defer): TurnEnd {
  const rows: readonly [write: (() => void)[], work: (() => void)[]] = [[], []];
  let asked = false;
  const run = (): void => {
    asked = false;
    const tasks = rows.flatMap((row) => row.splice(0));
    try {
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
    } finally {
      // Of one that throws the fault is told as of any; those behind it wait for nobody else.
      for (const task of tasks) into(1)(task);
    }
  };
  const into =
    (row: 0 | 1): Defer =>
    (task) => {
      rows[row].push(task);
      if (!asked) soon(run);
      asked = true;
    };
  return { write: into(0), work: into(1) };
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
export const endOfTurn: TurnEnd = turnEnd(platformDefer());
