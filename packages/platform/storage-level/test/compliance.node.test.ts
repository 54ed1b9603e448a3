import { logCases, secretCases, storeCases } from '@sotto/storage/compliance';
import { expect, test } from 'vitest';
import { openAppendLogs, openLevelStore, openSecretFiles } from '../src/index.ts';
import { freshFolder } from './places.ts';

test.each(storeCases)('level store: $name', async ({ run }) => {
  const folder = freshFolder();
  await expect(run(() => openLevelStore(folder))).resolves.toBeUndefined();
});

test.each(secretCases)('secret files: $name', async ({ run }) => {
  const folder = freshFolder();
  await expect(run(() => openSecretFiles(folder))).resolves.toBeUndefined();
});

test.each(logCases)('append logs: $name', async ({ run }) => {
  const folder = freshFolder();
  await expect(run(() => openAppendLogs(folder))).resolves.toBeUndefined();
});
