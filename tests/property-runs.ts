import type { Parameters } from 'fast-check';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Cases of a property: 200, or 10,000 in `npm run test:long`. */
    propertyRuns: number;
    /** Whether this is `npm run test:long`: tests that are sized by samples take more of them. */
    long: boolean;
  }
}

/**
 * How often a property of the packet is tried: 200 cases in `npm test`, always the same ones; 10,000
 * in `npm run test:long`, others each time. A failure prints the seed that brings it back.
 *
 * @param share - of these, for a property that counts several packets as one case.
 */
export function propertyRuns<T>(share = 1): Parameters<T> {
  const numRuns = Math.max(1, Math.round(inject('propertyRuns') * share));
  return inject('long') ? { numRuns } : { numRuns, seed: 1 };
}
