/**
 * Integer microseconds since the Unix epoch, never decreasing. Given by the driver:
 * wall clock at start plus monotonic time elapsed, so that epochs can be read off it
 * and a stepped wall clock cannot run it backwards. Exact in a double until the year 2255.
 */
export type Instant = number & { readonly __unit: 'Instant' };

/** Microseconds in one millisecond. */
export const MICROS_PER_MS = 1000;

/** Microseconds in one second. */
export const MICROS_PER_SECOND = 1_000_000;

/**
 * Brands a count of microseconds.
 *
 * @throws RangeError when `micros` is not a safe non-negative integer.
 */
export function instant(micros: number): Instant {
  if (!Number.isSafeInteger(micros) || micros < 0) {
    throw new RangeError(`"micros" expected a safe non-negative integer, got ${micros}`);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- brand
  return micros as Instant;
}

/** `at` moved by `micros` (an integer, may be negative but not before zero). */
export const after = (at: Instant, micros: number): Instant => instant(at + micros);
