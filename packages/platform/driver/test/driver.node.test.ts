import { instant } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Driver } from '../src/index.ts';
import { AlarmCore, type AlarmInput } from './alarm-core.ts';
import { VirtualTime } from './virtual-time.ts';

const START = 1_700_000_000_000_000;

const fail = (error: unknown): never => {
  throw error;
};

const start = (
  time: VirtualTime,
  onOutput?: (output: string, driver: Driver<AlarmInput, string, AlarmCore>) => void,
) => {
  const core = new AlarmCore();
  const outputs: string[] = [];
  const driver: Driver<AlarmInput, string, AlarmCore> = new Driver<AlarmInput, string, AlarmCore>({
    core,
    clock: time,
    timers: time,
    onError: fail,
    onOutput: (output) => {
      outputs.push(output);
      onOutput?.(output, driver);
    },
  });
  return { core, driver, outputs };
};

const set = (at: number, name: string): AlarmInput => ({ kind: 'set', at, name });
const echo = (name: string): AlarmInput => ({ kind: 'echo', name });

test('delivers inputs, drains outputs, wakes the core when it asked to be', () => {
  const time = new VirtualTime(START);
  const { core, driver, outputs } = start(time);
  expect(time.active).toBe(0);
  driver.deliver(set(START + 5_300, 'b'));
  driver.deliver(set(START + 2_000, 'a'));
  driver.deliver(echo('now'));
  expect(outputs).toEqual([`now@${START}`]);
  expect(time.active).toBe(1);
  time.advance(1_999);
  expect(outputs).toHaveLength(1);
  time.advance(10_000);
  expect(outputs).toEqual([`now@${START}`, 'a', 'b']);
  expect(core.violations).toEqual([]);
  expect(time.active).toBe(0);
});

test('never wakes early, however early timers fire, and rings everything', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(50_000), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 0, max: 1_900 }),
      (delays, early) => {
        const time = new VirtualTime(START, early);
        const { core, driver, outputs } = start(time);
        for (const [i, delay] of delays.entries()) {
          driver.deliver(set(time.now() + delay, String(i)));
          time.advance(delay % 700);
        }
        time.advance(100_000);
        expect(core.violations).toEqual([]);
        expect(outputs).toHaveLength(delays.length);
        expect(time.active).toBe(0);
        // Late by less than one timer's grain.
        expect(driver.lateness.maxMicros).toBeLessThanOrEqual(1_000);
      },
    ),
  );
});

test('the core notices a driver that wakes it early', () => {
  const core = new AlarmCore();
  core.handle(instant(START), set(START + 1_000, 'a'));
  core.wake(instant(START + 999));
  expect(core.violations).toEqual([`woken early at ${START + 999}`]);
});

test('a delay beyond 2^31 ms is waited for in pieces', () => {
  const time = new VirtualTime(START);
  const { core, driver, outputs } = start(time);
  const days = 60 * 86_400_000_000;
  driver.deliver(set(START + days, 'far'));
  expect(time.delays).toEqual([2_147_483_647]);
  time.advance(days - 1);
  expect(outputs).toEqual([]);
  time.advance(1_001);
  expect(outputs).toEqual(['far']);
  expect(time.delays.length).toBeLessThan(8);
  expect(Math.max(...time.delays)).toBe(2_147_483_647);
  expect(core.violations).toEqual([]);
});

test('inputs from within the handler wait until the core is drained', () => {
  const time = new VirtualTime(START);
  const { core, driver, outputs } = start(time, (output, running) => {
    if (output === 'first') {
      running.deliver(echo('x'));
      running.deliver(echo('y'));
    }
    if (output.startsWith('x')) running.deliver(set(START, 'overdue'));
  });
  driver.deliver(set(START + 10, 'first'));
  driver.deliver(set(START + 10, 'second'));
  time.advance(1_000);
  const now = START + 1_000;
  expect(outputs).toEqual(['first', 'second', `x@${now}`, `y@${now}`, 'overdue']);
  expect(core.violations).toEqual([]);
});

test('what is due goes before an input that comes while timers are late', () => {
  const time = new VirtualTime(START);
  const { driver, outputs } = start(time);
  driver.deliver(set(START + 1_000, 'due'));
  time.block(7_000);
  driver.deliver(echo('input'));
  expect(outputs).toEqual(['due', `input@${START + 7_000}`]);
  expect(driver.lateness.count).toBe(1);
  expect(driver.lateness.quantile(0.5)).toBe(6_000);
  expect(time.active).toBe(0);
});

test('commands reach the core, are drained, and throw to their caller only', () => {
  const time = new VirtualTime(START);
  const { driver, outputs } = start(time);
  const answer = driver.command((core, now) => {
    core.handle(now, echo('c'));
    return 42;
  });
  expect(answer).toBe(42);
  expect(outputs).toEqual([`c@${START}`]);
  const wrong = (): never => {
    throw new RangeError('"name" expected …');
  };
  expect(() => driver.command(wrong)).toThrow(RangeError);
  expect(driver.stopped).toBe(false);
  driver.stop();
  expect(() => driver.command(() => 1)).toThrow('stopped');
});

test('what the core or the handler throws is told once and stops the driver', () => {
  for (const where of ['core', 'handler']) {
    const time = new VirtualTime(START);
    const errors: unknown[] = [];
    const core = new AlarmCore();
    const driver = new Driver({
      core,
      clock: time,
      timers: time,
      onError: (error) => errors.push(error),
      onOutput: () => fail(new Error('planted')),
    });
    driver.deliver(set(START + 5_000, 'later'));
    expect(driver.deliver(where === 'core' ? { kind: 'fail' } : echo('x'))).toBe(false);
    expect(errors).toEqual([new Error('planted')]);
    expect(driver.stopped).toBe(true);
    expect(time.active).toBe(0);
    expect(driver.deliver(echo('late'))).toBe(false);
    time.advance(10_000);
    expect(core.wakes).toEqual([]);
    expect(errors).toHaveLength(1);
  }
});

test('stop from within the handler ends at once', () => {
  const time = new VirtualTime(START);
  const { driver, outputs } = start(time, (_, running) => running.stop());
  driver.deliver(set(START + 10, 'one'));
  driver.deliver(set(START + 10, 'two'));
  time.advance(5_000);
  expect(outputs).toEqual(['one']);
  expect(time.active).toBe(0);
});

test('a core that measures is told once of each turn in which it gave something out, when that turn is over', () => {
  const time = new VirtualTime(START);
  const ends: (() => void)[] = [];
  const told: number[] = [];
  let looks = 0;
  class MeasuringCore extends AlarmCore {
    turnEnded(now: number): void {
      told.push(now);
    }
  }
  const driver = new Driver<AlarmInput, string, MeasuringCore>({
    core: new MeasuringCore(),
    clock: time,
    timers: time,
    turn: { written: (task) => void ends.push(task), hasten: () => void (looks += 1) },
    onError: fail,
    onOutput: () => undefined,
  });
  const endTurn = (): void => {
    for (const task of ends.splice(0)) task();
  };
  // A turn of a thousand inputs, 700 µs each: what went out at its beginning is written at its end.
  for (let i = 0; i < 1000; i++) {
    driver.deliver(echo('x'));
    time.block(700);
  }
  expect(told).toEqual([]);
  // Between any two of them the turn may be cut short.
  expect(looks).toBeGreaterThanOrEqual(1000);
  endTurn();
  expect(told).toEqual([START + 700_000]);
  // Nothing given out, nothing told.
  driver.deliver(set(START + 800_000, 'later'));
  endTurn();
  expect(told).toHaveLength(1);
  driver.deliver(echo('last'));
  driver.stop();
  endTurn();
  expect(told).toHaveLength(1);
});
