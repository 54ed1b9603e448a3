import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * What `npm run mutation` runs for each changed copy of sphinx: its own tests in Node. The packages
 * are taken from the copy and not by their names, which lead to the unchanged source; and the native
 * backend stands for noble, which takes ten times as long to say the same (their agreement has tests
 * of its own).
 */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^@sotto\/sphinx$/u, replacement: source('packages/protocol/sphinx/src/index.ts') },
      { find: /^@sotto\/noble$/u, replacement: source('packages/crypto/sodium/src/native.ts') },
    ],
  },
  test: {
    testTimeout: 180_000,
    // A mutant that twenty cases do not meet would need a test of its own anyway.
    provide: { long: false, propertyRuns: 20 },
    include: ['packages/protocol/sphinx/test/**/*.test.ts'],
    // Seconds of statistics and of collecting garbage, and what vectors.node.test.ts reads as well.
    exclude: [
      '**/distinguisher.node.test.ts',
      '**/memory.node.test.ts',
      '**/vectors-made-again.node.test.ts',
      '**/sphinx/test/vectors.test.ts',
    ],
  },
});
