import {
  concat,
  equalBytes,
  fromBase64url,
  fromHex,
  fromUtf8,
  isZero,
  toBase64url,
  toHex,
  toUtf8,
  wipe,
  xorInto,
} from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const bytes = fc.uint8Array({ maxLength: 200 });

test('concat joins in order and copies', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 6 }), (parts) => {
      const joined = concat(...parts);
      expect([...joined]).toEqual(parts.flatMap((part) => [...part]));
      if (joined.length > 0) {
        joined.fill(1);
        for (const part of parts) part.fill(2);
        expect(joined.every((byte) => byte === 1)).toBe(true);
      }
    }),
  );
  expect(concat()).toEqual(new Uint8Array(0));
});

test('xorInto is its own inverse and treats a short mask as zeros', () => {
  fc.assert(
    fc.property(bytes, bytes, (target, mask) => {
      const work = target.slice();
      xorInto(work, mask);
      for (let i = 0; i < target.length; i++)
        expect(work[i]).toBe((target[i] ?? 0) ^ (mask[i] ?? 0));
      xorInto(work, mask);
      expect(work).toEqual(target);
    }),
  );
});

test('equalBytes is equality of content, whatever the buffers', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(equalBytes(a, b)).toBe(a.length === b.length && toHex(a) === toHex(b));
      expect(equalBytes(a, concat(new Uint8Array(3), a).subarray(3))).toBe(true);
    }),
  );
});

test('equalBytes sees any one flipped bit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), (a, at) => {
      const b = a.slice();
      const bit = at % (a.length * 8);
      b[bit >>> 3] = (b[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      expect(equalBytes(a, b)).toBe(false);
      expect(equalBytes(a, a.subarray(1))).toBe(false);
    }),
  );
});

test('isZero and wipe', () => {
  expect(isZero(new Uint8Array(0))).toBe(true);
  fc.assert(
    fc.property(bytes, (a) => {
      expect(isZero(a)).toBe(a.every((byte) => byte === 0));
      wipe(a);
      expect(isZero(a)).toBe(true);
    }),
  );
});

test('wipe stays inside a view', () => {
  const whole = new Uint8Array(9).fill(7);
  wipe(whole.subarray(3, 6));
  expect([...whole]).toEqual([7, 7, 7, 0, 0, 0, 7, 7, 7]);
});

test('hexadecimal round-trips', () => {
  expect(toHex(new Uint8Array([0, 15, 16, 255]))).toBe('000f10ff');
  fc.assert(
    fc.property(bytes, (a) => {
      expect(fromHex(toHex(a))).toEqual(a);
    }),
  );
});

test('fromHex refuses what toHex does not write', () => {
  for (const text of ['0', 'AB', '0g', ' 0', '0x', '٠٠']) expect(fromHex(text)).toBeUndefined();
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (text) => {
      const read = fromHex(text);
      expect(read === undefined ? text : toHex(read)).toBe(text);
      if (/^(?:[0-9a-f]{2})*$/u.test(text)) expect(read).toBeDefined();
    }),
  );
});

test('base64url round-trips, RFC 4648 §10 in the other alphabet', () => {
  const published: readonly (readonly [string, string])[] = [
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg'],
    ['fooba', 'Zm9vYmE'],
    ['foobar', 'Zm9vYmFy'],
  ];
  for (const [plain, text] of published) {
    expect(toBase64url(toUtf8(plain))).toBe(text);
    expect(fromBase64url(text)).toEqual(toUtf8(plain));
  }
  expect(toBase64url(new Uint8Array([0xfb, 0xff]))).toBe('-_8');
  fc.assert(
    fc.property(bytes, (a) => {
      expect(fromBase64url(toBase64url(a))).toEqual(a);
    }),
  );
});

test('base64url has one spelling a value', () => {
  for (const text of ['Z', 'Zh', 'Zm9=', 'Zg==', 'Zm+v', 'Zm/v', 'Zm9v ', 'Zm9vYmF'])
    expect(fromBase64url(text)).toBeUndefined();
  const letters = fc.constantFrom(...'ABCXYZabcxyz0189-_+/= é'.split(''));
  fc.assert(
    fc.property(fc.string({ unit: letters, maxLength: 24 }), (text) => {
      const read = fromBase64url(text);
      if (read !== undefined) expect(toBase64url(read)).toBe(text);
    }),
  );
});

test('UTF-8 round-trips every well-formed string', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      expect(fromUtf8(toUtf8(text))).toBe(text);
    }),
  );
});

test('UTF-8 at the edges of each length', () => {
  const edges: readonly (readonly [number, string])[] = [
    [0x00, '00'],
    [0x7f, '7f'],
    [0x80, 'c280'],
    [0x7ff, 'dfbf'],
    [0x800, 'e0a080'],
    [0xd7ff, 'ed9fbf'],
    [0xe000, 'ee8080'],
    [0xffff, 'efbfbf'],
    [0x10000, 'f0908080'],
    [0x10ffff, 'f48fbfbf'],
  ];
  for (const [point, hex] of edges) {
    expect(toHex(toUtf8(String.fromCodePoint(point)))).toBe(hex);
    expect(fromUtf8(fromHex(hex) ?? new Uint8Array(0))).toBe(String.fromCodePoint(point));
  }
  expect(toHex(toUtf8('\ud800'))).toBe('efbfbd');
});

test('fromUtf8 refuses overlong, surrogate, truncated and out-of-range bytes', () => {
  for (const hex of ['c0af', 'c1bf', 'e09fbf', 'f08fbfbf', 'eda080', 'edbfbf', 'f4908080'])
    expect(fromUtf8(fromHex(hex) ?? new Uint8Array(0))).toBeUndefined();
  for (const hex of ['80', 'bf', 'c2', 'e0a0', 'f09080', 'c220', 'f5808080', 'ff', 'fe'])
    expect(fromUtf8(fromHex(hex) ?? new Uint8Array(0))).toBeUndefined();
});
