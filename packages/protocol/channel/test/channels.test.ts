import { Channels, encodeFrames, MAX_OPEN, SEND_BUFFER_BYTES, WINDOW_BYTES } from '@sotto/channel';
import { concat, toUtf8 } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Line } from './line.ts';

const bytesOf = (length: number, from = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => ((i + from) * 31) & 255);

test('what is written on either side is read on the other in its order, then the end', () => {
  const line = new Line();
  const { a, b } = line;
  const id = a.open('talk');
  line.rest();
  expect(b.news()).toEqual([{ kind: 'opened', channel: id, name: 'talk' }]);
  a.write(id, toUtf8('question'));
  line.rest();
  expect(b.news()).toEqual([{ kind: 'readable', channel: id }]);
  expect(b.read(id)).toEqual({ bytes: toUtf8('question'), ended: false });
  a.channels.end(id);
  expect(a.channels.write(id, bytesOf(1))).toEqual({
    ok: false,
    error: { code: 'channel-ended' },
  });
  line.rest();
  // One side has ended, the other goes on.
  expect(b.read(id)).toEqual({ bytes: new Uint8Array(0), ended: true });
  b.write(id, toUtf8('answer'));
  b.channels.end(id);
  line.rest();
  expect(a.read(id)).toEqual({ bytes: toUtf8('answer'), ended: true });
  expect(a.news().at(-1)).toEqual({ kind: 'closed', channel: id });
  expect(b.news().at(-1)).toEqual({ kind: 'closed', channel: id });
  expect([a.channels.idle, b.channels.idle]).toEqual([true, true]);
  // Who has not heard yet that it is over learns how it ended.
  expect(a.read(id)).toEqual({ bytes: new Uint8Array(0), ended: true });
  expect(a.channels.end(id)).toEqual({ ok: true, value: undefined });
  expect(a.channels.write(id, bytesOf(1))).toMatchObject({ error: { code: 'channel-ended' } });
});

test('streams of any lengths in many channels arrive whole, in whatever order their messages come', () => {
  const stream = fc.record({ length: fc.nat(9000), own: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(stream, { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(255), { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 60, max: 8000 }),
      (streams, draws, room) => {
        let drawn = 0;
        const line = new Line(() => draws[drawn++ % draws.length] ?? 0, room);
        const written = streams.map(({ length, own }, i) => {
          const [from, to] = own ? [line.a, line.b] : [line.b, line.a];
          const id = from.open(`stream ${i}`);
          from.write(id, bytesOf(length, i));
          from.channels.end(id);
          return { id, to, bytes: bytesOf(length, i) };
        });
        line.rest();
        for (const { id, to, bytes } of written) {
          expect(to.read(id)).toEqual({ bytes, ended: true });
        }
      },
    ),
    { numRuns: 40, seed: 5 },
  );
});

test('a reader who does not read is sent no more than the window, and a writer waits', () => {
  const line = new Line();
  const { a, b } = line;
  const id = a.open('much');
  const all = bytesOf(3 * WINDOW_BYTES);
  let written = 0;
  const write = (): void => {
    const taken = a.channels.write(id, all.subarray(written));
    if (taken.ok) written += taken.value;
  };
  write();
  expect(written).toBe(SEND_BUFFER_BYTES);
  line.rest();
  expect(a.news()).toEqual([{ kind: 'writable', channel: id }]);
  write();
  line.rest();
  // The window is full on the other side, the buffer on this one.
  expect([written, b.channels.held]).toEqual([WINDOW_BYTES + SEND_BUFFER_BYTES, WINDOW_BYTES]);
  expect(a.channels.pending).toBe(0);
  const got: Uint8Array[] = [];
  while (written < all.length || a.channels.pending > 0 || b.channels.held > 0) {
    got.push(b.read(id, 40_000).bytes);
    line.rest();
    if (a.news().some(({ kind }) => kind === 'writable')) write();
  }
  expect(concat(...got)).toEqual(all);
  expect(line.mostHeld).toBe(WINDOW_BYTES);
});

test('a small word is not behind a large one of another channel', () => {
  const line = new Line();
  const { a } = line;
  const photo = a.open('photo');
  a.write(photo, bytesOf(60_000));
  line.depart();
  const word = a.open('word');
  a.write(word, toUtf8('stop'));
  const next = a.channels.take(900);
  expect(next?.frames.map(({ kind }) => kind)).toEqual(['data']);
  expect(a.channels.take(900)?.frames[0]).toMatchObject({ id: word, bytes: toUtf8('stop') });
});

test('a channel is cut off from either side, and only it', () => {
  const line = new Line();
  const { a, b } = line;
  const [first, second] = [a.open('one'), a.open('two')];
  line.rest();
  a.write(first, bytesOf(100));
  a.write(second, bytesOf(100));
  expect(a.channels.reset(first, 'cancelled')).toBe(true);
  expect(a.channels.reset(first, 'cancelled')).toBe(false);
  line.rest();
  expect(b.news().slice(2)).toEqual([
    { kind: 'reset', channel: first, reason: 'cancelled' },
    { kind: 'readable', channel: second },
  ]);
  const cut = { error: { code: 'channel-reset', reason: 'cancelled' } };
  expect(b.channels.read(first, 10)).toMatchObject(cut);
  expect([a.channels.write(first, bytesOf(1)), a.channels.end(first)]).toMatchObject([cut, cut]);
  expect(b.channels.read('none', 10)).toMatchObject({ error: { code: 'unknown-channel' } });
  b.channels.reset(second, 'refused');
  line.rest();
  expect(a.news()).toEqual([{ kind: 'reset', channel: second, reason: 'refused' }]);
  expect([a.channels.idle, b.channels.idle]).toEqual([true, true]);
});

test('so many are open at a time and no more, on each side for itself', () => {
  const line = new Line();
  const { a, b } = line;
  const ids = Array.from({ length: MAX_OPEN }, (_, i) => a.open(`n ${i}`));
  expect(a.channels.open(a.rng, 'more')).toEqual({
    ok: false,
    error: { code: 'too-many-channels' },
  });
  line.rest();
  expect(b.news()).toHaveLength(MAX_OPEN);
  b.open('of one’s own');
  a.channels.reset(ids[0] ?? '', 'cancelled');
  a.open('another');
  line.rest();
  expect(b.channels.size).toBe(MAX_OPEN + 1);
  for (const name of ['', 'x'.repeat(65)]) {
    expect(() => a.channels.open(a.rng, name)).toThrow('"name"');
  }
});

test('what was never acknowledged ends its channels on both sides, and others go on', () => {
  const line = new Line();
  const { a, b } = line;
  const [torn, whole] = [a.open('torn'), a.open('whole')];
  line.rest();
  a.write(torn, bytesOf(50));
  line.depart();
  line.lose();
  expect(a.news()).toEqual([{ kind: 'reset', channel: torn, reason: 'given-up' }]);
  a.write(whole, bytesOf(50));
  line.rest();
  expect(b.news().slice(2)).toEqual([
    { kind: 'reset', channel: torn, reason: 'given-up' },
    { kind: 'readable', channel: whole },
  ]);
});

test('a credit that was lost is told again', () => {
  const line = new Line();
  const { a, b } = line;
  const id = a.open('much');
  a.write(id, bytesOf(SEND_BUFFER_BYTES));
  line.rest();
  b.read(id);
  line.depart();
  line.lose();
  expect(b.channels.pending).toBeGreaterThan(0);
  line.rest();
  a.write(id, bytesOf(1000));
  line.rest();
  expect(b.read(id).bytes).toEqual(bytesOf(1000));
});

test('a program that starts anew ends all channels of its earlier life, whatever was on its way', () => {
  const line = new Line();
  const { a, b } = line;
  const [ofA, ofB] = [a.open('from a'), b.open('from b')];
  // Bob has the second part of a channel whose first his earlier life has taken.
  a.write(ofA, bytesOf(100));
  line.depart();
  line.arrive();
  line.forget();
  b.channels = new Channels(true);
  expect(b.channels.idle).toBe(false);
  a.write(ofA, bytesOf(100));
  line.rest();
  expect(a.news()).toContainEqual({ kind: 'reset', channel: ofA, reason: 'restarted' });
  expect(a.channels.idle).toBe(true);
  expect(b.channels.idle).toBe(true);
  // And what the earlier life had sent comes too late.
  const late = encodeFrames([
    { kind: 'data', id: ofB, place: 0, opens: 'from b', ends: false, bytes: bytesOf(3) },
  ]);
  expect(a.channels.receive(-1, late)).toEqual({ ok: false, error: { code: 'channel-stale' } });
  const again = b.open('again');
  line.rest();
  expect(a.news().at(-1)).toEqual({ kind: 'opened', channel: again, name: 'again' });
});
