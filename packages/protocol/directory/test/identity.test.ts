import { isLowOrder, layerOf, LOW_ORDER_POINTS, nodeName } from '@sotto/directory';
import { toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { routingKey, suite } from './sample-network.ts';

test('layers are even: chi-squared of 6,000 identities below the 1 − 10⁻⁶ quantile', () => {
  const counts = [0, 0, 0];
  const key = new Uint8Array(32);
  for (let n = 0; n < 6000; n++) {
    new DataView(key.buffer).setUint32(0, n);
    const layer = layerOf(suite, key);
    counts[layer - 1] = (counts[layer - 1] ?? 0) + 1;
  }
  const chiSquared = (seen: readonly number[]) =>
    seen.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
  expect(chiSquared(counts)).toBeLessThan(27.6); // two degrees of freedom
  // A bias of one part in ten towards layer 1 would show.
  expect(chiSquared([2200, 1900, 1900])).toBeGreaterThan(27.6 / 2);
  expect(chiSquared([2400, 1800, 1800])).toBeGreaterThan(27.6);
});

test('name and layer are of the whole identity and of nothing else', () => {
  const key = new Uint8Array(32).fill(9);
  expect(nodeName(suite, key).length).toBe(16);
  expect(toHex(nodeName(suite, key))).toBe(toHex(nodeName(suite, key.slice())));
  for (let i = 0; i < 32; i++) {
    const other = key.slice();
    other[i] = 8;
    expect(toHex(nodeName(suite, other))).not.toBe(toHex(nodeName(suite, key)));
  }
  expect(() => nodeName(suite, key.subarray(1))).toThrow('"identityKey"');
  expect(() => layerOf(suite, key.subarray(1))).toThrow('"identityKey"');
});

test('each listed point of low order gives every scalar the same zero secret, and no honest key is listed', () => {
  const out = new Uint8Array(32);
  for (const point of LOW_ORDER_POINTS) {
    expect(suite.x25519(out, new Uint8Array(32).fill(77), point)).toBe(false);
    expect(isLowOrder(point)).toBe(true);
  }
  expect(new Set(LOW_ORDER_POINTS.map(toHex)).size).toBe(5);
  expect(isLowOrder(routingKey(1, 1))).toBe(false);
});
