import { open } from '@sotto/sodium/wasm';
import { expect, test } from 'vitest';
import { acquaintance, GOLDEN_HASH, shortRun } from './seeded-run.ts';

const suite = await open();

test('the trace of a seed is the golden one, of ten thousand lines and more', () => {
  const { lines, hash, texts } = acquaintance(suite);
  expect(texts).toEqual(['you too', 'good evening']);
  expect(lines).toBeGreaterThan(10_000);
  expect(hash).toBe(GOLDEN_HASH);
});

test('same seed, same hash; another seed, or one changed bit of one frame: another hash', () => {
  const first = shortRun(suite, 'one');
  expect(first.lines).toBeGreaterThan(300);
  expect(shortRun(suite, 'one')).toEqual(first);
  expect(shortRun(suite, 'two').hash).not.toBe(first.hash);
  const flipped = shortRun(suite, 'one', first.lines - 1);
  expect(flipped.lines).toBe(first.lines);
  expect(flipped.hash).not.toBe(first.hash);
});
