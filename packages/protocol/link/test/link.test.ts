import {
  decodeDownlink,
  decodePreface,
  decodeReceipt,
  encodeDownlink,
  encodePreface,
  encodeReceipt,
  FRAME_BYTES,
  PREFACE_BYTES,
} from '@sotto/link';
import { fromHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import vectors from '../../../../spec/vectors/links.json' with { type: 'json' };

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

test('prefaces of both kinds come back', () => {
  fc.assert(
    fc.property(bytes(16), fc.nat(255), bytes(32), (networkId, plan, boxSecret) => {
      for (const preface of [
        { kind: 'mix', networkId } as const,
        { kind: 'client', networkId, plan, boxSecret } as const,
      ]) {
        const encoded = encodePreface(preface);
        expect(encoded.length).toBe(PREFACE_BYTES);
        expect(decodePreface(encoded)).toEqual({ ok: true, value: preface });
      }
    }),
  );
});

test('each fault of a preface has its code', () => {
  const good = encodePreface({ kind: 'mix', networkId: new Uint8Array(16) });
  const changed = (at: number, value: number): Uint8Array => {
    const copy = good.slice();
    copy[at] = value;
    return copy;
  };
  const code = (input: Uint8Array): string => {
    const result = decodePreface(input);
    return result.ok ? 'ok' : result.error.code;
  };
  expect(code(good)).toBe('ok');
  expect(code(good.slice(1))).toBe('preface-length');
  expect(code(changed(0, 2))).toBe('preface-version');
  expect(code(changed(1, 3))).toBe('preface-kind');
  expect(code(changed(63, 1))).toBe('preface-padding');
});

test('frames come back, all of one length', () => {
  fc.assert(
    fc.property(bytes(16), bytes(48), bytes(1024), (name, log, body) => {
      const mail = { kind: 'mail', delivered: { name, log, body } } as const;
      expect(encodeDownlink(mail).length).toBe(FRAME_BYTES);
      expect(decodeDownlink(encodeDownlink(mail))).toEqual({ ok: true, value: mail });
    }),
    { numRuns: 20 },
  );
  expect(decodeDownlink(encodeDownlink({ kind: 'filler' }))).toEqual({
    ok: true,
    value: { kind: 'filler' },
  });
});

test('any bytes get an answer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (input) => {
      expect(typeof decodePreface(input).ok).toBe('boolean');
      expect(typeof decodeDownlink(input).ok).toBe('boolean');
    }),
  );
  const odd = new Uint8Array(FRAME_BYTES).fill(9);
  expect(decodeDownlink(odd)).toEqual({ ok: false, error: { code: 'frame-kind' } });
});

test('receipts come back, are as long as every frame, and nothing else is one', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (count) => {
      const frame = encodeReceipt(count);
      expect(frame.length).toBe(FRAME_BYTES);
      expect(decodeReceipt(frame)).toEqual({ ok: true, value: count });
    }),
  );
  const refused = { ok: false, error: { code: 'receipt-invalid' } };
  const large = encodeReceipt(0).fill(0xff, 1, 9);
  for (const frame of [new Uint8Array(FRAME_BYTES), encodeReceipt(1).slice(1), large]) {
    expect(decodeReceipt(frame)).toEqual(refused);
  }
  fc.assert(
    fc.property(fc.uint8Array({ minLength: FRAME_BYTES, maxLength: FRAME_BYTES }), (frame) => {
      // The first byte of a packet is its version (Spec 03 §3), of a receipt its kind.
      if (frame[0] !== 2) expect(decodeReceipt(frame)).toEqual(refused);
    }),
  );
});

test('receipts of the vectors are read and written, the others refused', () => {
  for (const { count, frame } of vectors.receipts) {
    const written = fromHex(frame) ?? new Uint8Array(0);
    expect(decodeReceipt(written)).toEqual({ ok: true, value: count });
    expect(encodeReceipt(count)).toEqual(written);
  }
  for (const { what, frame } of vectors.refused) {
    const refused = { ok: false, error: { code: 'receipt-invalid' } };
    expect(decodeReceipt(fromHex(frame) ?? new Uint8Array(0)), what).toEqual(refused);
  }
});
