import { expect, test } from 'vitest';
import { alarmThreshold, FALSE_ALARMS_PER_SECOND, loopsBetweenCrossings } from '../src/index.ts';
import { type Adversary, OWN_RATE, runLoops } from './n1-attack.ts';

const LONG = process.env['SOTTO_LONG'] !== undefined;
const ADVERSARIES: readonly Adversary[] = ['drop', 'garble', 'delay', 'mixed'];

/** Share of `seeds` in which an attack of three seconds on this node's own inputs is told within ten. */
function power(by: Adversary, seeds: number, rate: number, lasts = 3, width = 0): number {
  let told = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const attack = { on: 'g', by, from: 20, lasts };
    const alarms = runLoops({ seed: seed * 7919, seconds: 31, rate, loss: 0.001, width, attack });
    if (alarms.some(({ at, alarm }) => alarm.raised && at >= 20)) told++;
  }
  return told / seeds;
}

test('three seconds of n−1 are told in 95 of 100 runs and more, whether the attacker drops, garbles, holds back, or does each in turn', () => {
  // 1,000 seeds in all in the short form; 1,000 for each adversary in the long one.
  const seeds = LONG ? 1000 : 250;
  for (const by of ADVERSARIES) {
    const share = power(by, seeds, OWN_RATE);
    expect(share, by).toBeGreaterThanOrEqual(0.95);
  }
}, 1_800_000);

test('planted: without an attack, or against a tenth of a second of one, the same runs tell nothing', () => {
  expect(power('drop', 100, OWN_RATE, 0)).toBe(0);
  expect(power('drop', 100, OWN_RATE, 0.1)).toBeLessThan(0.2);
});

test('thresholds keep a thousand links to one false alarm an hour, by the exact mean time between crossings', () => {
  for (const loss of [0.001, 0.005, 0.02]) {
    for (const rate of [1, 4, 16]) {
      const threshold = alarmThreshold(loss, rate);
      const perSecond = rate / loopsBetweenCrossings(loss, threshold);
      expect(perSecond).toBeLessThanOrEqual(FALSE_ALARMS_PER_SECOND);
      // And no higher than that takes: two steps less is too low.
      expect(rate / loopsBetweenCrossings(loss, threshold - 4)).toBeGreaterThan(
        FALSE_ALARMS_PER_SECOND,
      );
    }
  }
  expect(alarmThreshold(0.001, 4)).toBe(16);
});

test('simulated, the chance of a crossing is that of the exact solution', () => {
  // At a threshold of 8 crossings are frequent enough to count: n about 400, three standard deviations.
  const chances = [0.9 * 0.98, 0.09 * 0.98, 0.009 * 0.98, 0.001 * 0.98 + 0.02];
  const scores = [-1, 1, 3, 5];
  let state = 1;
  const unit = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  let sum = 0;
  let crossings = 0;
  const loops = 1_000_000;
  for (let i = 0; i < loops; i++) {
    let drawn = unit();
    let grade = 0;
    while (grade < 3 && drawn >= (chances[grade] ?? 0)) drawn -= chances[grade++] ?? 0;
    sum = Math.max(0, sum + (scores[grade] ?? 0));
    if (sum >= 8) {
      crossings++;
      sum = 0;
    }
  }
  const expected = loops / loopsBetweenCrossings(0.02, 8);
  expect(Math.abs(crossings - expected)).toBeLessThan(4 * Math.sqrt(expected));
});

test('honest hours: a node that sends loops through 60 links tells nothing', () => {
  const seconds = LONG ? 24 * 3600 : 900;
  for (const loss of [0.001, 0.01]) {
    const alarms = runLoops({ seed: 11, seconds, rate: OWN_RATE, loss, width: 4 });
    // Long: 24 hours of 60 links and 13 others, 0.075 alarms an hour by design: five or more once in 30.
    expect(alarms.length).toBeLessThanOrEqual(LONG ? 8 : 0);
  }
}, 1_800_000);

test('in a network that loses one loop in twenty a node accuses nobody from a minute after its start', () => {
  let early = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const alarms = runLoops({
      seed: seed * 57,
      seconds: 600,
      rate: OWN_RATE,
      loss: 0.05,
      width: 4,
    });
    early += alarms.filter(({ at, alarm }) => alarm.raised && at >= 60).length;
  }
  expect(early).toBeLessThanOrEqual(1);
});

interface Named {
  readonly first: string;
  readonly suspects: string;
  /** Whether this node's own alarm was raised, which slows it. */
  readonly own: boolean;
}

/** What is named in each run when `on` is attacked. */
function named(on: string, by: Adversary, seeds: number, lasts: number): Named[] {
  return Array.from({ length: seeds }, (_, i) => {
    const attack = { on, by, from: 20, lasts };
    const seed = (i + 1) * 104_729;
    const alarms = runLoops({ seed, seconds: 35, rate: OWN_RATE, loss: 0.001, width: 4, attack })
      .filter(({ at, alarm }) => alarm.raised && at >= 20)
      .map(({ alarm }) => alarm);
    const own = alarms.find(({ subject }) => subject === 'self');
    return {
      first: alarms[0]?.key ?? 'none',
      suspects: (own ?? alarms[0])?.suspects.join(' ') ?? '',
      own: own !== undefined,
    };
  });
}

test('the alarm names the node, the link, or this node’s own inputs, and not those that share its paths', () => {
  const seeds = LONG ? 1000 : 50;
  const share = (list: readonly Named[], holds: (run: Named) => boolean): number =>
    list.filter(holds).length / list.length;
  const node = named('b2', 'drop', seeds, 3);
  expect(share(node, ({ first }) => first === 'b2')).toBeGreaterThanOrEqual(0.85);
  // Somebody else's attack slows this node seldom.
  expect(share(node, ({ own }) => own)).toBeLessThan(0.25);
  const own = named('g', 'mixed', seeds, 3);
  expect(share(own, (run) => run.own)).toBeGreaterThanOrEqual(0.95);
  expect(share(own, ({ suspects }) => suspects.includes('>g'))).toBeGreaterThan(0.5);
  const link = named('a1>b2', 'drop', seeds, 6);
  expect(share(link, ({ first }) => first === 'a1>b2')).toBeGreaterThanOrEqual(0.85);
  expect(share(link, (run) => run.own)).toBeLessThan(0.1);
}, 1_800_000);

test('a node that drops all loops for good does not hide three seconds of n−1, nor slow this node without them', () => {
  const seeds = LONG ? 1000 : 50;
  const beside = { on: 'b2', by: 'drop', from: 5, lasts: 120 } as const;
  for (const by of ADVERSARIES) {
    let [told, slowed] = [0, 0];
    for (let seed = 1; seed <= seeds; seed++) {
      const run = { seed: seed * 7919, rate: OWN_RATE, loss: 0.001, width: 4, beside };
      const attack = { on: 'g', by, from: 60, lasts: 3 };
      const own = runLoops({ ...run, seconds: 71, attack }).filter(
        ({ alarm }) => alarm.subject === 'self' && alarm.raised,
      );
      if (own.some(({ at }) => at >= 60)) told++;
      // The seconds in which the node falls silent are told of apart (above).
      if (own.some(({ at }) => at >= 15 && at < 60)) slowed++;
    }
    expect(told / seeds, by).toBeGreaterThanOrEqual(0.95);
    expect(slowed / seeds, by).toBeLessThan(0.1);
  }
}, 1_800_000);

test('a node that begins to drop during an attack and goes on does not keep this node slow', () => {
  const seeds = LONG ? 1000 : 50;
  let slow = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const attack = { on: 'g', by: 'drop', from: 20, lasts: 5 } as const;
    const beside = { on: 'b2', by: 'drop', from: 22, lasts: 120 } as const;
    const run = { seed: seed * 7919, seconds: 90, rate: OWN_RATE, loss: 0.001, width: 4 };
    const own = runLoops({ ...run, attack, beside }).filter(
      ({ alarm }) => alarm.subject === 'self',
    );
    if (own.at(-1)?.alarm.raised === true) slow++;
  }
  expect(slow / seeds).toBeLessThan(0.05);
}, 1_800_000);

test('links that are cut one after the other are told as an attack on own inputs', () => {
  const seeds = LONG ? 1000 : 30;
  let [one, two] = [0, 0];
  for (let seed = 1; seed <= seeds; seed++) {
    const run = { seed: seed * 7919, seconds: 80, rate: OWN_RATE, loss: 0.001, width: 4 };
    const attack = { on: 'b0>g', by: 'drop', from: 20, lasts: 60 } as const;
    const beside = { ...attack, on: 'b1>g', from: 40 };
    const slows = (attacked: Parameters<typeof runLoops>[0]): boolean =>
      runLoops(attacked).some(({ alarm }) => alarm.subject === 'self' && alarm.raised);
    if (slows({ ...run, attack })) one++;
    if (slows({ ...run, attack, beside })) two++;
  }
  expect(two / seeds).toBeGreaterThanOrEqual(0.95);
  // One of four may be at fault itself: it is named, and slows nobody.
  expect(one / seeds).toBeLessThan(0.1);
}, 1_800_000);

test('an alarm is taken back when loops come in time again', () => {
  const attack = { on: 'g', by: 'drop' as const, from: 20, lasts: 3 };
  const alarms = runLoops({ seed: 3, seconds: 60, rate: OWN_RATE, loss: 0.001, width: 4, attack });
  const own = alarms.filter(({ alarm }) => alarm.subject === 'self');
  expect(own.map(({ alarm }) => alarm.raised)).toEqual([true, false]);
  expect(own[0]?.at).toBeLessThan(25);
});

test('a process that was held up itself accuses nobody; the same seconds of an attack are told', () => {
  const same = { seconds: 40, rate: OWN_RATE, loss: 0.001, width: 4 };
  for (let seed = 1; seed <= 20; seed++) {
    const run = { ...same, seed: seed * 31 };
    expect(runLoops({ ...run, stalled: { from: 20, lasts: 3 } })).toEqual([]);
    const attack = { on: 'g', by: 'delay' as const, from: 20, lasts: 3 };
    expect(runLoops({ ...run, attack }).length).toBeGreaterThan(0);
  }
});
