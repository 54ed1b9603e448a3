import { TurnEnd } from '@sotto/transport';
import { expect, test } from 'vitest';

/** The end of turns in time that the test moves. */
function setUp() {
  let now = 0;
  let timers: { readonly at: number; readonly task: () => void }[] = [];
  const turns: (() => void)[] = [];
  const done: string[] = [];
  const end = new TurnEnd({
    now: () => now,
    soon: (task) => void turns.push(task),
    // As of the platform: whole milliseconds, rounded down.
    after: (millis, task) => void timers.push({ at: now + Math.trunc(millis), task }),
  });
  const say = (what: string) => (): void => void done.push(`${what} at ${now}`);
  return {
    end,
    turns,
    done,
    say,
    endTurn: () => turns.shift()?.(),
    /** Moves the clock; timers wait for the next turn, as those of a busy thread do. */
    pass: (millis: number) => void (now += millis),
    /** Timers whose time has come, as at the beginning of a turn. @returns how many. */
    fire: () => {
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { task } of due) task();
      return due.length;
    },
  };
}

test('what is written goes before work that waited, whoever asked first; what work gives out goes before sockets are read again', () => {
  const { end, turns, done, say, endTurn } = setUp();
  const write = end.paced(0);
  end.work(() => {
    say('work')();
    end.work(say('more work'));
    write(say('its words'));
  });
  write(say('words'));
  expect(turns).toHaveLength(1);
  endTurn();
  expect(done.splice(0)).toEqual(['words at 0', 'work at 0', 'its words at 0']);
  expect(turns).toHaveLength(1);
  endTurn();
  expect(done).toEqual(['more work at 0']);
  expect(turns).toEqual([]);
});

test('one task that throws takes none of the others with it', () => {
  const { end, turns, done, say, endTurn } = setUp();
  const write = end.paced(0);
  write(() => {
    throw new Error('planted');
  });
  write(say('words'));
  end.work(say('work'));
  end.written(say('told'));
  expect(endTurn).toThrow('planted');
  endTurn();
  expect(done).toEqual(['words at 0', 'told at 0', 'work at 0']);
  expect(turns).toEqual([]);
});

test('in a turn that goes on, what has waited for two milliseconds is written between two reads, and with it what came since', () => {
  const { end, done, say, pass, endTurn } = setUp();
  const write = end.paced(0);
  end.hasten();
  write(say('first'));
  end.work(say('work'));
  for (let read = 1; read <= 12; read++) {
    pass(0.25);
    if (read === 4) write(say('second'));
    if (read === 9) write(say('third'));
    end.hasten();
  }
  expect(done.splice(0)).toEqual(['first at 2', 'second at 2']);
  endTurn();
  expect(done).toEqual(['third at 3', 'work at 3']);
});

test('what a writer throws in the midst of a turn is no fault of who reads', () => {
  const { end, turns, done, say, pass } = setUp();
  const write = end.paced(0);
  write(() => {
    throw new Error('planted');
  });
  write(say('words'));
  pass(2);
  end.hasten();
  expect(done).toEqual([]);
  // The end of the turn, and the fault in a turn of its own.
  turns.shift()?.();
  expect(done).toEqual(['words at 2']);
  expect(() => turns.shift()?.()).toThrow('planted');
});

test('paced, writes keep their distance, and the first after a pause waits for nothing', () => {
  const { end, done, say, pass, fire, endTurn } = setUp();
  const write = end.paced(2);
  write(say('a'));
  endTurn();
  pass(0.5);
  write(say('b'));
  endTurn();
  expect(done).toEqual(['a at 0']);
  pass(1.5);
  fire();
  pass(20);
  write(say('c'));
  endTurn();
  expect(done).toEqual(['a at 0', 'b at 2', 'c at 22']);
});

test('paced, a long turn holds nothing up for more than the pace, and a timer that fires early writes', () => {
  const { end, done, say, pass, fire, endTurn } = setUp();
  const write = end.paced(2);
  write(say('a'));
  endTurn();
  pass(0.5);
  write(say('b'));
  // Timers do not fire in the midst of a turn.
  for (let read = 0; read < 10; read++) {
    pass(0.25);
    end.hasten();
  }
  expect(done.splice(0)).toEqual(['a at 0', 'b at 2.5']);
  fire();
  pass(0.25);
  write(say('c'));
  // Of 1.25 ms that are left a timer counts one.
  pass(1);
  expect(fire()).toBe(1);
  expect(done).toEqual(['c at 4.25']);
});

test('two paces have their own times, whichever was asked for first', () => {
  const { end, done, say, pass, fire, endTurn } = setUp();
  const slow = end.paced(10);
  const fast = end.paced(2);
  slow(say('slow'));
  fast(say('fast'));
  endTurn();
  pass(1);
  slow(say('slow'));
  fast(say('fast'));
  pass(1);
  fire();
  pass(8);
  fire();
  expect(done).toEqual(['slow at 0', 'fast at 0', 'fast at 2', 'slow at 10']);
  expect(fire()).toBe(0);
});

test('what becomes ready while others are written is written too, though nobody writes any more', () => {
  const { end, done, say, pass, fire, endTurn } = setUp();
  const first = end.paced(2);
  const second = end.paced(2);
  first(say('first'));
  endTurn();
  pass(0.5);
  second(say('second'));
  endTurn();
  expect(done.splice(0)).toEqual(['first at 0', 'second at 0.5']);
  first(() => {
    say('first')();
    pass(1);
  });
  second(say('second'));
  pass(1.5);
  expect(fire()).toBe(1);
  // While the first was written the second's time has come, for which no timer is set any more.
  expect(done.splice(0)).toEqual(['first at 2']);
  endTurn();
  expect(done).toEqual(['second at 3']);
});

test('what becomes ready between two looks at the clock is written', () => {
  let now = 0;
  const turns: (() => void)[] = [];
  const done: string[] = [];
  const end = new TurnEnd({
    // Time passes with every look.
    now: () => (now += 0.001),
    soon: (task) => void turns.push(task),
    after: () => expect.fail('no timer is needed'),
  });
  const write = end.paced(2);
  write(() => void done.push('first'));
  turns.shift()?.();
  now = 2.0015;
  write(() => void done.push('second'));
  turns.shift()?.();
  expect(done).toEqual(['first', 'second']);
});

test('who wants to know is told after what was given out is written, at the end of the turn or in its midst, and waits for no pace', () => {
  const { end, turns, done, say, pass, fire, endTurn } = setUp();
  const write = end.paced(2);
  end.written(say('told'));
  write(say('a'));
  endTurn();
  expect(done.splice(0)).toEqual(['a at 0', 'told at 0']);
  pass(1);
  write(say('b'));
  end.written(say('told'));
  endTurn();
  expect(done.splice(0)).toEqual(['told at 1']);
  pass(1);
  fire();
  pass(5);
  end.written(say('told'));
  write(say('c'));
  pass(2);
  end.hasten();
  expect(done.splice(0)).toEqual(['b at 2', 'c at 9', 'told at 9']);
  endTurn();
  expect(done).toEqual([]);
  expect(turns).toEqual([]);
});
