import { encodeSurb } from '@sotto/sphinx';
import { ByteWriter, concat, toUtf8 } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  acksCost,
  DECLINE_COST,
  decodeItems,
  encodeItems,
  introductionCost,
  type Items,
  LEVEL_COST,
  LIFETIME_COST,
  MAX_SURBS_PER_MESSAGE,
  surbsCost,
  streamCost,
  surbsThatFit,
  textCost,
  unitsOf,
} from '../src/items.ts';
import { encodeIntroduction, type Introduction } from '../src/introduction.ts';
import { LIFETIMES } from '../src/lifetime.ts';
import { anyHanded, handed } from './surbs.ts';

const u16 = fc.integer({ min: 0, max: 0xffff });
const u8 = fc.integer({ min: 0, max: 255 });
const id = fc.integer({ min: 0, max: 0xffff_fffe });

const anyIntroduction: fc.Arbitrary<Introduction> = fc.oneof(
  fc.record({
    reference: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    kind: fc.constant('offer' as const),
    role: fc.constantFrom('inviter' as const, 'invited' as const),
    name: fc.string({ minLength: 1, maxLength: 64 }),
    note: fc.string({ maxLength: 64 }),
  }),
  fc.record({
    reference: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    kind: fc.constantFrom('decline' as const, 'withdraw' as const, 'accept' as const),
  }),
);

const anyItems = (epoch: number): fc.Arbitrary<Items> =>
  fc.record(
    {
      text: fc.record({ id, text: fc.string({ unit: 'grapheme' }) }),
      stream: fc.record({ id, frames: fc.uint8Array({ maxLength: 300 }) }),
      introduction: fc.record({ id, introduction: anyIntroduction }),
      acks: fc.array(id, { maxLength: 64 }),
      surbs: fc.array(anyHanded(epoch), { maxLength: MAX_SURBS_PER_MESSAGE / 2 }),
      lifetime: fc.record({
        seconds: fc.constantFrom(...LIFETIMES),
        change: fc.integer({ min: 1, max: 0xffff_ffff }),
      }),
      report: fc.record({ serial: u16, seen: u16, direct: u8, mailbox: u8, later: u8 }),
    },
    { requiredKeys: ['acks', 'surbs'] },
  );

test('what was encoded is decoded, and takes the room that was reckoned with', () => {
  const epochs = fc.integer({ min: 1, max: 0xffff_0000 });
  const cases = epochs.chain((epoch) => fc.tuple(fc.constant(epoch), anyItems(epoch)));
  fc.assert(
    fc.property(cases, ([epoch, items]) => {
      const bytes = encodeItems(items);
      expect(decodeItems(bytes, epoch)).toEqual({ ok: true, value: items });
      const text = items.text === undefined ? 0 : textCost(toUtf8(items.text.text));
      const level = items.report === undefined ? 0 : LEVEL_COST;
      const report = level + (items.lifetime === undefined ? 0 : LIFETIME_COST);
      const stream = items.stream === undefined ? 0 : streamCost(items.stream.frames.length);
      const introduction =
        items.introduction === undefined
          ? 0
          : introductionCost(encodeIntroduction(items.introduction.introduction).length);
      expect(bytes.length).toBe(
        text +
          stream +
          introduction +
          report +
          acksCost(items.acks.length) +
          surbsCost(items.surbs.reduce((sum, block) => sum + unitsOf(block), 0)),
      );
    }),
  );
});

test('an empty list of acknowledgements declines, and none at all says nothing', () => {
  const items: Items = { acks: [], declines: true, surbs: [] };
  const bytes = encodeItems(items);
  expect(bytes.length).toBe(DECLINE_COST);
  expect([...bytes]).toEqual([2, 0, 1, 0]);
  expect(decodeItems(bytes, 300)).toEqual({ ok: true, value: items });
  expect(decodeItems(new Uint8Array(0), 300)).toEqual({ ok: true, value: { acks: [], surbs: [] } });
});

test('reply blocks of the epoch before and of far epochs keep their full number', () => {
  for (const epoch of [1, 255, 256, 257, 769, 20_000]) {
    for (const ahead of [-1, 0, 1, 8]) {
      const items = { acks: [], surbs: [handed(true, epoch + ahead)] };
      const decoded = decodeItems(encodeItems(items), epoch);
      expect(decoded.ok && decoded.value.surbs[0]?.epoch).toBe(epoch + ahead);
    }
  }
});

test('as many reply blocks fit as take the room', () => {
  fc.assert(
    fc.property(fc.integer({ min: -500, max: 4000 }), (room) => {
      const count = surbsThatFit(room);
      expect(surbsCost(count)).toBeLessThanOrEqual(Math.max(0, room));
      expect(surbsCost(count + 1)).toBeGreaterThan(room);
    }),
  );
});

test('any bytes are items or are refused with a reason', () => {
  const bytes = fc.uint8Array({ maxLength: 700 });
  fc.assert(
    fc.property(bytes, u16, (input, epoch) => {
      const decoded = decodeItems(input, epoch);
      if (!decoded.ok) expect(decoded.error.code).toMatch(/^item-/u);
      else expect(decoded.value.surbs.length).toBeLessThanOrEqual(MAX_SURBS_PER_MESSAGE);
    }),
  );
});

const one = (type: number, value: Uint8Array): Uint8Array =>
  concat(new ByteWriter(3).u8(type).u16(value.length).bytes, value);
const code = (bytes: Uint8Array): string => {
  const decoded = decodeItems(bytes, 5);
  return decoded.ok ? 'ok' : decoded.error.code;
};

test('each refusal has its own reason', () => {
  const text = one(1, concat(new Uint8Array(4), toUtf8('x')));
  expect(code(new Uint8Array(0))).toBe('ok');
  expect(code(text)).toBe('ok');
  expect(code(concat(text, text))).toBe('item-repeated');
  expect(code(text.subarray(0, -1))).toBe('item-length');
  expect(code(concat(text, Uint8Array.of(2)))).toBe('item-length');
  const introduction = one(6, concat(new Uint8Array(4 + 16), Uint8Array.of(3)));
  expect(code(introduction)).toBe('ok');
  expect(code(concat(introduction, introduction))).toBe('item-repeated');
  expect(code(one(6, new Uint8Array(0)))).toBe('item-value');
  expect(code(one(6, concat(new Uint8Array(4).fill(255), introduction.subarray(7))))).toBe(
    'item-value',
  );
  expect(code(one(200, new Uint8Array(0)))).toBe('item-type');
  expect(code(one(0, new Uint8Array(0)))).toBe('item-type');
  expect(code(one(1, new Uint8Array(3)))).toBe('item-value');
  expect(code(one(1, Uint8Array.of(0, 0, 0, 0, 0xff)))).toBe('item-value');
  expect(code(one(1, new Uint8Array(4).fill(255)))).toBe('item-value');
  expect(code(one(1, new Uint8Array(4 + 28_000)))).toBe('ok');
  expect(code(one(1, new Uint8Array(4 + 28_001)))).toBe('item-value');
  expect(code(one(2, new Uint8Array(0)))).toBe('item-value');
  expect(code(one(2, new Uint8Array([65, ...new Uint8Array(260)])))).toBe('item-value');
  expect(code(one(3, new Uint8Array(0)))).toBe('item-value');
  expect(code(one(3, new Uint8Array(313)))).toBe('item-value');
  expect(code(one(3, new Uint8Array(312).fill(2)))).toBe('item-value');
  expect(code(one(3, new Uint8Array(312 * 17)))).toBe('item-count');
  const block = (flags: number, epoch = 5): Uint8Array =>
    concat(Uint8Array.of(flags), encodeSurb(handed(false, epoch).surb));
  const blocks = (...flags: readonly number[]): Uint8Array =>
    one(3, concat(...flags.map((flag) => block(flag))));
  expect(code(blocks(0, 2, 1, 0, 2))).toBe('ok');
  // A twin of nothing, of a direct block, of a twin, of a block of another epoch.
  expect(code(blocks(2, 0))).toBe('item-value');
  expect(code(blocks(1, 2))).toBe('item-value');
  expect(code(blocks(0, 2, 2))).toBe('item-value');
  expect(code(one(3, concat(block(0), block(2, 6))))).toBe('item-value');
  expect(code(blocks(3))).toBe('item-value');
  expect(code(one(4, new Uint8Array(6)))).toBe('item-value');
  const lifetime = (change: number, seconds: number, bytes = 8): Uint8Array =>
    one(7, new ByteWriter(bytes).u32(change).u32(seconds).bytes);
  expect(code(lifetime(1, 3600))).toBe('ok');
  expect(code(concat(lifetime(1, 0), lifetime(1, 0)))).toBe('item-repeated');
  expect(code(lifetime(0, 3600))).toBe('item-value');
  expect(code(lifetime(1, 3601))).toBe('item-value');
  expect(code(lifetime(1, 1))).toBe('item-value');
  expect(code(lifetime(1, 0xffff_ffff))).toBe('item-value');
  expect(code(lifetime(1, 3600, 9))).toBe('item-value');
  expect(code(one(7, new Uint8Array(7)))).toBe('item-value');
  const stream = one(5, new Uint8Array(9));
  expect(code(concat(text, stream))).toBe('ok');
  expect(code(concat(stream, stream))).toBe('item-repeated');
  expect(code(one(5, new Uint8Array(3)))).toBe('item-value');
  expect(code(one(5, new Uint8Array(4).fill(255)))).toBe('item-value');
  expect(code(one(5, new Uint8Array(4 + 28_001)))).toBe('item-value');
});
