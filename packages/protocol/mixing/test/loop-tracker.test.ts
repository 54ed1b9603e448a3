import { instant, type Instant } from '@sotto/wire';
import { expect, test } from 'vitest';
import { LoopTracker } from '../src/index.ts';

const parameters = { fastMeanMicros: 250_000, slowMeanMicros: 2_000_000 };
const path = ['g', 'a', 'b', 'x', 'c', 'd', 'g'];
const at = (micros: number): Instant => instant(micros);
const tracker = (maxPending = 100, maxSubjects = 1000): LoopTracker =>
  new LoopTracker({ parameters, now: at(0), maxPending, maxSubjects });

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

/** A tracker that knows how long links take, and then loses every loop through x: its alarm stands. */
function accusing(maxSubjects: number): { readonly made: LoopTracker; readonly now: Instant } {
  const made = tracker(1000, maxSubjects);
  for (let i = 0; i < 40; i++) {
    made.sent(at(i), { key: `warm${i}`, path: ['g', 'y', 'g'], delayClass: 'fast' });
    made.returned(at(500_000 + i), `warm${i}`, true);
  }
  for (let i = 0; i < 10; i++)
    made.sent(at(1_000_000 + i), { key: `lost${i}`, path, delayClass: 'fast' });
  made.wake(at(1_000_000));
  let now = at(1_000_000);
  for (let due = made.nextAt(); due !== undefined && made.standing === 0; due = made.nextAt())
    made.wake((now = due));
  const { subject, key, raised } = made.poll() ?? {};
  expect({ subject, key, raised, standing: made.standing }).toEqual({
    subject: 'node',
    key: 'a',
    raised: true,
    standing: 1,
  });
  return { made, now };
}

test('the alarm of a node that has left is taken back, and its loops that are under way accuse nobody', () => {
  const { made, now } = accusing(1000);
  made.keep(now, (key) => key !== 'x');
  expect(made.standing).toBe(1);
  made.keep(now, (key) => key !== 'a');
  expect(made.poll()).toMatchObject({ subject: 'node', key: 'a', raised: false });
  for (let due = made.nextAt(); due !== undefined; due = made.nextAt()) made.wake(due);
  expect(made.counts.lost).toBe(10);
  expect([made.poll(), made.standing, made.slowdown]).toEqual([undefined, 0, 1]);
});

test('the alarm of a node that is forgotten among too many is taken back', () => {
  const { made, now } = accusing(8);
  for (let i = 0; i < 8; i++)
    made.sent(now, { key: `new${i}`, path: ['g', `n${i}`, 'g'], delayClass: 'fast' });
  expect(made.poll()).toMatchObject({ subject: 'node', key: 'a', raised: false });
  expect(made.standing).toBe(0);
});
