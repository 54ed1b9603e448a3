import {
  fragment,
  FRAGMENT_BYTES,
  MAX_FRAGMENTS,
  MAX_MESSAGE_BYTES,
  MESSAGE_ID_BYTES,
  Reassembly,
  REASSEMBLY_LIMITS,
} from '@sotto/endpoint';
import { after, instant } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const NOW = instant(1_000_000);
const id = fc.uint8Array({ minLength: MESSAGE_ID_BYTES, maxLength: MESSAGE_ID_BYTES });
const length = fc.oneof(
  fc.nat(3 * FRAGMENT_BYTES),
  fc.constantFrom(0, 1, FRAGMENT_BYTES, FRAGMENT_BYTES + 1, MAX_MESSAGE_BYTES),
);
const message = length.map((bytes) => Uint8Array.from({ length: bytes }, (_, i) => (i * 31) & 255));

test('a message comes back from its fragments in any order, with repetitions', () => {
  fc.assert(
    fc.property(id, message, fc.infiniteStream(fc.nat()), (name, text, order) => {
      const parts = fragment(name, text);
      expect(parts.every((part) => part.length === 992)).toBe(true);
      const shuffled = parts
        .map((part) => ({ part, rank: order.next().value ?? 0 }))
        .sort((a, b) => a.rank - b.rank);
      const reassembly = new Reassembly();
      const whole: Uint8Array[] = [];
      for (const { part } of [...shuffled, ...shuffled]) {
        const added = reassembly.add(NOW, part);
        if (added.ok && added.value !== undefined) whole.push(added.value);
      }
      expect(whole).toEqual([text]);
      expect(reassembly.incomplete).toBe(0);
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('every refusal has its code and changes nothing', () => {
  const reassembly = new Reassembly();
  const name = new Uint8Array(8).fill(1);
  const [first, second] = fragment(name, new Uint8Array(1500).fill(7));
  if (first === undefined || second === undefined) throw new Error('two fragments');
  const changed = (part: Uint8Array, at: number, value: number): Uint8Array => {
    const copy = part.slice();
    copy[at] = value;
    return copy;
  };
  const code = (content: Uint8Array): string => {
    const added = reassembly.add(NOW, content);
    return added.ok ? 'ok' : added.error.code;
  };
  expect(code(first.slice(1))).toBe('fragment-length');
  expect(code(changed(first, 9, 0))).toBe('fragment-index');
  expect(code(changed(first, 9, MAX_FRAGMENTS + 1))).toBe('fragment-index');
  expect(code(changed(first, 8, 2))).toBe('fragment-index');
  expect(code(changed(first, 11, 1))).toBe('fragment-length');
  expect(code(changed(second, 991, 1))).toBe('fragment-padding');
  expect(code(first)).toBe('ok');
  expect(code(first)).toBe('fragment-duplicate');
  expect(code(changed(first, 9, 3))).toBe('fragment-conflict');
  expect(code(second)).toBe('ok');
  expect(code(second)).toBe('message-repeated');
  expect(() => fragment(name, new Uint8Array(MAX_MESSAGE_BYTES + 1))).toThrow('"message"');
  expect(() => fragment(new Uint8Array(7), new Uint8Array(1))).toThrow('"id"');
});

test('any content is refused or taken within the bounds, and what stays incomplete expires', () => {
  const reassembly = new Reassembly();
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 12, maxLength: 12 }),
      fc.constantFrom(0, FRAGMENT_BYTES, 5),
      (head, size) => {
        const content = new Uint8Array(992);
        content.set(head);
        content[9] = ((head[9] ?? 0) % MAX_FRAGMENTS) + 1;
        content[10] = size >> 8;
        content[11] = size & 255;
        reassembly.add(NOW, content);
        expect(reassembly.incomplete).toBeLessThanOrEqual(REASSEMBLY_LIMITS.incomplete);
      },
    ),
    { numRuns: 500, seed: 2 },
  );
  expect(reassembly.incomplete).toBe(REASSEMBLY_LIMITS.incomplete);
  const { lifeMicros } = REASSEMBLY_LIMITS;
  expect(reassembly.expire(after(NOW, lifeMicros))).toBe(REASSEMBLY_LIMITS.incomplete);
  expect(reassembly.incomplete).toBe(0);
});
