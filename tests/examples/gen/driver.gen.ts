// Made by tools/gen-examples.ts from packages/platform/driver/README.md: change it there.
import { Driver, GroupCommit, SystemClock, toStore } from '@sotto/driver';
import type { Person, PersonInput, PersonOutput } from '@sotto/messaging';
import type { BatchOperation } from '@sotto/storage';
import type { DriverStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ carryOut, crash, person, store }: Pick<Stage, 'carryOut' | 'crash' | 'person' | 'store'>) {
  const records = new GroupCommit<readonly BatchOperation[]>({
    write: toStore(store),
    onError: crash,
    onStored: (sequence) => driver.deliver({ kind: 'stored', sequence }),
  });
  const driver = new Driver<PersonInput, PersonOutput, Person>({
    core: person,
    clock: new SystemClock(),
    onError: crash,
    onOutput: (output) => {
      if (output.kind === 'persist') records.add(output.sequence, output.entries);
      else carryOut(output);
    },
  });
  driver.deliver({ kind: 'link', up: true });
  const made = driver.command((core, now) => core.createInvite(now));
  driver.lateness.quantile(0.99); // µs
  return { records, driver, made };
}
