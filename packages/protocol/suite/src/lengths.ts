/**
 * Refuses a byte string of another length: the caller's bug, and in a native backend a read past
 * the end of a buffer. For the writers of backends.
 * @throws RangeError that names the argument, with the length in bytes that was expected.
 */
export function expectLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.byteLength !== length) fail(name, `${length} bytes`, bytes);
}

/**
 * Refuses a byte string shorter than `least` or longer than `most` bytes.
 * @throws RangeError that names the argument.
 */
export function expectLengthBetween(
  name: string,
  bytes: Uint8Array,
  least: number,
  most: number,
): void {
  if (!(bytes.byteLength >= least && bytes.byteLength <= most)) {
    fail(name, `${least} to ${most} bytes`, bytes);
  }
}

// Outside of the checks, so that they stay small enough to be inlined on the packet path.
function fail(name: string, expected: string, bytes: Uint8Array): never {
  throw new RangeError(`"${name}" expected ${expected}, got ${bytes.byteLength}`);
}
