import { Outbox, type OutboxOptions, WINDOW } from '@sotto/reliable';
import { concat, type Instant, instant } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const options: OutboxOptions = {
  firstTimeoutMicros: 100,
  maxTimeoutMicros: 500,
  maxAttempts: 4,
  capacity: 1000,
};
const at = (micros: number): Instant => instant(micros);
const add = (outbox: Outbox, now = 0): number => {
  const id = outbox.enqueue(at(now));
  if (!id.ok) throw new Error(id.error.code);
  return id.value;
};

test('a message is queued, sent, delivered', () => {
  const outbox = new Outbox(options);
  const id = add(outbox);
  expect([outbox.state(id), outbox.due(at(0)), outbox.nextAt()]).toEqual([
    'queued',
    [id],
    undefined,
  ]);
  expect(outbox.sent(at(10), id)).toBe(true);
  expect([outbox.state(id), outbox.due(at(10)), outbox.nextAt()]).toEqual(['sent', [], 110]);
  expect(outbox.acked(id)).toBe('delivered');
  expect([outbox.state(id), outbox.nextAt(), outbox.size]).toEqual([undefined, undefined, 0]);
  expect(outbox.acked(id)).toBe('unknown');
  expect(outbox.acked(12_345)).toBe('unknown');
  expect(outbox.sent(at(11), id)).toBe(false);
});

test('a message that never left is not delivered, whatever the peer says', () => {
  const outbox = new Outbox(options);
  const id = add(outbox);
  expect(outbox.acked(id)).toBe('unknown');
  expect(outbox.due(at(0))).toEqual([id]);
  outbox.sent(at(0), id);
  expect(outbox.acked(id)).toBe('delivered');
  expect(outbox.drop(add(outbox))).toBe(true);
  expect([outbox.size, outbox.drop(id)]).toEqual([0, false]);
});

test('timeouts double up to their bound, then the message fails, once', () => {
  const outbox = new Outbox(options);
  const id = add(outbox);
  const waits: number[] = [];
  let now = 0;
  for (let attempt = 0; attempt < 4; attempt++) {
    expect(outbox.due(at(now))).toEqual([id]);
    outbox.sent(at(now), id);
    const next = outbox.nextAt() ?? at(0);
    waits.push(next - now);
    expect(outbox.wake(at(next - 1))).toEqual([]);
    expect(outbox.state(id)).toBe('sent');
    now = next;
    expect(outbox.wake(at(now))).toEqual(attempt === 3 ? [id] : []);
  }
  expect(waits).toEqual([100, 200, 400, 500]);
  expect([outbox.state(id), outbox.due(at(now)), outbox.nextAt()]).toEqual([
    'failed',
    [],
    undefined,
  ]);
  expect(outbox.wake(at(now + 10_000))).toEqual([]);
  expect(outbox.acked(id)).toBe('delivered'); // late, but it counts
  expect(outbox.state(id)).toBeUndefined();
});

test('attempts into a silence never are the last one, and one that is given up may still be acknowledged', () => {
  const outbox = new Outbox(options);
  const id = add(outbox);
  let now = 0;
  for (let i = 0; i < 10; i++) {
    expect(outbox.due(at(now))).toEqual([id]);
    outbox.sent(at(now), id, false);
    now = outbox.nextAt() ?? 0;
    expect(outbox.wake(at(now))).toEqual([]);
  }
  outbox.sent(at(now), id);
  expect(outbox.wake(at(outbox.nextAt() ?? 0))).toEqual([id]);
  const other = add(outbox);
  outbox.sent(at(now), other);
  expect([outbox.giveUp(other), outbox.giveUp(other)]).toEqual([true, false]);
  expect([outbox.state(other), outbox.acked(other)]).toEqual(['failed', 'delivered']);
});

test('a message that waits for the caller asks for no time, however long', () => {
  const outbox = new Outbox(options);
  const id = add(outbox);
  outbox.sent(at(0), id);
  outbox.wake(at(100));
  expect([outbox.state(id), outbox.nextAt()]).toEqual(['queued', undefined]);
  expect(outbox.wake(at(1e9))).toEqual([]);
  expect(outbox.due(at(1e9))).toEqual([id]);
});

test('due names repeats whose time is over even before wake, and never past the last attempt', () => {
  const outbox = new Outbox({ ...options, maxAttempts: 2 });
  const id = add(outbox);
  outbox.sent(at(0), id);
  expect(outbox.due(at(99))).toEqual([]);
  expect(outbox.due(at(100))).toEqual([id]);
  outbox.sent(at(100), id);
  expect(outbox.due(at(1e6))).toEqual([]);
  expect(outbox.nextAt()).toBe(300);
  expect(outbox.wake(at(1e6))).toEqual([id]);
});

test('nothing runs further ahead than the window', () => {
  const outbox = new Outbox(options);
  for (let i = 0; i < WINDOW + 5; i++) add(outbox);
  expect(outbox.due(at(0)).length).toBe(WINDOW);
  outbox.drop(1);
  expect(outbox.due(at(0)).at(-1)).toBe(WINDOW - 1);
  outbox.drop(0);
  expect(outbox.due(at(0)).at(-1)).toBe(WINDOW + 1);
});

test('capacity is a bound, and frees up', () => {
  const outbox = new Outbox({ ...options, capacity: 2 });
  add(outbox);
  add(outbox);
  expect(outbox.enqueue(at(0))).toEqual({ ok: false, error: { code: 'full' } });
  outbox.drop(0);
  expect(outbox.enqueue(at(0))).toEqual({ ok: true, value: 2 });
});

test('failed messages are remembered up to a bound', () => {
  const outbox = new Outbox({ ...options, maxAttempts: 1 });
  for (let i = 0; i < 600; i++) add(outbox);
  for (let now = 0; outbox.size > 0; now += 100) {
    for (const id of outbox.due(at(now))) outbox.sent(at(now), id);
    outbox.wake(at(now + 100));
  }
  expect(outbox.state(600 - WINDOW - 1)).toBeUndefined();
  expect(outbox.state(600 - WINDOW)).toBe('failed');
});

test('the last number is never given', () => {
  const state = new Outbox(options).export();
  state.fill(255, 1, 5);
  state[4] = 254;
  const outbox = Outbox.import(state, options);
  if (!outbox.ok) throw new Error(outbox.error.code);
  expect(add(outbox.value)).toBe(0xffff_fffe);
  expect(outbox.value.enqueue(at(0))).toEqual({ ok: false, error: { code: 'exhausted' } });
  expect(Outbox.import(outbox.value.export(), options).ok).toBe(true);
});

test('an outbox is its export read back; other bytes are refused', () => {
  const outbox = new Outbox({ ...options, maxAttempts: 1 });
  for (let i = 0; i < 5; i++) add(outbox);
  outbox.sent(at(7), 0);
  outbox.sent(at(50), 2);
  outbox.wake(at(107));
  outbox.drop(1);
  const state = outbox.export();
  const again = Outbox.import(state, options);
  if (!again.ok) throw new Error(again.error.code);
  expect(again.value.export()).toEqual(state);
  expect([0, 1, 2, 3].map((id) => again.value.state(id))).toEqual([
    'failed',
    undefined,
    'sent',
    'queued',
  ]);
  expect(again.value.nextAt()).toBe(150);
  expect(add(again.value)).toBe(5);

  const code = (bytes: Uint8Array): string => {
    const read = Outbox.import(bytes, options);
    return read.ok ? 'ok' : read.error.code;
  };
  for (let cut = 0; cut < state.length; cut++) {
    expect(code(state.subarray(0, cut)), `${cut}`).toBe('malformed');
  }
  expect(code(concat(state, Uint8Array.of(0)))).toBe('malformed');
  expect(code(state.slice().fill(9, 0, 1))).toBe('unknown-version');
  expect(code(state.slice().fill(0, 1, 5))).toBe('malformed'); // numbers never given
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (any) => {
      expect(['malformed', 'unknown-version', 'ok']).toContain(code(any));
      const read = Outbox.import(concat(Uint8Array.of(1), any), options);
      if (read.ok) expect(read.value.export()).toEqual(concat(Uint8Array.of(1), any));
    }),
  );
});

test("options out of range are the caller's bug", () => {
  for (const bad of [
    { firstTimeoutMicros: 0 },
    { maxTimeoutMicros: 99 },
    { maxAttempts: 256 },
    { capacity: 1.5 },
  ]) {
    expect(() => new Outbox({ ...options, ...bad })).toThrow(RangeError);
  }
});

test('what is volatile is not exported, and its number is not given again', () => {
  const outbox = new Outbox(options);
  const kept = add(outbox);
  const gone = outbox.enqueue(at(0), true);
  expect(gone).toEqual({ ok: true, value: 1 });
  expect(outbox.due(at(0))).toEqual([0, 1]);
  const back = Outbox.import(outbox.export(), options);
  if (!back.ok) throw new Error(back.error.code);
  expect([back.value.due(at(0)), add(back.value)]).toEqual([[kept], 2]);
});
