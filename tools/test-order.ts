import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests of processes and browsers: they wait more than they work. */
const WAITING =
  /\/(?:tests\/(?:process|browser)|apps\/chat\/test|packages\/product\/(?:node|client)\/test)\//u;

/**
 * What waits comes first, so that what works fills the time; else the last file of a run is one that
 * waits alone. Within both the usual order: what took longest the last time, or the larger file.
 */
export default class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const waits = (file: TestSpecification): boolean => WAITING.test(file.moduleId);
    return [...sorted.filter(waits), ...sorted.filter((file) => !waits(file))];
  }
}
