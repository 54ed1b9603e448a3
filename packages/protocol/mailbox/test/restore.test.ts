import { toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRng, suite } from '../../mixing/test/seeded-rng.ts';
import { boxOf, ContactPoint, GuardBoxes, type StoredEntry } from '../src/index.ts';
import {
  apply,
  at,
  DAY,
  drain,
  entriesOf,
  fetchOf,
  mailIn,
  mailOf,
  parameters,
  point,
  SECOND,
  secretOf,
} from './aggregation-cases.ts';

const hex = (bytes: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((some) => toHex(some));
const keys = fc
  .tuple(
    fc.constantFrom('alias', 'mail', 'contact', 'stash', 'bundle', 'client', 'guard', 'other'),
    fc.array(fc.oneof(hex(16), hex(6), hex(1), fc.string()), { maxLength: 3 }),
  )
  .map((parts) => parts.flat().join('/'));
const values = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .tuple(fc.constantFrom(9, 10, 43, 268, 1097, 700), fc.nat({ max: 255 }))
    .map(([length, fill]) => {
      const value = new Uint8Array(length).fill(fill);
      value[0] = 1;
      value.fill(0, 1, 3);
      return value;
    }),
);
const entries: fc.Arbitrary<StoredEntry[]> = fc.array(fc.record({ key: keys, value: values }), {
  maxLength: 30,
});

test('whatever stands in the store, a service starts, and deletes only keys that are its own', () => {
  const services = () => {
    const rng = seededRng(1);
    const epochs = { originMicros: 0, epochMicros: DAY, horizonEpochs: 8, graceMicros: 0 };
    return [
      { own: /^(alias|mail)\//u, service: point() },
      { own: /^(client|guard)\//u, service: new GuardBoxes({ suite, parameters }) },
      {
        own: /^(contact|stash|bundle)\//u,
        service: new ContactPoint({ suite, rng, parameters: { ...parameters, ...epochs } }),
      },
    ];
  };
  fc.assert(
    fc.property(entries, (stored) => {
      for (const { own, service } of services()) {
        service.restore(at(20 * DAY), stored);
        service.wake(at(20 * DAY));
        for (const { key, value } of drain(service).entries) {
          expect(key).toMatch(own);
          expect(value).toBeUndefined();
        }
      }
    }),
    { numRuns: 300 },
  );
});

/** Requests and mail come while stored mail is still being read. @param early - the fault: answers begin before. */
function restoreInParts(early: boolean): {
  readonly before: (number | undefined)[];
  readonly after: (number | undefined)[];
  readonly left: string[];
} {
  const box = boxOf(suite, secretOf(1));
  const store = new Map<string, Uint8Array>();
  const earlier = point();
  earlier.fetch(at(0), fetchOf(1));
  for (const n of [4, 3, 2, 1]) earlier.deliver(at((5 - n) * 7200 * SECOND), box, mailOf(n));
  apply(store, drain(earlier).entries);
  const stored = entriesOf(store).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const isMail = ({ key }: StoredEntry): boolean => key.startsWith('mail/');
  const mails = stored.filter(isMail);

  const made = point();
  const start = 40_000 * SECOND;
  made.beginRestore();
  made.restorePart(
    at(start),
    stored.filter((entry) => !isMail(entry)),
  );
  if (early) made.endRestore(at(start));
  made.fetch(at(start), fetchOf(1, [1, 2, 3, 4, 5], [2, 3]));
  expect(made.deliver(at(start), box, mailOf(9)).ok).toBe(true);
  made.wake(at(start + 100 * SECOND));
  const before = drain(made);
  apply(store, before.entries);
  made.restorePart(at(start + 101 * SECOND), mails.slice(0, 2));
  made.restorePart(at(start + 102 * SECOND), mails.slice(2));
  made.endRestore(at(start + 103 * SECOND));
  for (let tick = 1; tick <= 6; tick++) made.wake(at(start + (103 + 60 * tick) * SECOND));
  const after = drain(made);
  apply(store, after.entries);
  return {
    before: before.runs.map(mailIn),
    after: after.runs.map(mailIn),
    left: [...store.keys()].filter((key) => key.startsWith('mail/')),
  };
}

test('while stored mail is read nothing is answered; what is deleted meanwhile stays deleted; then the oldest goes first', () => {
  const { before, after, left } = restoreInParts(false);
  expect(before).toEqual([]);
  expect(after).toEqual([4, 1, 9, undefined, undefined]);
  expect(left.length).toBe(3);
});

test('planted: a point that answers before all is read says “empty” of an alias that has mail', () => {
  expect(restoreInParts(true).before).not.toEqual([]);
});
