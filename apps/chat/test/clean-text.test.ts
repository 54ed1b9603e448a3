import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanMessage, cleanName, excerpt, initialOf, nameOf } from '../src/model/clean-text.ts';
import { inviteIn } from '../src/model/invite-link.ts';
import { HOSTILE_TEXTS } from './hostile.ts';

/** What must never be shown: it hides, or turns the order of what stands about it. */
const UNSEEN = /[\u202A-\u202E\u200B\u2060-\u2064\u206A-\u206F\uFEFF\u0000-\u0008\u001B\u007F]/u; // oxlint-disable-line no-control-regex

const anything = fc.string({ unit: 'binary', maxLength: 400 });
const spiced = fc
  .array(fc.oneof(anything, fc.constantFrom(...HOSTILE_TEXTS, '\u202E', '\u200D', '\u0301', '\n')))
  .map((parts) => parts.join(''));

describe('a text of somebody else', () => {
  test('shows all that it holds, whatever it holds', () => {
    fc.assert(
      fc.property(spiced, (raw) => {
        const { text, changed } = cleanMessage(raw);
        expect(text).not.toMatch(UNSEEN);
        expect(changed).toBe(text !== raw.replaceAll(/\r\n?|[\u2028\u2029]/gu, '\n'));
        expect(cleanMessage(text).text).toBe(text);
        expect(excerpt(raw)).not.toMatch(/[\n\u202A-\u202E]/u);
      }),
    );
  });

  test('keeps letters that are joined, and says that nothing was left out', () => {
    for (const text of [
      '👩🏽\u200D🚀',
      'می\u200Cخواهم',
      'क्\u200Dष',
      'e\u0301',
      '🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}',
      'a\n\tb',
    ])
      expect(cleanMessage(text)).toEqual({ text, changed: false });
  });

  test('loses what a reader cannot see', () => {
    expect(cleanMessage('invoice\u202Efdp.exe')).toEqual({ text: 'invoicefdp.exe', changed: true });
    expect(cleanMessage('a\u200Bb\u{E0041}')).toEqual({ text: 'ab', changed: true });
    expect(cleanMessage(`x${'\u0336'.repeat(50)}`).text).toBe(`x${'\u0336'.repeat(4)}`);
  });
});

describe('a name', () => {
  test('is one line of at most sixty letters', () => {
    const letters = new Intl.Segmenter('en', { granularity: 'grapheme' });
    fc.assert(
      fc.property(spiced, (raw) => {
        const name = cleanName(raw);
        expect(name).not.toMatch(/[\n\r\u2028\u2029\u200E\u200F\u2066-\u2069]/u);
        expect(Array.from(letters.segment(name)).length).toBeLessThanOrEqual(60);
        expect(nameOf({ id: 'abcdef', name: raw })).not.toBe('');
      }),
    );
  });

  test('that shows nothing gives way to letters of the id', () => {
    expect(nameOf({ id: 'abcdef', name: '\u200B\u202E \u2800' })).toBe('Someone abcd');
    expect(initialOf('ليلى')).toBe('ل');
    expect(initialOf('émile')).toBe('É');
  });
});

describe('an invite', () => {
  test('is found among other words', () => {
    expect(inviteIn('Come: https://x.org/#sotto:Ab-_9. Bye')).toBe('sotto:Ab-_9');
    expect(inviteIn('SOTTO:Ab')).toBe('sotto:Ab');
    expect(inviteIn('nothing here')).toBeUndefined();
  });

  test('is never more than its own letters, whatever it stands in', () => {
    fc.assert(
      fc.property(anything, anything, (before, after) => {
        expect(inviteIn(`${before}sotto:${after}`)).toMatch(/^sotto:[\w-]*$/u);
      }),
    );
  });
});
