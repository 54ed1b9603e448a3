import { Directory } from '@sotto/directory';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import type { Instant } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { directoryCases, type DirectoryLike, proofOf } from './directory-cases.ts';
import {
  at,
  credulous,
  descriptor,
  flipped,
  HOUR,
  NOW,
  parameters,
  suite,
} from './sample-network.ts';

const sound = () => new Directory({ suite, parameters });

test.each(directoryCases)('$name', ({ run }) => run(sound), 60_000);

/** Directories with one fault each; the cases must find every one of them. */
/** What a fault does, the directory that has it, and a case that must find it. */
const broken: readonly (readonly [string, () => DirectoryLike, RegExp])[] = [
  [
    'checks no signature',
    () => new Directory({ suite: credulous, parameters }),
    /^every byte|another key/u,
  ],
  [
    'takes back an older descriptor',
    () =>
      new (class extends Directory {
        override add(now: Instant, bytes: Uint8Array) {
          const answer = super.add(now, bytes);
          return answer.code === 'stale'
            ? { verdict: 'accept' as const, code: 'replaced' as const }
            : answer;
        }
      })({ suite, parameters }),
    /^only a higher sequence/u,
  ],
  [
    'lists who has been convicted',
    () =>
      new (class extends Directory {
        readonly #before = new Directory({ suite, parameters });
        override add(now: Instant, bytes: Uint8Array) {
          if (this.#before.size < 2) this.#before.add(now, bytes);
          return super.add(now, bytes);
        }
        override entries(now: Instant) {
          return this.proofs(now).length > 0 ? this.#before.entries(now) : super.entries(now);
        }
      })({ suite, parameters }),
    /convict their signer/u,
  ],
  [
    'never expires',
    () =>
      new (class extends Directory {
        override entries() {
          return super.entries(NOW);
        }
      })({ suite, parameters }),
    /^an entry ends/u,
  ],
  [
    'has no bound',
    () =>
      new (class extends Directory {
        readonly #more = new Directory({ suite, parameters });
        override add(now: Instant, bytes: Uint8Array) {
          const answer = super.add(now, bytes);
          return answer.code === 'full' ? this.#more.add(now, bytes) : answer;
        }
      })({ suite, parameters }),
    /^memory is bounded/u,
  ],
  [
    'punishes a peer for what it could not know',
    () =>
      new (class extends Directory {
        override add(now: Instant, bytes: Uint8Array) {
          const answer = super.add(now, bytes);
          return answer.code === 'stale' ? { ...answer, verdict: 'reject' as const } : answer;
        }
      })({ suite, parameters }),
    /^only a higher sequence/u,
  ],
];

test.each(broken)(
  'a directory that %s is found out',
  (_fault, make, finder) => {
    const failed = directoryCases.filter(({ run }) => {
      try {
        run(make);
        return false;
      } catch {
        return true;
      }
    });
    expect(failed.map(({ name }) => name).some((name) => finder.test(name))).toBe(true);
    // The fault and not its network is what is found: some cases have nothing to say about it.
    expect(failed.length).toBeLessThan(directoryCases.length);
  },
  60_000,
);

test('any bytes are answered, counted and leave no trace', () => {
  const valid = descriptor(1);
  const proof = proofOf(valid, descriptor(1, { addresses: [] }));
  const mutated = (from: Uint8Array) =>
    fc
      .array(fc.tuple(fc.nat(from.length - 1), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 1,
      })
      .map((flips) => flips.reduce((bytes, [i, mask]) => flipped(bytes, i, mask), from));
  const d = sound();
  let sent = 0;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 5000 }),
        fc
          .uint8Array({ maxLength: 5000 })
          .map((bytes) => (bytes.length > 0 ? bytes.fill(0x81, 0, 1) : bytes)),
        mutated(valid),
        mutated(proof),
      ),
      (bytes) => {
        expect(d.receive(NOW, bytes).verdict).not.toBe('accept');
        sent++;
      },
    ),
    { numRuns: 500 },
  );
  expect(d.size).toBe(0);
  expect(Object.values(d.counts()).reduce((sum, count) => sum + count, 0)).toBe(sent);
});

test('the next change of the list is told in advance', () => {
  const d = sound();
  expect(d.nextAt(NOW)).toBeUndefined();
  d.add(NOW, descriptor(1, { expiresAt: at(2 * HOUR) }));
  d.add(NOW, descriptor(2, { expiresAt: at(HOUR) }));
  expect(d.nextAt(NOW)).toBe(at(HOUR));
  expect(d.nextAt(at(HOUR))).toBe(at(2 * HOUR));
  expect(d.expire(at(HOUR))).toBe(0);
  expect(d.expire(at(parameters.descriptorLifeMicros))).toBe(2);
});

test('parameters that are none are refused at once', () => {
  expect(() => new Directory({ suite, parameters: { ...parameters, maxNodes: 0 } })).toThrow(
    '"maxNodes"',
  );
});

test('a second identity under a taken name is refused, as a descriptor and by proof', () => {
  // 2^64 draws find two such identities; here the hash for names is cut to nothing.
  const colliding = Object.create(suite, {
    blake2b: {
      value: (out: Uint8Array, message: Uint8Array, key?: Uint8Array) => {
        if (key === LABELS.nodeName) out.fill(7);
        else suite.blake2b(out, message, key);
      },
    },
  }) as CryptoSuite;
  const d = new Directory({ suite: colliding, parameters });
  expect(d.add(NOW, descriptor(1)).code).toBe('new');
  expect(d.add(NOW, descriptor(2, { sequence: 2 }))).toEqual({
    verdict: 'ignore',
    code: 'name-taken',
  });
  const proof = proofOf(descriptor(2), descriptor(2, { addresses: [] }));
  expect(d.addProof(NOW, proof)).toEqual({ verdict: 'ignore', code: 'name-taken' });
  expect(d.entries(NOW).map(({ sequence }) => sequence)).toEqual([1]);
});
