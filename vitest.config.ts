import { availableParallelism } from 'node:os';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumArgs, chromiumPath } from './tools/chromium.ts';
import WaitingFirst from './tools/test-order.ts';

/** `npm run test:long` sets it. */
const long = (process.env['SOTTO_LONG'] ?? '') !== '';

export default defineConfig({
  test: {
    provide: { long, propertyRuns: long ? 10_000 : 200 },
    // One generous bound for every test: what hangs ends, and nothing is a race on a slow machine.
    testTimeout: long ? 3_600_000 : 600_000,
    hookTimeout: 600_000,
    // Two more than the cores: tests of processes and browsers wait more than they work, and come first.
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: WaitingFirst },
    // A worker takes file after file: to load every module anew for each took 10 % of the CPU time.
    isolate: false,
    reporters: ['default', './tools/plain-reporter.ts'],
    coverage: { provider: 'v8', include: ['packages/*/*/src/**'], reporter: ['text'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['{packages/*/*,apps/*}/test/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: ['**/*.browser.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'chromium',
          include: [
            'packages/{protocol,crypto}/*/test/**/*.test.ts',
            'packages/product/simulator/test/**/*.test.ts',
            '{packages/*/*,apps/*}/test/**/*.browser.test.ts',
          ],
          exclude: ['**/*.node.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { executablePath: await chromiumPath(), args: [...chromiumArgs] },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
