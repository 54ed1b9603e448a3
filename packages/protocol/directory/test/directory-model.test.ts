import { decodeDescriptor, Directory, networkId } from '@sotto/directory';
import { type Instant, instant, toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  descriptor,
  flipped,
  HOUR,
  identity,
  NOW,
  parameters,
  routingKey,
  SECOND,
  suite,
} from './sample-network.ts';

const IDENTITIES = 4;
const small = { ...parameters, maxNodes: 3 };

/** One descriptor that may turn up, and what the model has to know of it. */
interface Candidate {
  readonly who: number;
  readonly sequence: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly variant: number;
  readonly forged: boolean;
  readonly farewell: boolean;
  readonly bytes: Uint8Array;
}

/**
 * Issue times rise with sequence numbers for even identities; odd ones issue all at once.
 * Later ones live shorter, so that an older one is still live when a newer one has run out.
 */
const candidates: readonly Candidate[] = Array.from(
  { length: IDENTITIES },
  (_, i) => i + 1,
).flatMap((who) =>
  [1, 2, 3].flatMap((sequence) =>
    [0, 1].flatMap((variant) => {
      const issuedAt = NOW + (who % 2 === 0 ? sequence * HOUR : 0);
      const expiresAt = issuedAt + (10 - 3 * sequence + variant) * HOUR;
      const farewell = sequence === 2;
      const bytes = descriptor(who, {
        networkId: networkId(suite, small),
        sequence,
        issuedAt: instant(issuedAt),
        expiresAt: instant(expiresAt),
        firstEpoch: Math.floor((issuedAt - parameters.originMicros) / parameters.epochMicros),
        routingKeys: [routingKey(who, 1), routingKey(who, 2)].slice(0, farewell ? 1 : 2),
      });
      const made = { farewell, who, sequence, issuedAt, expiresAt, variant };
      return [
        { ...made, forged: false, bytes },
        // Another variant of the body, whose signature is therefore nobody's.
        { ...made, variant: variant + 2, forged: true, bytes: flipped(bytes, bytes.length - 70) },
      ];
    }),
  ),
);

/** The rules of Spec 07 §5.2 said once more, on plain records, with a list that is searched. */
class Model {
  #slots: { who: number; until: number; since: number; held?: Candidate }[] = [];

  add(now: number, c: Candidate): string {
    this.#slots = this.#slots.filter((slot) => slot.until > now);
    if (c.issuedAt > now + small.clockSkewMicros) return 'future';
    if (c.expiresAt <= now) return 'expired';
    const slot = this.#slots.find(({ who }) => who === c.who);
    if (slot === undefined) {
      if (this.#slots.length >= small.maxNodes) return 'full';
      if (c.forged) return 'forged';
      const until = c.issuedAt + small.descriptorLifeMicros;
      this.#slots.push({ who: c.who, until, since: now, held: c });
      return 'new';
    }
    const { held } = slot;
    if (held === undefined) return 'banned';
    if (held.sequence === c.sequence && held.variant === c.variant) return 'known';
    if (c.sequence < held.sequence) return 'stale';
    const early =
      c.issuedAt < held.issuedAt + small.reissueMicros && now < slot.since + small.reissueMicros;
    const back = held.farewell && !c.farewell;
    if (c.sequence > held.sequence && early && !back) return 'too-soon';
    if (c.forged) return 'forged';
    if (c.sequence === held.sequence) {
      slot.until = Math.max(held.issuedAt, c.issuedAt) + small.descriptorLifeMicros;
      delete slot.held;
      slot.since = now;
      return 'equivocation';
    }
    slot.until = c.issuedAt + small.descriptorLifeMicros;
    slot.held = c;
    slot.since = now;
    return 'replaced';
  }

  listed(now: number): string[] {
    return this.#slots
      .flatMap(({ held }) => (held !== undefined && held.expiresAt > now ? [held] : []))
      .map((held) => `${toHex(identity(held.who).publicKey)} ${held.sequence} ${held.expiresAt}`)
      .sort();
  }
}

const listed = (d: Directory, now: Instant) =>
  d
    .entries(now)
    .map((entry) => `${toHex(entry.identityKey)} ${entry.sequence} ${entry.expiresAt}`)
    .sort();

const anySteps = fc.array(
  fc.record({
    candidate: fc.nat(candidates.length - 1),
    wait: fc.oneof(
      fc.constant(0),
      fc.integer({ min: 1, max: 60 * SECOND }),
      fc.integer({ min: 1, max: 3 * HOUR }),
      fc.integer({ min: 1, max: 30 * HOUR }),
    ),
  }),
  { minLength: 1, maxLength: 30 },
);

function compare(make: () => Directory, numRuns: number): void {
  fc.assert(
    fc.property(anySteps, (steps) => {
      const model = new Model();
      const d = make();
      let now = NOW;
      for (const { candidate, wait } of steps) {
        now = instant(now + wait);
        const c = candidates[candidate];
        if (c === undefined) throw new Error('no such candidate');
        expect(d.add(now, c.bytes).code).toBe(model.add(now, c));
        expect(listed(d, now)).toEqual(model.listed(now));
        expect(d.size).toBeLessThanOrEqual(small.maxNodes);
      }
    }),
    { numRuns },
  );
}

test('the candidates are what the model thinks they are', () => {
  for (const c of candidates) expect(decodeDescriptor(c.bytes).ok).toBe(true);
});

test('a directory does what its rules say, whatever comes in whatever order', () => {
  compare(() => new Directory({ suite, parameters: small }), 200);
});

test('a directory that forgets a node with its descriptor differs from the model', () => {
  class Forgetful extends Directory {
    #inner = new Directory({ suite, parameters: small });
    override add(now: Instant, bytes: Uint8Array) {
      const kept = this.#inner.snapshot(now);
      this.#inner = new Directory({ suite, parameters: small });
      for (const old of kept) this.#inner.add(now, old);
      return this.#inner.add(now, bytes);
    }
    override entries(now: Instant) {
      return this.#inner.entries(now);
    }
  }
  expect(() => compare(() => new Forgetful({ suite, parameters: small }), 2000)).toThrow(
    'Property failed',
  );
});
