import {
  decodeAcknowledgements,
  encodeAcknowledgements,
  MAX_ACKNOWLEDGEMENTS,
} from '@sotto/reliable';
import { concat, toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import vectors from '../../../../spec/vectors/sealing.json' with { type: 'json' };

const malformed = { ok: false, error: { code: 'malformed' } };

test('a list is its encoding read back', () => {
  const lists = fc.array(fc.nat(0xffff_fffe), { maxLength: MAX_ACKNOWLEDGEMENTS });
  fc.assert(
    fc.property(lists, (ids) => {
      expect(decodeAcknowledgements(encodeAcknowledgements(ids))).toEqual({ ok: true, value: ids });
    }),
  );
});

test('any bytes have an answer, and only the exact form is taken', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (any) => {
      const read = decodeAcknowledgements(any);
      if (read.ok) expect(encodeAcknowledgements(read.value)).toEqual(any);
      else expect(read).toEqual(malformed);
    }),
  );
  const list = encodeAcknowledgements([1, 2]);
  expect(decodeAcknowledgements(list.subarray(0, 8))).toEqual(malformed);
  expect(decodeAcknowledgements(concat(list, Uint8Array.of(0)))).toEqual(malformed);
  expect(decodeAcknowledgements(Uint8Array.of(1, 255, 255, 255, 255))).toEqual(malformed);
  const tooMany = new Uint8Array(1 + 4 * 65);
  tooMany[0] = 65;
  expect(decodeAcknowledgements(tooMany)).toEqual(malformed);
});

test("too many, or no number, is the caller's bug", () => {
  expect(() => encodeAcknowledgements(Array.from({ length: 65 }, (_, i) => i))).toThrow(RangeError);
  for (const bad of [-1, 1.5, 2 ** 32 - 1]) {
    expect(() => encodeAcknowledgements([bad])).toThrow(RangeError);
  }
});

test('vectors: a list of acknowledgements', () => {
  const { numbers, encoded } = vectors.acknowledgements;
  expect(toHex(encodeAcknowledgements(numbers))).toBe(encoded);
});
