import {
  fragment,
  FRAGMENT_BYTES,
  MAX_FRAGMENTS,
  MAX_MESSAGE_BYTES,
  maxParity,
  MESSAGE_ID_BYTES,
  Reassembly,
  REASSEMBLY_LIMITS,
} from '@sotto/endpoint';
import { after, instant } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const NOW = instant(1_000_000);
const id = fc.uint8Array({ minLength: MESSAGE_ID_BYTES, maxLength: MESSAGE_ID_BYTES });
const parityOf = (count: number, drawn: number): number => drawn % (maxParity(count) + 1);
const countOf = (bytes: Uint8Array): number =>
  Math.max(1, Math.ceil(bytes.length / FRAGMENT_BYTES));
const length = fc.oneof(
  fc.nat(3 * FRAGMENT_BYTES),
  fc.constantFrom(0, 1, FRAGMENT_BYTES, FRAGMENT_BYTES + 1, MAX_MESSAGE_BYTES),
);
const message = length.map((bytes) => Uint8Array.from({ length: bytes }, (_, i) => (i * 31) & 255));

test('a message comes back from its fragments in any order, with repetitions', () => {
  fc.assert(
    fc.property(id, message, fc.infiniteStream(fc.nat()), (name, text, order) => {
      const parts = fragment(name, text);
      expect(parts).toHaveLength(countOf(text));
      expect(parts.every((part) => part.length === 992)).toBe(true);
      const mixed = shuffled(parts, order);
      const reassembly = new Reassembly();
      const whole: Uint8Array[] = [];
      for (const part of [...mixed, ...mixed]) {
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
  expect(code(changed(first, 8, 4))).toBe('fragment-index');
  expect(code(changed(first, 11, 1))).toBe('fragment-length');
  expect(code(changed(second, 991, 1))).toBe('fragment-padding');
  expect(code(first)).toBe('ok');
  expect(code(first)).toBe('fragment-duplicate');
  expect(code(changed(first, 9, 3))).toBe('fragment-conflict');
  expect(code(second)).toBe('ok');
  expect(code(second)).toBe('message-repeated');
  expect(() => fragment(name, new Uint8Array(MAX_MESSAGE_BYTES + 1))).toThrow('"message"');
  expect(() => fragment(new Uint8Array(7), new Uint8Array(1))).toThrow('"id"');
  for (const parity of [-1, 0.5, 3]) {
    expect(() => fragment(name, new Uint8Array(1500), parity)).toThrow('"parity"');
  }
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

/** Fragments of a message in an order drawn by `rank`, each as it is or lost. */
function shuffled<T>(parts: readonly T[], rank: Iterator<number>): T[] {
  return parts
    .map((part) => ({ part, rank: rank.next().value as number }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ part }) => part);
}

test('any fragments that are enough give the message, whichever are lost', () => {
  fc.assert(
    fc.property(
      id,
      message,
      fc.nat(),
      fc.infiniteStream(fc.nat(1_000_000)),
      (name, text, drawn, rank) => {
        const count = countOf(text);
        const parts = fragment(name, text, parityOf(count, drawn));
        const reassembly = new Reassembly();
        const kept = shuffled(parts, rank).slice(0, count);
        const results = kept.map((part) => reassembly.add(NOW, part));
        expect(results.slice(0, -1).every((each) => each.ok && each.value === undefined)).toBe(
          true,
        );
        expect(results.at(-1)).toEqual({ ok: true, value: text });
        expect(reassembly.givenUp).toEqual({ expired: 0, evicted: 0 });
      },
    ),
    { numRuns: 40, seed: 3 },
  );
});

test('fragments that disagree are refused, by the count, by the length, or by what they give together', () => {
  const name = new Uint8Array(8).fill(9);
  const text = new Uint8Array(2 * FRAGMENT_BYTES + 100).fill(7);
  const parts = fragment(name, text, 3);
  const at = (index: number): Uint8Array => parts[index]?.slice() ?? new Uint8Array();
  const longer = at(3);
  longer[11] = 101;
  const wrong = at(4);
  for (let i = 12; i < 992; i++) wrong[i] = 0x55;
  const reassembly = new Reassembly();
  const code = (content: Uint8Array): string => {
    const added = reassembly.add(NOW, content);
    return added.ok ? 'ok' : added.error.code;
  };
  expect(code(at(5))).toBe('ok');
  expect(code(longer)).toBe('fragment-conflict');
  expect(code(at(0))).toBe('ok');
  // The third gives a last part that does not end where the others say: the message is lost, and known as such.
  expect(code(wrong)).toBe('fragment-disagree');
  expect(code(at(1))).toBe('message-repeated');
  expect(reassembly.incomplete).toBe(0);
});

test('what makes way and what is given up is counted', () => {
  const reassembly = new Reassembly();
  const { incomplete, lifeMicros } = REASSEMBLY_LIMITS;
  for (let i = 0; i < incomplete + 3; i++) {
    const [first] = fragment(new Uint8Array(8).fill(i), new Uint8Array(1500));
    reassembly.add(NOW, first ?? new Uint8Array());
  }
  expect(reassembly.givenUp).toEqual({ expired: 0, evicted: 3 });
  reassembly.expire(after(NOW, lifeMicros));
  expect(reassembly.givenUp).toEqual({ expired: incomplete, evicted: 3 });
});

/** How many of 400 messages of 8 fragments arrive when each fragment is lost with probability 1/10. */
function arriving(parity: number): number {
  let state = 7;
  const lost = (): boolean => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state < 2 ** 32 / 10;
  };
  const text = new Uint8Array(8 * FRAGMENT_BYTES).fill(3);
  let arrived = 0;
  for (let i = 0; i < 400; i++) {
    const name = Uint8Array.of(i >> 8, i & 255, 0, 0, 0, 0, 0, 0);
    const reassembly = new Reassembly();
    const whole = fragment(name, text, parity)
      .filter(() => !lost())
      .map((part) => reassembly.add(NOW, part));
    if (whole.some((each) => each.ok && each.value !== undefined)) arrived++;
  }
  return arrived;
}

test('with a tenth of the packets lost two parity fragments of eight bring nine messages of ten, none four of ten', () => {
  // Binomial: 0.930 and 0.430 of 400; bounds are more than four standard deviations away, and the seed is fixed.
  expect(arriving(2)).toBeGreaterThan(340);
  expect(arriving(0)).toBeLessThan(220);
});
