import { open as openNative } from '@sotto/sodium/native';
import { test } from 'vitest';
import { vectorSets } from './vectors/check.ts';

const native = await openNative();

test('every vector holds on sodium-native', () => {
  for (const { cases } of vectorSets) for (const check of cases) check(native);
});
