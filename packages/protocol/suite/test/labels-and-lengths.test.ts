import { expectLength, expectLengthBetween, KEY_BYTES, LABELS } from '@sotto/suite';
import { fromUtf8, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';

test('labels are distinct keys of 32 bytes that begin with the name of the protocol', () => {
  const labels = Object.values(LABELS);
  expect(new Set(labels.map(toHex)).size).toBe(labels.length);
  for (const label of labels) {
    expect(label).toHaveLength(KEY_BYTES);
    expect(fromUtf8(label)).toMatch(/^sotto\/1 [a-z 0-9-]+\0*$/);
  }
});

test('a wrong length is refused with the name of the argument, the expected and the given length', () => {
  expect(() => expectLength('key', new Uint8Array(32), 32)).not.toThrow();
  expect(() => expectLength('key', new Uint8Array(31), 32)).toThrow(
    new RangeError('"key" expected 32 bytes, got 31'),
  );
  for (const length of [16, 40, 64]) {
    expect(() => expectLengthBetween('key', new Uint8Array(length), 16, 64)).not.toThrow();
  }
  for (const length of [0, 15, 65]) {
    expect(() => expectLengthBetween('key', new Uint8Array(length), 16, 64)).toThrow(
      new RangeError(`"key" expected 16 to 64 bytes, got ${length}`),
    );
  }
});
