import { FrameReader } from '@sotto/transport';
import { concat } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

test('frames are the stream cut in equal pieces, however the chunks fall', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 30 }),
      (frameBytes, chunks) => {
        const reader = new FrameReader(frameBytes);
        const frames = chunks.flatMap((chunk) => reader.push(chunk));
        const whole = concat(...chunks);
        expect(frames.every((frame) => frame.length === frameBytes)).toBe(true);
        expect(frames.length).toBe(Math.floor(whole.length / frameBytes));
        expect(concat(...frames)).toEqual(whole.slice(0, frames.length * frameBytes));
        expect(reader.partialBytes).toBe(whole.length % frameBytes);
      },
    ),
  );
});

test('a frame is a copy, also of a chunk that is a Buffer', () => {
  const reader = new FrameReader(4);
  const chunk = Buffer.from([1, 2, 3, 4, 5]);
  const [frame] = reader.push(chunk);
  chunk.fill(0);
  expect(frame).toEqual(Uint8Array.of(1, 2, 3, 4));
  expect(frame?.buffer.byteLength).toBe(4);
});

test('a frame size that is none is refused', () => {
  for (const size of [0, -1, 1.5, Number.NaN]) {
    expect(() => new FrameReader(size)).toThrow(RangeError);
  }
});
