import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { linkVectors, VECTORS_FILE } from '../../../../tools/gen-vectors-links.ts';

test('the vectors of links are what their generator makes', () => {
  expect(readFileSync(VECTORS_FILE, 'utf8')).toBe(linkVectors());
});
