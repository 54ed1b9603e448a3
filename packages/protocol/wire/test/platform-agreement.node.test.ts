import { fromBase64url, fromHex, fromUtf8, toBase64url, toHex, toUtf8 } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

// Ring 1 has no TextEncoder and no Buffer: here they judge its own codecs.
const bytes = fc.uint8Array({ maxLength: 300 });
const runs = { numRuns: 2000 };

test('toUtf8 is TextEncoder, lone surrogates included', () => {
  const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 });
  fc.assert(
    fc.property(fc.oneof(units, fc.array(fc.integer({ min: 0xd700, max: 0xe010 }))), (list) => {
      const text = String.fromCharCode(...list);
      expect(toHex(toUtf8(text))).toBe(Buffer.from(new TextEncoder().encode(text)).toString('hex'));
    }),
    runs,
  );
});

test('fromUtf8 is the fatal TextDecoder on any bytes', () => {
  const judge = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const expected = (input: Uint8Array): string | undefined => {
    try {
      return judge.decode(input);
    } catch {
      return undefined;
    }
  };
  // Random bytes are nearly always refused in the second one, so most inputs are made of pieces
  // that are well-formed, or wrong in one place.
  const pieces = ['61', 'c280', 'dfbf', 'e0a080', 'eda080', 'ed9fbf', 'efbbbf', 'f0908080'];
  const wrong = ['f48fbfbf', 'f4908080', 'c0af', 'e09fbf', '80', 'f09080', 'ff'];
  const piece = fc.constantFrom(...pieces, ...pieces, ...wrong);
  const made = fc
    .array(piece, { maxLength: 8 })
    .map((list) => new Uint8Array(Buffer.from(list.join(''), 'hex')));
  fc.assert(
    fc.property(fc.oneof(made, bytes), (input) => {
      expect(fromUtf8(input)).toBe(expected(input));
    }),
    runs,
  );
});

test('fromUtf8 agrees on every sequence of two bytes and on every lead of three', () => {
  const judge = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let accepted = 0;
  for (let lead = 0; lead < 256; lead++)
    for (let second = 0; second < 256; second++)
      for (const input of [
        new Uint8Array([lead, second]),
        new Uint8Array([lead, second, 0x80]),
        new Uint8Array([lead, second, 0x80, 0xbf]),
      ]) {
        let expected: string | undefined;
        try {
          expected = judge.decode(input);
          accepted++;
        } catch {
          expected = undefined;
        }
        if (fromUtf8(input) !== expected) expect(toHex(input)).toBe(expected);
      }
  expect(accepted).toBeGreaterThan(16_384);
});

test('base64url is Buffer’s', () => {
  fc.assert(
    fc.property(bytes, (input) => {
      const text = Buffer.from(input).toString('base64url');
      expect(toBase64url(input)).toBe(text);
      expect(fromBase64url(text)).toEqual(input);
    }),
    runs,
  );
});

test('fromBase64url accepts exactly the texts that Buffer would write', () => {
  const letters = fc.constantFrom(...'AQgwBCDEabcz059-_+/=.'.split(''));
  fc.assert(
    fc.property(fc.string({ unit: letters, maxLength: 12 }), (text) => {
      const canonical = Buffer.from(text, 'base64url').toString('base64url') === text;
      expect(fromBase64url(text) !== undefined).toBe(canonical);
    }),
    runs,
  );
});

test('hexadecimal is Buffer’s', () => {
  fc.assert(
    fc.property(bytes, (input) => {
      const text = Buffer.from(input).toString('hex');
      expect(toHex(input)).toBe(text);
      expect(fromHex(text)).toEqual(input);
    }),
    runs,
  );
});
