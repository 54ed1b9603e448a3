import { FrameLengthGuard } from '@sotto/transport-libp2p';
import { concat } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

/** A yamux frame: version, type, flags, stream, length, then that many bytes of data (type 0). */
function muxFrame(type: number, length: number, data: number): Uint8Array {
  const bytes = new Uint8Array(12 + data);
  bytes[1] = type;
  const view = new DataView(bytes.buffer);
  view.setUint32(4, 1);
  view.setUint32(8, length);
  return bytes;
}

const anyFrame = fc.oneof(
  fc.integer({ min: 0, max: 100 }).map((length) => muxFrame(0, length, length)),
  // Window updates, pings and farewells have a length field, too, but no data.
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
    .map(([type, length]) => muxFrame(type, length, 0)),
);

const firstRefused = (guard: FrameLengthGuard, bytes: Uint8Array, step: number): number => {
  for (let at = 0; at < bytes.length; at += step) {
    if (!guard.allows(bytes.subarray(at, at + step))) return at;
  }
  return -1;
};

test('frames within the bound pass, however they are cut', () => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 20 }),
      fc.integer({ min: 1, max: 50 }),
      (all, step) => {
        expect(firstRefused(new FrameLengthGuard(100), concat(...all), step)).toBe(-1);
      },
    ),
  );
});

test('a longer frame is refused at its header, wherever it comes', () => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 20 }),
      fc.integer({ min: 101, max: 2 ** 32 - 1 }),
      fc.integer({ min: 1, max: 50 }),
      (before, length, step) => {
        const start = concat(...before);
        const bytes = concat(start, muxFrame(0, length, 0));
        const at = firstRefused(new FrameLengthGuard(100), bytes, step);
        expect(at).toBe(Math.floor((bytes.length - 1) / step) * step);
      },
    ),
  );
});
