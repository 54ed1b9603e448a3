import { storeCases } from '@sotto/storage/compliance';
import { expect, test } from 'vitest';
import { openPostgresStore } from '../src/index.ts';
import { serve } from './server.ts';

const { url, reason } = serve();
let places = 0;

test.for(storeCases)('PostgreSQL store: $name', async ({ run }, { skip }) => {
  skip(reason() !== undefined, reason());
  const place = `place-${places++}`;
  await expect(run(() => openPostgresStore({ url: url(), place }))).resolves.toBeUndefined();
});
