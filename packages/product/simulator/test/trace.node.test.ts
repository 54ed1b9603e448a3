import { open } from '@sotto/sodium/native';
import { expect, test } from 'vitest';
import { acquaintance, GOLDEN_HASH } from './seeded-run.ts';

test('another backend leaves the same trace, to the last bit', async () => {
  expect(acquaintance(await open()).hash).toBe(GOLDEN_HASH);
});
