import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NODE_FLAGS } from '../src/node-flags.ts';

test('the command of a clone runs under the flags of a node', () => {
  const script = readFileSync(join(import.meta.dirname, '../../../../bin/sotto'), 'utf8');
  expect(script).toContain(`exec node ${NODE_FLAGS.join(' ')} `);
});
