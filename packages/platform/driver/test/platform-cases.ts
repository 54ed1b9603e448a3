import { after, randomBytes } from '@sotto/wire';
import { expect, test } from 'vitest';
import { Driver, SystemClock, systemRng } from '../src/index.ts';
import { AlarmCore, type AlarmInput } from './alarm-core.ts';

/** What depends on the platform's own clock, timers and randomness; run in Node and in Chromium. */
export function runPlatformCases(): void {
  test('a core runs on the real clock and timers, never woken early', async () => {
    const clock = new SystemClock();
    const core = new AlarmCore();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let rung = 0;
    const driver = new Driver<AlarmInput, string>({
      core,
      clock,
      onError: reject,
      onOutput: () => {
        rung++;
        if (rung === 50) resolve();
      },
    });
    for (let i = 0; i < 50; i++) {
      driver.deliver({ kind: 'set', at: after(clock.now(), 1_300 * i), name: String(i) });
    }
    await promise;
    driver.stop();
    expect(core.violations).toEqual([]);
    expect(driver.lateness.count).toBe(core.wakes.length);
  });

  test('the clock is near the wall clock, in integers that do not decrease', () => {
    const clock = new SystemClock();
    let last = clock.now();
    expect(Math.abs(last / 1000 - Date.now())).toBeLessThan(60_000);
    for (let i = 0; i < 10_000; i++) {
      const now = clock.now();
      expect(Number.isSafeInteger(now) && now >= last).toBe(true);
      last = now;
    }
  });

  test('randomness fills every length, and no two draws share their bytes', () => {
    const rng = systemRng();
    for (const length of [0, 1, 12, 32, 16_383, 16_384, 16_385, 200_000]) {
      const bytes = randomBytes(rng, length);
      // Runs of zeros would be pool bytes that were wiped before they were served.
      let zeros = 0;
      for (const byte of bytes) zeros += byte === 0 ? 1 : 0;
      expect(zeros).toBeLessThan(length / 256 + 6 * Math.sqrt(length / 256) + 3);
    }
    const seen = new Set<string>();
    for (let i = 0; i < 5_000; i++) seen.add(randomBytes(rng, 12).join());
    expect(seen.size).toBe(5_000);
  });
}
