import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, printableLine } from '../src/chat-text.ts';

test('what a terminal would obey is written out', () => {
  expect(printable('\u001b[2J\u001b]0;title\u0007')).toBe('\\u{1b}[2J\\u{1b}]0;title\\u{7}');
  expect(printable('\u009b31m')).toBe('\\u{9b}31m');
  expect(printable('a\rb\bc')).toBe('a\\u{d}b\\u{8}c');
  expect(printable('pay \u202e100\u202c')).toBe('pay \\u{202e}100\\u{202c}');
  expect(printable('a\u200bb\u2066c\u061cd\ufeff')).toBe('a\\u{200b}b\\u{2066}c\\u{61c}d\\u{feff}');
  expect(printable('\u2028\ud800x')).toBe('\\u{2028}\\u{d800}x');
  expect(printable('\u{e0041}')).toBe('\\u{e0041}');
});

test('what people write stays as it is', () => {
  for (const text of ['Grüß Gott', 'שלום', 'नमस्ते', '日本語', '👩‍👩‍👧 🙂🏽', 'two\nlines', 'é é']) {
    expect(printable(text)).toBe(text);
  }
  expect(printable('a\tb\r\nc')).toBe('a  b\nc');
});

test('long texts are cut and say so; marks do not pile up', () => {
  expect(printable('x'.repeat(5000))).toMatch(/^x{4000}… \(1000 more characters are not shown\)$/u);
  expect(printable(`a${'\u0301'.repeat(50)}`).match(/\u0301/gu)).toHaveLength(4);
  expect(printableLine('a\nb')).toBe('a\\nb');
});

test('whatever comes, nothing is left that moves a cursor or turns the writing round', () => {
  const hostile = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
  const any = fc
    .array(fc.integer({ min: 0, max: 0x10ffff }))
    .map((points) => String.fromCodePoint(...points));
  fc.assert(
    fc.property(any, (text) => {
      expect(printable(text).replaceAll('\n', '')).not.toMatch(hostile);
      expect(printableLine(text)).not.toMatch(hostile);
    }),
  );
});
