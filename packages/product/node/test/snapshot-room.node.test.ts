import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { DEFAULT_LIMITS } from '@sotto/transport';
import { expect, test } from 'vitest';

test('a snapshot has room for as many nodes as a network may have, each of them banned or not', () => {
  const { maxNodes, maxDescriptorBytes } = DEFAULT_PARAMETERS;
  const { maxSnapshotItems, maxSnapshotItemBytes, maxSnapshotBytes } = DEFAULT_LIMITS;
  expect(maxSnapshotItems).toBeGreaterThanOrEqual(2 * maxNodes);
  expect(maxSnapshotItemBytes).toBeGreaterThanOrEqual(maxDescriptorBytes);
  expect(maxSnapshotBytes).toBeGreaterThanOrEqual(maxNodes * maxDescriptorBytes);
});
