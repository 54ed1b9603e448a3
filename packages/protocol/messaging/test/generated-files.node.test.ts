import { readFileSync } from 'node:fs';
import { open } from '@sotto/noble';
import { expect, test } from 'vitest';
import { PEOPLE_FILE, peopleVectors } from '../../../../tools/gen-vectors-people.ts';

test('the vectors of addresses and introductions are what their generator makes', async () => {
  expect(readFileSync(PEOPLE_FILE, 'utf8')).toBe(peopleVectors(await open()));
});
