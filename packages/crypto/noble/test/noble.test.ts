import { open } from '@sotto/noble';
import { complianceCases } from '@sotto/suite/compliance';
import { expect, test } from 'vitest';

const suite = await open();

for (const { name, run } of complianceCases) {
  test(name, { timeout: 60_000 }, () => {
    expect(() => run(suite)).not.toThrow();
  });
}
