import { open } from '@sotto/sodium/native';
import type { Session } from '@sotto/ratchet';
import { err, ok, toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { forgetful, leak, mistake, schedules, startOf, type Theft } from './schedule.ts';

const suite = await open();
const start = startOf(suite, 20);
/** Schedules of each property: thousands in the long run. */
const RUNS = inject('long') ? 3000 : 25;

test('whatever is lost, late or repeated, each message opens once and says what was sealed', () => {
  fc.assert(
    fc.property(schedules(200), (steps) => {
      expect(mistake(suite, start, steps)).toBeUndefined();
    }),
    { numRuns: RUNS, seed: 9 },
  );
});

const thefts: fc.Arbitrary<Omit<Theft, 'quantum'>> = fc.record({
  after: fc.nat(60),
  victim: fc.constantFrom('a', 'b'),
});

test.each([
  ['a thief', false],
  ['a thief who breaks X25519', true],
] as const)(
  '%s reads nothing of before, what the state reaches, and nothing once the ratchet has turned',
  (_, quantum) => {
    const tally = { read: 0, closed: 0 };
    fc.assert(
      fc.property(schedules(200), thefts, (steps, theft) => {
        expect(leak(suite, start, steps, { ...theft, quantum }, tally)).toBeUndefined();
      }),
      { numRuns: RUNS, seed: 9 },
    );
    expect(tally.read).toBeGreaterThan(2 * RUNS);
    expect(tally.closed).toBeGreaterThan(2 * RUNS);
  },
);

/** Whether the property finds a fault within its runs. */
function found(planted: {
  readonly at?: number;
  readonly kept?: boolean;
  readonly quantum: boolean;
}): boolean {
  const { at, kept = false, quantum } = planted;
  const weak = at === undefined ? suite : forgetful(suite, at);
  const property = fc.property(
    schedules(200),
    thefts,
    (steps, theft) => leak(weak, start, steps, { ...theft, quantum, kept }) === undefined,
  );
  return fc.check(property, { numRuns: 60, seed: 9, endOnFailure: true }).failed;
}

test('a root without Diffie–Hellman, one without the KEM, and keys that are kept are found', () => {
  expect(found({ quantum: false, at: 32 })).toBe(true);
  expect(found({ quantum: true, at: 64 })).toBe(true);
  expect(found({ quantum: false, kept: true })).toBe(true);
});

/** Passes everything on but what `open` changes. */
const withOpen = (inner: Session, open_: Session['open']): Session => ({
  version: inner.version,
  id: inner.id,
  peerIdentity: inner.peerIdentity,
  seal: (rng, plaintext, length) => inner.seal(rng, plaintext, length),
  skip: (count) => inner.skip(count),
  open: open_,
  export: () => inner.export(),
  wipe: () => inner.wipe(),
});

test('a session that takes a repeat, and one that forgets what is late, are found', () => {
  const takesRepeats = (inner: Session): Session => {
    const texts = new Map<string, Uint8Array>();
    return withOpen(inner, (sealed) => {
      const result = inner.open(sealed);
      if (result.ok) texts.set(toHex(sealed), result.value);
      const before = texts.get(toHex(sealed));
      return before === undefined ? result : ok(before);
    });
  };
  const forgetsLate = (inner: Session): Session => {
    let newest = -1;
    return withOpen(inner, (sealed) => {
      const result = inner.open(sealed);
      if (!result.ok) return result;
      const index = ((result.value[1] ?? 0) << 8) | (result.value[2] ?? 0);
      if (index < newest) return err({ code: 'duplicate' });
      newest = index;
      return result;
    });
  };
  for (const planted of [takesRepeats, forgetsLate]) {
    const property = fc.property(
      schedules(200),
      (steps) => mistake(suite, start, steps, planted) === undefined,
    );
    expect(fc.check(property, { numRuns: 60, seed: 9, endOnFailure: true }).failed).toBe(true);
  }
});
