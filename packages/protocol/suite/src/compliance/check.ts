import { equalBytes, fromHex, toHex } from '@sotto/wire';
import type { CryptoSuite } from '../suite.ts';

/** One thing that every backend must do. `run` throws an Error that says what differed. */
export interface ComplianceCase {
  readonly name: string;
  readonly run: (suite: CryptoSuite) => void;
}

/** Bytes of a vector. */
export function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === undefined) throw new Error(`the vector is not hexadecimal: ${text}`);
  return bytes;
}

/** `length` bytes that differ from their neighbours and with `start`. */
export const pattern = (length: number, start: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (start + i * 151 + (i >>> 8) * 7) & 255);

/** A copy with one bit turned over. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice();
  out[bit >>> 3] = (out[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
  return out;
}

/** Fails unless both byte strings are the same. */
export function expectBytes(what: string, got: Uint8Array, expected: Uint8Array): void {
  if (!equalBytes(got, expected)) {
    throw new Error(`${what}: expected ${toHex(expected)}, got ${toHex(got)}`);
  }
}

/** Fails if both byte strings are the same. */
export function expectOther(what: string, got: Uint8Array, other: Uint8Array): void {
  if (equalBytes(got, other)) throw new Error(`${what}: expected anything but ${toHex(other)}`);
}

/** Fails unless the outcome is the expected one. */
export function expectOutcome(what: string, got: boolean, expected: boolean): void {
  if (got !== expected) throw new Error(`${what}: expected ${expected}, got ${got}`);
}

/** Fails unless `call` throws the RangeError that names `argument`. */
export function expectRefusal(what: string, argument: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    if (error instanceof RangeError && error.message.startsWith(`"${argument}" expected `)) return;
    throw new Error(`${what}: expected a RangeError about "${argument}"`, { cause: error });
  }
  throw new Error(`${what}: a wrong length of "${argument}" was accepted`);
}

/**
 * A copy of `bytes` in the middle of a larger buffer, off every boundary. `intact` tells whether
 * the bytes around it are what they were.
 */
export function embedded(
  bytes: Uint8Array,
  offset: number,
): { readonly view: Uint8Array; readonly intact: () => boolean } {
  const buffer = new Uint8Array(offset + bytes.length + 32).fill(0xa5);
  buffer.set(bytes, offset);
  const around = (): Uint8Array =>
    Uint8Array.of(...buffer.subarray(0, offset), ...buffer.subarray(offset + bytes.length));
  return {
    view: buffer.subarray(offset, offset + bytes.length),
    intact: () => around().every((byte) => byte === 0xa5),
  };
}
