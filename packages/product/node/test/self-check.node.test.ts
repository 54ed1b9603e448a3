import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { systemRng } from '@sotto/driver';
import { open } from '@sotto/sodium/native';
import { DEFAULT_LIMITS, servedSnapshotBytes } from '@sotto/transport';
import { expect, test } from 'vitest';
import { limitsFor, measureMachine } from '../src/self-check.ts';

const fast = { x25519PerSecond: 30_000 };

test('bounds follow the memory, and stop at what a node can use', () => {
  const small = limitsFor({ ...fast, memoryBytes: 512e6 });
  const large = limitsFor({ ...fast, memoryBytes: 64e9 });
  expect(small.maxPackets * 1600 + 2 * 3.34 * small.maxTags).toBeLessThan(512e6 - 307.38e6 + 1);
  expect(small.maxTags).toBeGreaterThan(10e6);
  expect(large).toEqual({ maxPackets: 65_536, maxTags: 2 ** 28 });
});

test('the directory as eight strangers are being sent it has its room', () => {
  const least = 2 * 10_000 * DEFAULT_PARAMETERS.maxDescriptorBytes;
  const counted = servedSnapshotBytes(DEFAULT_LIMITS);
  expect(counted).toBe(2 * 24 * 2 ** 20 + 8 * 2 * 64 * 1024);
  expect(counted).toBeGreaterThan(least);
  // What a node's base was before these were counted had no room for them.
  expect(() => limitsFor({ ...fast, memoryBytes: 285e6 + counted - 1e6 })).toThrow('needs 336 MB');
  expect(limitsFor({ ...fast, memoryBytes: 285e6 + counted }).maxTags).toBeGreaterThanOrEqual(
    2 ** 21,
  );
});

test('a mailbox that may hold more leaves less for the rest, and is refused where it does not fit', () => {
  const machine = { ...fast, memoryBytes: 1e9 };
  expect(limitsFor(machine, 64 * 2 ** 20)).toEqual(limitsFor(machine));
  expect(limitsFor(machine, 1)).toEqual(limitsFor(machine));
  expect(limitsFor(machine, 256 * 2 ** 20).maxTags).toBeLessThan(limitsFor(machine).maxTags);
  expect(() => limitsFor(machine, 512 * 2 ** 20)).toThrow('this machine has 1000 MB for a node');
});

test('a machine too small or too slow is refused, and told what is needed', () => {
  expect(() => limitsFor({ ...fast, memoryBytes: 310e6 })).toThrow(
    'this machine has 310 MB for a node, which needs 336 MB',
  );
  expect(() => limitsFor({ ...fast, memoryBytes: 100e6 })).toThrow('needs 336 MB');
  expect(limitsFor({ ...fast, memoryBytes: 340e6 }).maxTags).toBeGreaterThanOrEqual(2 ** 21);
  expect(() => limitsFor({ memoryBytes: 1e9, x25519PerSecond: 100 })).toThrow('too few');
});

test('this machine is measured, and can run a node', async () => {
  const machine = measureMachine(await open(), systemRng());
  expect(machine.x25519PerSecond).toBeGreaterThan(0);
  expect(machine.memoryBytes).toBeGreaterThan(0);
});

test('a machine that is held up for a moment is not taken for a slow one', async () => {
  const suite = await open();
  let left = 30_000;
  const heldUp = {
    ...suite,
    x25519(...given: Parameters<typeof suite.x25519>) {
      // Thirty milliseconds at first, in which others have the core.
      const start = process.threadCpuUsage();
      for (let spent = 0; spent < left;) {
        const { user, system } = process.threadCpuUsage(start);
        spent = user + system;
      }
      left = 0;
      return suite.x25519(...given);
    },
  };
  expect(() => limitsFor(measureMachine(heldUp, systemRng()))).not.toThrow();
});
