import {
  Channels,
  decodeFrames,
  encodeFrames,
  type Frame,
  MAX_FRAMES,
  MAX_OPEN,
  PLACES,
  WINDOW_BYTES,
} from '@sotto/channel';
import { toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Line } from './line.ts';

const anyId = fc.uint8Array({ minLength: 8, maxLength: 8 }).map(toHex);
const fewIds = fc.constantFrom('00'.repeat(8), '11'.repeat(8), '22'.repeat(8));
const anyBytes = (most: number): fc.Arbitrary<Uint8Array> =>
  fc.nat(most).map((length) => new Uint8Array(length).fill(7));
/** A data frame. */
const data = (
  id: string,
  place: number,
  bytes: Uint8Array,
  ends = false,
  opens?: string,
): Frame => {
  const frame = { kind: 'data', id, place, ends, bytes } as const;
  return opens === undefined ? frame : { ...frame, opens };
};
const frameOf = (ids: fc.Arbitrary<string>, most: number): fc.Arbitrary<Frame> =>
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc
        .record({
          id: ids,
          place: fc.oneof(
            { weight: 30, arbitrary: fc.nat(4) },
            fc.nat(2 * PLACES),
            fc.nat(0xffff_ffff),
          ),
          name: fc.option(fc.string({ minLength: 1, maxLength: 16 }), { nil: undefined }),
          ends: fc.nat(9).map((n) => n === 0),
          bytes: anyBytes(most),
        })
        .map((drawn) => {
          const says = drawn.bytes.length > 0 || drawn.name !== undefined;
          return data(drawn.id, drawn.place, drawn.bytes, drawn.ends || !says, drawn.name);
        }),
    },
    fc.record({
      kind: fc.constant('credit' as const),
      id: ids,
      limit: fc.maxSafeNat(),
    }),
    fc.record({
      kind: fc.constant('reset' as const),
      id: ids,
      reason: fc.constantFrom('refused' as const, 'unknown' as const, 'restarted' as const),
    }),
    fc.constant<Frame>({ kind: 'restart' }),
  );

test('frames come back as they were, and any bytes get a value or a reason', () => {
  fc.assert(
    fc.property(fc.array(frameOf(anyId, 300), { maxLength: 20 }), (frames) => {
      expect(decodeFrames(encodeFrames(frames))).toEqual({ ok: true, value: frames });
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (any) => {
      const read = decodeFrames(any);
      if (read.ok) expect(encodeFrames(read.value)).toEqual(any);
      else expect(read.error.code).toMatch(/^frame-(length|kind|value|count)$/u);
    }),
  );
});

test('each refusal has its code', () => {
  const good = encodeFrames([data('00'.repeat(8), 0, new Uint8Array(3), false, 'x')]);
  const changed = (at: number, value: number): Uint8Array => {
    const copy = good.slice();
    copy[at] = value;
    return copy;
  };
  const code = (any: Uint8Array): string => {
    const read = decodeFrames(any);
    return read.ok ? 'ok' : read.error.code;
  };
  expect(code(good)).toBe('ok');
  expect(code(changed(0, 0))).toBe('frame-kind');
  expect(code(changed(0, 5))).toBe('frame-kind');
  expect(code(changed(9, 5))).toBe('frame-value');
  expect(code(changed(14, 0))).toBe('frame-value');
  expect(code(changed(15, 0xff))).toBe('frame-value');
  expect(code(good.subarray(0, -1))).toBe('frame-length');
  expect(code(Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0, 0))).toBe('frame-value');
  expect(code(new Uint8Array(MAX_FRAMES).fill(4))).toBe('ok');
  expect(code(new Uint8Array(MAX_FRAMES + 1).fill(4))).toBe('frame-count');
  const empty: Frame = {
    kind: 'data',
    id: '00'.repeat(8),
    place: 3,
    ends: false,
    bytes: new Uint8Array(0),
  };
  expect(code(encodeFrames([empty]))).toBe('frame-value');
});

test('whatever a peer sends, what is kept stays within the windows of the channels that may be open', () => {
  let most = 0;
  fc.assert(
    fc.property(
      fc.array(fc.array(frameOf(fc.oneof(fewIds, anyId), 20_000), { maxLength: 8 }), {
        maxLength: 30,
      }),
      fc.boolean(),
      (messages, reads) => {
        const channels = new Channels();
        let number = 0;
        for (const frames of messages) {
          channels.receive(number++, encodeFrames(frames));
          for (let event = channels.poll(); event !== undefined; event = channels.poll()) {
            if (reads && event.kind === 'readable') channels.read(event.channel, 1000);
          }
          expect(channels.size).toBeLessThanOrEqual(MAX_OPEN);
          expect(channels.held).toBeLessThanOrEqual(channels.size * WINDOW_BYTES);
          most = Math.max(most, channels.held);
          const leaves = channels.take(900);
          if (leaves !== undefined) channels.acked(leaves);
        }
      },
    ),
    { numRuns: 60, seed: 4 },
  );
  // Planted: had the bound never been near, it would not have been tried.
  expect(most).toBeGreaterThan(WINDOW_BYTES / 2);
});

test('each thing that no honest peer sends ends the channel and no other, and the peer is told', () => {
  const one = new Uint8Array(1);
  const cases: ((channel: string) => Frame[])[] = [
    (channel) => [data(channel, PLACES + 1, one)],
    (channel) => [data(channel, 0, one)],
    (channel) => [1, 2].map((place) => data(channel, place, new Uint8Array(40_000))),
    (channel) => [data(channel, 2, one, true), data(channel, 3, one)],
    (channel) => [data(channel, 3, one), data(channel, 2, one, true)],
    (channel) => [1, 2].map((place) => data(channel, place, one, true)),
  ];
  for (const wrong of cases) {
    const { a, b } = new Line();
    const [bad, good] = ['aa'.repeat(8), 'bb'.repeat(8)];
    const opening = [bad, good].map((each) => data(each, 0, one, false, 'x'));
    b.channels.receive(0, encodeFrames(opening));
    b.news();
    b.channels.receive(1, encodeFrames(wrong(bad)));
    expect(b.news().at(-1)).toEqual({ kind: 'reset', channel: bad, reason: 'violation' });
    expect(b.channels.size).toBe(1);
    expect(b.channels.take(900)?.frames).toEqual([{ kind: 'reset', id: bad, reason: 'violation' }]);
    expect(a.channels.idle).toBe(true);
  }
});

test('frames of channels that nobody knows are answered once, and a flood of them not at all', () => {
  const channels = new Channels();
  const unknown = (n: number): Frame => ({
    kind: 'data',
    id: n.toString(16).padStart(16, '0'),
    place: 1,
    ends: false,
    bytes: new Uint8Array(1),
  });
  channels.receive(0, encodeFrames([unknown(1)]));
  channels.receive(1, encodeFrames([unknown(1)]));
  expect(channels.take(900)?.frames).toEqual([
    { kind: 'reset', id: unknown(1).kind === 'data' ? '0000000000000001' : '', reason: 'unknown' },
  ]);
  for (let i = 2; i < 2000; i++) channels.receive(i, encodeFrames([unknown(i)]));
  expect(channels.pending).toBeLessThan(1000);
  // A reset of what is unknown is never answered, or two would answer each other for ever.
  const quiet = new Channels();
  quiet.receive(0, encodeFrames([{ kind: 'reset', id: '0000000000000001', reason: 'unknown' }]));
  expect(quiet.idle).toBe(true);
});
