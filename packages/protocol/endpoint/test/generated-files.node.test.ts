import { readFileSync } from 'node:fs';
import { Reassembly } from '@sotto/endpoint';
import { fromHex, instant, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { fragmentVectors, VECTORS_FILE } from '../../../../tools/gen-vectors-fragments.ts';

interface Vectors {
  readonly messages: readonly { readonly message: string; readonly contents: readonly string[] }[];
}

test('the vectors of fragments are what their generator makes, and the last contents give each message', () => {
  const text = readFileSync(VECTORS_FILE, 'utf8');
  expect(text).toBe(fragmentVectors());
  for (const { message, contents } of (JSON.parse(text) as Vectors).messages) {
    const reassembly = new Reassembly();
    // Parity first: data fragments alone would not need the code.
    const whole = contents.toReversed().flatMap((content) => {
      const bytes = fromHex(content);
      const added = bytes === undefined ? undefined : reassembly.add(instant(0), bytes);
      return added?.ok === true && added.value !== undefined ? [toHex(added.value)] : [];
    });
    expect(whole).toEqual([message]);
  }
});
