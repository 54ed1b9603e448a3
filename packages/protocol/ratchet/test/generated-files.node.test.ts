import { readFileSync } from 'node:fs';
import { open } from '@sotto/noble';
import { expect, test } from 'vitest';
import {
  COPY_VECTORS_FILE,
  copyVectors,
  sealingVectors,
  VECTORS_FILE,
} from '../../../../tools/gen-vectors-sealing.ts';

test('the vectors of sealing are what their generator makes', async () => {
  const suite = await open();
  expect(readFileSync(VECTORS_FILE, 'utf8')).toBe(sealingVectors(suite));
  expect(readFileSync(COPY_VECTORS_FILE, 'utf8')).toBe(copyVectors(suite));
});
