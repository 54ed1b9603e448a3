import { ByteReader, ByteWriter } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

type Field =
  | { readonly kind: 'u8' | 'u16' | 'u32' | 'u53'; readonly value: number }
  | { readonly kind: 'put'; readonly value: Uint8Array };

const integer = (kind: 'u8' | 'u16' | 'u32' | 'u53', max: number): fc.Arbitrary<Field> =>
  fc
    .oneof(fc.integer({ min: 0, max }), fc.constantFrom(0, 1, max - 1, max))
    .map((value) => ({ kind, value }));
const field: fc.Arbitrary<Field> = fc.oneof(
  integer('u8', 0xff),
  integer('u16', 0xffff),
  integer('u32', 0xffffffff),
  integer('u53', Number.MAX_SAFE_INTEGER),
  fc.uint8Array({ maxLength: 20 }).map((value) => ({ kind: 'put', value }) as const),
);
const sizes = { u8: 1, u16: 2, u32: 4, u53: 8 };
const sizeOf = (item: Field): number =>
  item.kind === 'put' ? item.value.length : sizes[item.kind];

function write(writer: ByteWriter, item: Field): void {
  if (item.kind === 'put') writer.put(item.value);
  else writer[item.kind](item.value);
}

function read(reader: ByteReader, item: Field): number | Uint8Array {
  return item.kind === 'put' ? reader.take(item.value.length) : reader[item.kind]();
}

test('what is written is read back, and offsets add up', () => {
  fc.assert(
    fc.property(fc.array(field, { maxLength: 12 }), (fields) => {
      const length = fields.reduce((sum, item) => sum + sizeOf(item), 0);
      const writer = new ByteWriter(length);
      for (const item of fields) {
        const before = writer.offset;
        write(writer, item);
        expect(writer.offset).toBe(before + sizeOf(item));
        expect(writer.remaining).toBe(length - writer.offset);
      }
      // A view that does not start at its buffer's start.
      const shifted = new Uint8Array(length + 5).subarray(5);
      shifted.set(writer.bytes);
      const reader = new ByteReader(shifted);
      for (const item of fields) {
        expect(reader.done).toBe(reader.remaining === 0);
        expect(read(reader, item)).toEqual(item.value);
      }
      expect(reader.done).toBe(true);
      expect(reader.offset).toBe(length);
    }),
  );
});

test('integers are big-endian', () => {
  const writer = new ByteWriter(15).u8(1).u16(0x0203).u32(0x04050607).u53(0x08090a0b0c0d);
  expect([...writer.bytes]).toEqual([1, 2, 3, 4, 5, 6, 7, 0, 0, 8, 9, 10, 11, 12, 13]);
});

test('a reader never throws, never reads past the end, and stays failed', () => {
  const calls = fc.array(
    fc.oneof(
      fc.constantFrom('u8', 'u16', 'u32', 'u53', 'rest').map((kind) => ({ kind, length: 0 })),
      fc
        .oneof(fc.nat(40), fc.constantFrom(2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER))
        .map((length) => ({ kind: 'take', length })),
    ),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), calls, (input, list) => {
      const reader = new ByteReader(input);
      let failed = false;
      for (const { kind, length } of list) {
        const at = reader.offset;
        const left = input.length - at;
        const size = { u8: 1, u16: 2, u32: 4, u53: 8, take: length, rest: left }[kind] ?? 0;
        const got =
          kind === 'take'
            ? reader.take(length)
            : kind === 'rest'
              ? reader.rest()
              : reader[kind as 'u8' | 'u16' | 'u32' | 'u53']();
        const tooLarge = kind === 'u53' && left >= 8 && !failed && (input[at + 1] ?? 0) >= 32;
        const overTop = kind === 'u53' && left >= 8 && (input[at] ?? 0) > 0;
        if (size > left || (!failed && (tooLarge || overTop))) failed = true;
        expect(reader.ok).toBe(!failed);
        expect(reader.done).toBe(!failed && reader.remaining === 0);
        if (failed) expect(typeof got === 'number' ? got : got.length).toBe(0);
        expect(reader.offset).toBeLessThanOrEqual(input.length);
      }
    }),
  );
});

test('take and rest are copies', () => {
  const input = new Uint8Array([1, 2, 3, 4]);
  const reader = new ByteReader(input);
  reader.take(2).fill(9);
  reader.rest().fill(9);
  expect([...input]).toEqual([1, 2, 3, 4]);
});

test('u53 stops at 2^53 - 1', () => {
  const largest = new ByteWriter(8).u53(Number.MAX_SAFE_INTEGER).bytes;
  expect([...largest]).toEqual([0, 31, 255, 255, 255, 255, 255, 255]);
  expect(new ByteReader(largest).u53()).toBe(Number.MAX_SAFE_INTEGER);
  const reader = new ByteReader(new Uint8Array([0, 32, 0, 0, 0, 0, 0, 0]));
  expect(reader.u53()).toBe(0);
  expect(reader.ok).toBe(false);
  for (const value of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => new ByteWriter(8).u53(value)).toThrow(RangeError);
});

test('refuse marks the input', () => {
  const reader = new ByteReader(new Uint8Array(2));
  reader.refuse();
  expect(reader.ok).toBe(false);
  expect(reader.u8()).toBe(0);
  expect(reader.offset).toBe(0);
});

test('a write past the end throws and changes nothing', () => {
  for (const item of [
    { kind: 'u8', value: 255 },
    { kind: 'u16', value: 0xffff },
    { kind: 'u32', value: 0xffffffff },
    { kind: 'u53', value: 1 },
    { kind: 'put', value: new Uint8Array(1) },
  ] as const) {
    const writer = new ByteWriter(sizeOf(item) - 1);
    expect(() => write(writer, item)).toThrow(
      new RangeError(`"length" expected at most ${sizeOf(item) - 1}, got ${sizeOf(item)}`),
    );
    expect(writer.offset).toBe(0);
    expect(writer.bytes.every((byte) => byte === 0)).toBe(true);
  }
});
