import { LinkEmulator, type LinkProfile } from '@sotto/simulator';
import { open } from '@sotto/noble';
import { SeededRng } from '@sotto/suite/testing';
import { instant } from '@sotto/wire';
import { expect, test } from 'vitest';

const suite = await open();
const SECOND = 1_000_000;

/** Arrivals of `count` frames of 1,600 bytes, one each `gap` µs; −1 for those that vanish. */
function arrivals(profile: LinkProfile, count: number, gap: number, seed = 'line'): number[] {
  const line = new LinkEmulator(new SeededRng(suite, seed));
  return Array.from({ length: count }, (_, i) => line.send(instant(i * gap), 1600, profile) ?? -1);
}

test('latency alone moves every frame by the same time', () => {
  expect(arrivals({ latencyMicros: 500 }, 3, 1000)).toEqual([500, 1500, 2500]);
});

test('jitter adds its mean, and without reorder nobody overtakes', () => {
  const found = arrivals({ latencyMicros: 0, jitterMicros: SECOND / 10 }, 4000, SECOND);
  const mean = found.reduce((sum, at, i) => sum + at - i * SECOND, 0) / found.length;
  expect(Math.abs(mean / (SECOND / 10) - 1)).toBeLessThan(0.07);
  const dense = arrivals({ latencyMicros: 0, jitterMicros: SECOND }, 1000, 1000);
  expect(dense).toEqual([...dense].sort((a, b) => a - b));
  const loose = arrivals({ latencyMicros: 0, jitterMicros: SECOND, reorder: 65_536 }, 1000, 1000);
  expect(loose).not.toEqual([...loose].sort((a, b) => a - b));
});

test('loss takes its share, a partition all', () => {
  const lost = arrivals({ latencyMicros: 1, loss: 6554 }, 10_000, 1).filter((at) => at < 0).length;
  expect(Math.abs(lost - 1000)).toBeLessThan(4 * Math.sqrt(900));
  expect(arrivals({ latencyMicros: 1, partitioned: true }, 3, 1)).toEqual([-1, -1, -1]);
});

test('a slow line spaces frames out, and what exceeds its queue vanishes', () => {
  const profile = { latencyMicros: 0, bytesPerSecond: 16_000, queueBytes: 4800 };
  expect(arrivals(profile, 6, 0)).toEqual([100_000, 200_000, 300_000, -1, -1, -1]);
});

test('same seed, same line', () => {
  const profile = { latencyMicros: 5, jitterMicros: 1000, loss: 1000, reorder: 1000 };
  expect(arrivals(profile, 200, 10)).toEqual(arrivals(profile, 200, 10));
  expect(arrivals(profile, 200, 10, 'other')).not.toEqual(arrivals(profile, 200, 10));
});
