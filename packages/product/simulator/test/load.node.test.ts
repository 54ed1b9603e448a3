import { type Endpoint, type Slot, SlotClock } from '@sotto/endpoint';
import { open } from '@sotto/sodium/native';
import { SeededRng } from '@sotto/suite/testing';
import type { Instant } from '@sotto/wire';
import { expect, test } from 'vitest';
import { blocks, correspondents, mail } from './correspondents.ts';
import { LISTENER, SECOND, TEST_PLAN, thinCover } from './plans.ts';

const suite = await open();
const BURST = 7.5 * SECOND;

/** A frame of bob's as his guard sees it, that knows loops by their return, and whether he had much to say. */
interface Seen {
  readonly at: number;
  readonly loop: boolean;
  readonly busy: boolean;
}

/** A clock as it must not be: loops give way to what waits. */
class YieldingClock extends SlotClock {
  bob: Endpoint | undefined;

  constructor() {
    super(suite, new SeededRng(suite, 'yields'), TEST_PLAN, thinCover());
  }

  override takeDue(now: Instant): Slot | undefined {
    const slot = super.takeDue(now);
    // One fetch always waits.
    const waits = (this.bob?.queueDepth ?? 0) > 1;
    return slot !== undefined && waits ? { ...slot, kind: 'payload' } : slot;
  }
}

/** Bob talks in bursts: 7.5 s of as much as he can, 7.5 s of nothing. */
function record(clock?: YieldingClock): Seen[] {
  const seen: Seen[] = [];
  let recording = false;
  let loops = 0;
  const isBusy = (at: number): boolean => Math.floor(at / BURST) % 2 === 0;
  const both = correspondents({
    suite,
    seed: 'load',
    aliases: 0,
    planOfAlice: LISTENER,
    ...(clock === undefined ? {} : { clockOfBob: clock }),
    onFrame: ({ from, time }) => {
      if (from !== 'bob' || !recording) return;
      const counted = both.bob.counters['slot-loop'] ?? 0;
      seen.push({ at: time, loop: counted > loops, busy: isBusy(time) });
      loops = counted;
    },
  });
  const { network, bob } = both;
  if (clock !== undefined) clock.bob = bob;
  const [surb] = blocks(both, 'direct', 1);
  if (surb === undefined) throw new Error('no reply block');
  network.run(BURST - (network.now % BURST));
  loops = bob.counters['slot-loop'] ?? 0;
  recording = true;
  for (let step = 0; step < 20 * 15; step++) {
    if (isBusy(network.now)) while (bob.queueDepth < 20) mail(both, surb, 1);
    else bob.forget('alice');
    network.run(SECOND / 2);
  }
  return seen;
}

/** Kolmogorov–Smirnov distance of two samples. */
function distance(a: readonly number[], b: readonly number[]): number {
  const share = (list: readonly number[], x: number): number =>
    list.filter((value) => value <= x).length / list.length;
  return Math.max(0, ...[...a, ...b].map((x) => Math.abs(share(a, x) - share(b, x))));
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (list: readonly number[]): number => list.reduce((s, x) => s + x, 0) / list.length;
  const [ma, mb] = [mean(a), mean(b)];
  const power = (list: readonly number[], m: number): number =>
    list.reduce((s, x) => s + (x - m) ** 2, 0);
  const cross = a.reduce((s, x, i) => s + (x - ma) * ((b[i] ?? 0) - mb), 0);
  return cross / Math.sqrt(power(a, ma) * power(b, mb));
}

/** Tests of independence that fail, each at significance 0.001. */
function dependence(seen: readonly Seen[]): string[] {
  const found: string[] = [];
  for (const [what, frames] of [
    ['frames', seen],
    ['loops', seen.filter(({ loop }) => loop)],
  ] as const) {
    const gaps = (busy: boolean): number[] =>
      frames.flatMap(({ at }, i) => {
        const last = frames[i - 1];
        // Gaps within one burst, that none is counted for both sides.
        const within = last !== undefined && frames[i]?.busy === busy && last.busy === busy;
        return within && at - last.at < BURST ? [at - last.at] : [];
      });
    const [idle, busy] = [gaps(false), gaps(true)];
    const [n, m] = [idle.length, busy.length];
    if (n < 50 || m < 20 || distance(idle, busy) > 1.95 * Math.sqrt((n + m) / (n * m))) {
      found.push(`${what}: ks`);
    }
    const start = seen[0]?.at ?? 0;
    const seconds = Math.floor(((seen.at(-1)?.at ?? 0) - start) / SECOND);
    const counts = Array.from({ length: seconds }, () => 0);
    const loads = counts.map((_, i) =>
      Math.floor((start + i * SECOND) / BURST) % 2 === 0 ? 1 : 0,
    );
    for (const { at } of frames) {
      const bin = Math.floor((at - start) / SECOND);
      if (bin < seconds) counts[bin] = (counts[bin] ?? 0) + 1;
    }
    for (let lag = 0; lag <= 3; lag++) {
      const later = counts.slice(lag);
      if (
        Math.abs(correlation(later, loads.slice(0, later.length))) >
        3.3 / Math.sqrt(later.length)
      ) {
        found.push(`${what}: correlation at lag ${lag}`);
      }
    }
  }
  return found;
}

test('at the guard neither frames nor loops depend on load, and a clock that lets loops give way is caught', () => {
  const honest = record();
  expect(honest.filter(({ loop }) => loop).length).toBeGreaterThan(200);
  expect(dependence(honest)).toEqual([]);
  const planted = dependence(record(new YieldingClock()));
  expect(planted).toContain('loops: ks');
  expect(planted).toContain('loops: correlation at lag 0');
  expect(planted.every((found) => found.startsWith('loops'))).toBe(true);
});
