import { afterEach, beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('after a minute what nothing refers to is gone, and what something refers to is not', async () => {
  await import('../../tools/soak/collect.ts');
  const kept = { bytes: new Uint8Array(1000) };
  const [held, left] = [new WeakRef(kept), new WeakRef({ bytes: new Uint8Array(1000) })];
  await vi.advanceTimersByTimeAsync(60_000);
  expect(left.deref()).toBeUndefined();
  expect(held.deref()).toBe(kept);
});
