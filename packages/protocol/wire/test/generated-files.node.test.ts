import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exponentialTable, TABLE_FILE } from '../../../../tools/gen-exponential-table.ts';
import { exponentialVectors, VECTORS_FILE } from '../../../../tools/gen-vectors-wire.ts';

test('the table of the exponential sampler is what its generator makes', () => {
  expect(readFileSync(TABLE_FILE, 'utf8')).toBe(exponentialTable());
});

test('the table is the logarithm, to half a unit', () => {
  const entries = exponentialTable()
    .replaceAll(/.*\[\n|\].*/gsu, '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(Number);
  expect(entries).toHaveLength(257);
  for (const [i, entry] of entries.entries()) {
    // Math.log is within a few units of 2^-53 of the truth: 2^-20 of a unit here.
    expect(Math.abs(entry - -Math.log(0.5 + i / 512) * 2 ** 32)).toBeLessThanOrEqual(0.5 + 1e-5);
  }
});

test('the vectors of the exponential sampler are what their generator makes', () => {
  expect(readFileSync(VECTORS_FILE, 'utf8')).toBe(exponentialVectors());
});
