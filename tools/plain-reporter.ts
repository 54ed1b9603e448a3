import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

/** What the closing line counts. */
export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Ends a run with the line `N passed, N failed, N skipped`, for any machine or person to read.
 *
 * Whatever makes the run red counts as failed: a test; a file that does not load; a hook of a suite
 * that throws; an error that no test caught; a test that never ran because the run was cut short.
 * Each skipped test is named, with the reason that it gave.
 */
export default class PlainReporter implements Reporter {
  readonly #write: (text: string) => void;

  /** Writes to standard output, or to `write`. */
  constructor(write: (text: string) => void = (text) => void process.stdout.write(text)) {
    this.#write = typeof write === 'function' ? write : (text) => void process.stdout.write(text);
  }

  /** Called by Vitest once, after every other result. */
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    const totals: Totals = { passed: 0, failed: unhandled.length, skipped: 0 };
    const notes: string[] = [];
    if (reason === 'interrupted') notes.push('interrupted: not everything was run');
    for (const module of modules) {
      for (const broken of [module, ...module.children.allSuites()]) {
        if (broken.errors().length === 0) continue;
        totals.failed++;
        notes.push(`failed: ${broken.type === 'suite' ? broken.fullName : broken.moduleId}`);
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') totals.passed++;
        else if (result.state === 'failed') totals.failed++;
        else if (result.state === 'skipped') {
          totals.skipped++;
          notes.push(
            `skipped: [${test.project.name}] ${test.fullName}: ${result.note ?? 'no reason given'}`,
          );
        } else {
          totals.failed++;
          notes.push(`did not finish: [${test.project.name}] ${test.fullName}`);
        }
      }
    }
    for (const note of notes) this.#write(`${note}\n`);
    this.#write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
  }
}
