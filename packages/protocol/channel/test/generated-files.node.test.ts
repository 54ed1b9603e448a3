import { readFileSync } from 'node:fs';
import { decodeFrames } from '@sotto/channel';
import { fromHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { channelVectors, VECTORS_FILE } from '../../../../tools/gen-vectors-channels.ts';

interface Vectors {
  readonly refused: readonly { readonly bytes: string; readonly code: string }[];
}

test('the vectors of channels are what their generator makes, and what is refused has a reason', () => {
  const text = readFileSync(VECTORS_FILE, 'utf8');
  expect(text).toBe(channelVectors());
  const { refused } = JSON.parse(text) as Vectors;
  for (const { bytes, code } of refused) {
    expect(decodeFrames(fromHex(bytes) ?? new Uint8Array(0))).toEqual({
      ok: false,
      error: { code },
    });
  }
  expect(new Set(refused.map(({ code }) => code)).size).toBe(4);
});
