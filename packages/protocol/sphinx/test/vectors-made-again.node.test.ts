import { readFileSync } from 'node:fs';
import { open as openNative } from '@sotto/sodium/native';
import { LABELS } from '@sotto/suite';
import { expect, test } from 'vitest';
import { sphinxVectors } from '../../../../tools/gen-vectors-sphinx.ts';

const native = await openNative();

test('made again, the files are the same: the wire has not changed', () => {
  for (const [file, text] of sphinxVectors(native)) {
    expect(text === readFileSync(file, 'utf8'), file).toBe(true);
  }
});

test('a change of the wire shows in every file (planted fault)', () => {
  const shifted = LABELS.hop.map((byte, i) => (i === 31 ? 1 : byte));
  const changed = {
    ...native,
    blake2b: (out: Uint8Array, message: Uint8Array, key?: Uint8Array): void =>
      native.blake2b(
        out,
        message,
        key === LABELS.hop ? shifted : key === LABELS.bodyKeys ? LABELS.bodySeed : key,
      ),
  };
  for (const [file, text] of sphinxVectors(changed)) {
    expect(text === readFileSync(file, 'utf8'), file).toBe(false);
  }
});
