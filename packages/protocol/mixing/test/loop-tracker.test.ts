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
