import { below, chance, instant, type Instant } from '@sotto/wire';
import { expect, test } from 'vitest';
import { ALARM_MIN_LOOPS, LoopTracker, LossRatio, type LoopAlarm } from '../src/index.ts';
import { seededRng } from './seeded-rng.ts';

const parameters = { fastMeanMicros: 250_000, slowMeanMicros: 2_000_000 };
const path = ['g', 'a', 'b', 'x', 'c', 'd', 'g'];
const at = (micros: number): Instant => instant(micros);
const tracker = (maxPending = 100, maxSubjects = 1000): LoopTracker =>
  new LoopTracker({ parameters, maxPending, maxSubjects });

const alarmsOf = (made: LoopTracker): LoopAlarm[] => {
  const alarms: LoopAlarm[] = [];
  for (;;) {
    const alarm = made.poll();
    if (alarm === undefined) return alarms;
    alarms.push(alarm);
  }
};

test('a loop comes back whole, comes back garbled, or is lost; each is counted at each node', () => {
  const made = tracker();
  for (const key of ['1', '2', '3'])
    expect(made.sent(at(0), { key, path, delayClass: 'fast' }).ok).toBe(true);
  expect(made.returned(at(1_500_000), '1', true)).toEqual({ ok: true, value: 1_500_000 });
  expect(made.returned(at(1_600_000), '2', false)).toEqual({ ok: true, value: 1_600_000 });
  const deadline = made.nextAt();
  expect(deadline).toBe(4 * 7 * 250_000 + 5_000_000);
  made.wake(at(12_000_000 - 1));
  expect(made.counts.lost).toBe(0);
  made.wake(at(12_000_000));
  expect(made.counts).toEqual({ sent: 3, returned: 1, garbled: 1, lost: 1 });
  expect(made.pending).toBe(0);
  expect(made.nextAt()).toBeUndefined();
  const nodes = made.byNode();
  expect([...nodes.keys()].sort()).toEqual(['a', 'b', 'c', 'd', 'x']);
  expect(nodes.get('x')).toMatchObject({ sent: 3, returned: 1, garbled: 1, lost: 1 });
});

test('what is not under way is an unknown loop: foreign, late, or a second time', () => {
  const made = tracker();
  made.sent(at(0), { key: '1', path, delayClass: 'fast' });
  made.sent(at(0), { key: '2', path, delayClass: 'slow' });
  made.returned(at(1), '1', true);
  const unknown = { ok: false, error: { code: 'unknown-loop' } };
  expect(made.returned(at(2), '1', true)).toEqual(unknown);
  expect(made.returned(at(2), '9', true)).toEqual(unknown);
  made.wake(at(12_000_000));
  expect(made.counts.lost).toBe(0);
  made.wake(at(61_000_000));
  expect(made.counts.lost).toBe(1);
  expect(made.returned(at(61_000_001), '2', true)).toEqual(unknown);
});

test('loops under way are bounded, and one key is one loop', () => {
  const made = tracker(2);
  const send = (key: string) => made.sent(at(0), { key, path, delayClass: 'fast' });
  send('1');
  expect(send('1')).toEqual({ ok: false, error: { code: 'duplicate-loop' } });
  send('2');
  expect(send('3')).toEqual({ ok: false, error: { code: 'loop-tracker-full' } });
  expect(made.counts.sent).toBe(2);
});

test('counts are kept of a bounded number of nodes, those seen last', () => {
  const made = tracker(10_000, 10);
  for (let i = 0; i < 500; i++)
    made.sent(at(0), { key: `${i}`, path: ['g', `n${i}`, 'g'], delayClass: 'fast' });
  expect(made.byNode().size).toBe(10);
  expect(made.byNode().has('n499')).toBe(true);
});

test('eleven losses in a row raise the alarm, returns take it back, once each', () => {
  const ratio = new LossRatio();
  for (let i = 0; i < ALARM_MIN_LOOPS; i++) expect(ratio.observe(false)).toBe(false);
  let losses = 1;
  while (!ratio.observe(true)) losses++;
  expect(losses).toBe(11);
  expect(ratio.raised).toBe(true);
  let returns = 1;
  while (!ratio.observe(false)) returns++;
  expect(ratio.raised).toBe(false);
  expect(ratio.ratio).toBeLessThan(0.25);
  expect(returns).toBe(11);
});

test('losses alone at the start raise nothing before enough loops were seen', () => {
  const ratio = new LossRatio();
  for (let i = 1; i < ALARM_MIN_LOOPS; i++) expect(ratio.observe(true)).toBe(false);
  expect(ratio.observe(true)).toBe(true);
});

/** Sends loops over random paths of 12 mixes; a node loses every loop with probability `loss(node)`/65536. */
function run(
  loss: (node: string) => number,
  loops: number,
): { alarms: LoopAlarm[]; made: LoopTracker } {
  const rng = seededRng(1);
  const made = tracker(1000, 1000);
  const layer = (name: string): string => `${name}${below(rng, 4)}`;
  for (let i = 0; i < loops; i++) {
    const now = i * 100_000;
    const route = ['g', layer('a'), layer('b'), layer('x'), layer('a'), layer('b'), 'g'];
    made.wake(at(now));
    made.sent(at(now), { key: `${i}`, path: route, delayClass: 'fast' });
    // Judged at each node, so that the draws do not depend on what is planted.
    const lost = route.map((node) => chance(rng, loss(node))).includes(true);
    if (!lost) made.returned(at(now + 50_000), `${i}`, true);
  }
  made.wake(at(loops * 100_000 + 60_000_000));
  return { alarms: alarmsOf(made), made };
}

test('one loop in fifty lost by bad luck raises nothing in 50,000 loops', () => {
  const { alarms, made } = run(() => 220, 50_000);
  expect(made.counts.lost).toBeGreaterThan(500);
  expect(alarms).toEqual([]);
});

test('planted: a node that loses all raises its alarm, and its ratio is the highest', () => {
  const { alarms, made } = run((node) => (node === 'b2' ? 65_536 : 0), 2000);
  expect(alarms.find(({ key }) => key === 'b2')).toMatchObject({
    kind: 'alarm',
    subject: 'node',
    raised: true,
  });
  const highest = [...made.byNode()].sort((a, b) => b[1].lossRatio - a[1].lossRatio)[0];
  expect(highest?.[0]).toBe('b2');
  expect(highest?.[1].lossRatio).toBeGreaterThan(0.99);
});
