import { expect, test, vi } from 'vitest';
import { systemRng } from '../src/index.ts';
import { runPlatformCases } from './platform-cases.ts';

runPlatformCases();

test('served bytes are wiped in the pool, and the system is asked for 65,536 bytes or fewer', () => {
  const pools: Uint8Array[] = [];
  const draw = crypto.getRandomValues.bind(crypto);
  const spy = vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
    if (array instanceof Uint8Array) pools.push(array);
    return draw(array);
  });
  const rng = systemRng();
  const first = new Uint8Array(64);
  rng.fill(first);
  const [pool] = pools;
  expect(pool?.subarray(0, 64).every((byte) => byte === 0)).toBe(true);
  expect(pool?.subarray(64).some((byte) => byte !== 0)).toBe(true);
  rng.fill(new Uint8Array(300_000));
  expect(pools.length).toBeGreaterThan(10);
  expect(Math.max(...pools.map((bytes) => bytes.length))).toBeLessThanOrEqual(65_536);
  spy.mockRestore();
});
