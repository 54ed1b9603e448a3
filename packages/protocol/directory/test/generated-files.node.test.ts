import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { directoryVectors, VECTORS_FILE } from '../../../../tools/gen-vectors-directory.ts';

test('the vectors of the directory are what their generator makes', async () => {
  expect(readFileSync(VECTORS_FILE, 'utf8')).toBe(await directoryVectors());
});
