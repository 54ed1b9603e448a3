import { readFileSync } from 'node:fs';
import { open } from '@sotto/noble';
import { expect, test } from 'vitest';
import { sealingVectors, VECTORS_FILE } from '../../../../tools/gen-vectors-sealing.ts';

test('the vectors of sealing are what their generator makes', async () => {
  expect(readFileSync(VECTORS_FILE, 'utf8')).toBe(sealingVectors(await open()));
});
