import { after, err, instant, MICROS_PER_MS, MICROS_PER_SECOND, ok, Redacted } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

test('an instant is a safe non-negative integer of microseconds', () => {
  expect(instant(0)).toBe(0);
  expect(instant(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
  for (const micros of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => instant(micros)).toThrow(RangeError);
  expect(() => instant(1.5)).toThrow('"micros" expected a safe non-negative integer, got 1.5');
});

test('after adds, and does not leave the range', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (at, micros) => {
      expect(after(instant(at), micros)).toBe(at + micros);
      expect(after(instant(at + micros), -micros)).toBe(at);
    }),
  );
  expect(() => after(instant(5), -6)).toThrow(RangeError);
  expect(() => after(instant(Number.MAX_SAFE_INTEGER), 1)).toThrow(RangeError);
  expect(MICROS_PER_SECOND).toBe(1000 * MICROS_PER_MS);
});

test('ok and err wrap', () => {
  expect(ok(3)).toEqual({ ok: true, value: 3 });
  expect(err({ code: 'late' })).toEqual({ ok: false, error: { code: 'late' } });
});

test('a redacted value shows in no text form, and only reveal gives it', () => {
  const secret = new Redacted('correct horse');
  const texts = [
    String(secret),
    JSON.stringify({ secret }),
    JSON.stringify(Object.entries(secret)),
    Object.getOwnPropertyNames(secret).join(),
    new Error(`with ${String(secret)}`).message,
  ];
  for (const text of texts) expect(text).not.toContain('horse');
  expect(String(secret)).toBe('[redacted]');
  expect(JSON.stringify({ secret })).toBe('{"secret":"[redacted]"}');
  expect(secret.reveal()).toBe('correct horse');
});

test('the check above catches a plain holder', () => {
  expect(JSON.stringify({ secret: { value: 'correct horse' } })).toContain('horse');
});
