import { storeCases } from '@sotto/storage/compliance';
import { expect, test } from 'vitest';
import { openPostgresStore } from '../src/index.ts';
import { example1 } from '../../../../tests/examples/gen/storage-postgres.gen.ts';
import { serve } from './server.ts';

const { server, url, reason } = serve();
let places = 0;

test.for(storeCases)('PostgreSQL store: $name', async ({ run }, { skip }) => {
  skip(reason() !== undefined, reason());
  const place = `place-${places++}`;
  await expect(run(() => openPostgresStore({ url: url(), place }))).resolves.toBeUndefined();
});

test('the example of the package’s page', async ({ skip }) => {
  skip(reason() !== undefined, reason());
  const used: string[] = [];
  await example1({ address: server().url(), use: (key) => used.push(key) });
  expect(used).toEqual(['mail/1']);
});
