import { Inbox, MAX_ACKNOWLEDGEMENTS, WINDOW } from '@sotto/reliable';
import { concat, type Instant, instant } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const options = { acknowledgeAfterMicros: 50 };
const at = (micros: number): Instant => instant(micros);

test('a message is new once; each coming is acknowledged, in batches, after the delay', () => {
  const inbox = new Inbox(options);
  expect(inbox.nextAt()).toBeUndefined();
  expect(inbox.received(at(10), 3)).toBe('new');
  expect(inbox.received(at(40), 1)).toBe('new');
  expect(inbox.received(at(45), 3)).toBe('duplicate');
  expect([inbox.nextAt(), inbox.acksToSend(at(59))]).toEqual([60, []]);
  expect(inbox.acksToSend(at(60))).toEqual([3, 1]);
  expect([inbox.nextAt(), inbox.acksToSend(at(60))]).toEqual([undefined, []]);
  expect(inbox.received(at(70), 3)).toBe('duplicate');
  expect(inbox.nextAt()).toBe(120);
  expect(inbox.acksToCarry()).toEqual([3]);
  expect(inbox.nextAt()).toBeUndefined();
});

test('more than one list of acknowledgements comes in several, all due', () => {
  const inbox = new Inbox(options);
  for (let id = 0; id < MAX_ACKNOWLEDGEMENTS + 3; id++) inbox.received(at(0), id);
  expect(inbox.acksToSend(at(50)).length).toBe(MAX_ACKNOWLEDGEMENTS);
  expect(inbox.nextAt()).toBe(50);
  expect(inbox.acksToSend(at(50))).toEqual([64, 65, 66]);
  expect(inbox.acksToSend(at(50))).toEqual([]);
});

test('what was declined is not acknowledged, unless it comes again', () => {
  const inbox = new Inbox({ acknowledgeAfterMicros: 0 });
  const now = at(5);
  inbox.received(now, 1);
  inbox.decline();
  expect(inbox.nextAt()).toBeUndefined();
  expect(inbox.acksToCarry()).toEqual([]);
  expect(inbox.received(now, 2)).toBe('new');
  expect(inbox.received(now, 1)).toBe('duplicate');
  expect(inbox.acksToCarry()).toEqual([2, 1]);
});

test('below the window a message is stale and not acknowledged', () => {
  const inbox = new Inbox(options);
  inbox.received(at(0), 0);
  inbox.received(at(0), WINDOW - 1);
  expect(inbox.received(at(0), 0)).toBe('duplicate');
  inbox.received(at(0), WINDOW);
  expect(inbox.received(at(0), 0)).toBe('stale');
  expect(inbox.received(at(0), 1)).toBe('new');
  expect(inbox.acksToSend(at(50))).toEqual([WINDOW - 1, WINDOW, 1]);
});

test('whatever numbers a peer sends, memory stays within the window', () => {
  const ids = fc.oneof(fc.nat(600), fc.nat(0xffff_fffe));
  fc.assert(
    fc.property(fc.array(ids, { maxLength: 800, minLength: 300 }), (list) => {
      const inbox = new Inbox(options);
      const seen = new Set<number>();
      for (const id of list) {
        const outcome = inbox.received(at(0), id);
        expect(outcome === 'new' && seen.has(id)).toBe(false);
        seen.add(id);
        expect(inbox.export().length).toBeLessThanOrEqual(17 + 8 * WINDOW);
      }
    }),
    { numRuns: 20 },
  );
});

test('an inbox is its export read back; other bytes are refused', () => {
  const inbox = new Inbox(options);
  inbox.received(at(1), 4);
  inbox.acksToCarry();
  inbox.received(at(5), 9);
  inbox.received(at(6), 2);
  const state = inbox.export();
  const again = Inbox.import(state, options);
  if (!again.ok) throw new Error(again.error.code);
  expect(again.value.export()).toEqual(state);
  expect(again.value.received(at(7), 4)).toBe('duplicate');
  expect(again.value.acksToSend(at(55))).toEqual([9, 2, 4]);
  const code = (bytes: Uint8Array): string => {
    const read = Inbox.import(bytes, options);
    return read.ok ? 'ok' : read.error.code;
  };
  for (let cut = 0; cut < state.length; cut++) {
    expect(code(state.subarray(0, cut)), `${cut}`).toBe('malformed');
  }
  expect(code(concat(state, Uint8Array.of(0)))).toBe('malformed');
  expect(code(state.slice().fill(9, 0, 1))).toBe('unknown-version');
  expect(code(state.slice().fill(0, 1, 5))).toBe('malformed');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (any) => {
      const bytes = concat(Uint8Array.of(1), any);
      const read = Inbox.import(bytes, options);
      if (read.ok) expect(read.value.export()).toEqual(bytes);
      expect(['malformed', 'unknown-version', 'ok']).toContain(code(any));
    }),
  );
});

test("a number or delay out of range is the caller's bug", () => {
  const inbox = new Inbox(options);
  for (const bad of [-1, 0.5, 2 ** 32 - 1]) {
    expect(() => inbox.received(at(0), bad)).toThrow(RangeError);
  }
  expect(() => new Inbox({ acknowledgeAfterMicros: -1 })).toThrow(RangeError);
});
