// Made by tools/gen-examples.ts from packages/protocol/suite/README.md: change it there.
import { LABELS } from '@sotto/suite';
import { complianceCases } from '@sotto/suite/compliance';
import type { SuiteStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ myBackend, secret, test }: Pick<Stage, 'myBackend' | 'secret' | 'test'>) {
  for (const { name, run } of complianceCases) {
    test(name, () => run(myBackend)); // throws an Error that says what differed
  }

  const box = new Uint8Array(16);
  myBackend.blake2b(box, secret, LABELS.box);
  return { box };
}
