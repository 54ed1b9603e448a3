import { err, ok, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { suite } from '../../mixing/test/seeded-rng.ts';
import {
  boxOf,
  GUARANTEED_MAIL,
  GuardBoxes,
  type GuardLimits,
  MAX_GUARD_MAIL,
} from '../src/index.ts';
import {
  apply,
  at,
  DAY,
  drain,
  entriesOf,
  mailOf,
  parameters,
  secretOf,
} from './aggregation-cases.ts';

const guard = (limits: Partial<GuardLimits> = {}): GuardBoxes =>
  new GuardBoxes({ suite, parameters, limits });
const box = (client: number): Uint8Array => boxOf(suite, secretOf(client));
const keyOf = (client: number): string => toHex(box(client));

test('mail waits for its client in order, and leaves once', () => {
  const made = guard();
  expect(made.deliver(at(0), box(1), mailOf(1))).toEqual(err({ code: 'box-unknown' }));
  expect(made.attach(at(0), secretOf(1))).toEqual(ok({ key: keyOf(1), lost: 0 }));
  expect(made.has(box(1))).toBe(true);
  expect(made.take(keyOf(1))).toBeUndefined();
  for (const n of [1, 2]) expect(made.deliver(at(0), box(1), mailOf(n))).toEqual(ok(undefined));
  expect(made.take(keyOf(2))).toBeUndefined();
  expect([made.take(keyOf(1)), made.take(keyOf(1)), made.take(keyOf(1))]).toEqual([
    mailOf(1),
    mailOf(2),
    undefined,
  ]);
  expect(made.size).toEqual({ boxes: 1, mail: 0, restoreRefused: 0 });
});

test('boxes and mail are bounded: the newcomer is refused', () => {
  const made = guard({ maxBoxes: 2, maxMail: MAX_GUARD_MAIL + 1 });
  made.attach(at(0), secretOf(1));
  made.attach(at(0), secretOf(2));
  expect(made.attach(at(0), secretOf(3))).toEqual(err({ code: 'guard-box-limit' }));
  for (let n = 1; n <= MAX_GUARD_MAIL; n++) made.deliver(at(0), box(1), mailOf(n));
  expect(made.deliver(at(0), box(1), mailOf(999))).toEqual(err({ code: 'guard-box-full' }));
  // Nobody's share is taken by what waits for others.
  for (let n = 1; n <= GUARANTEED_MAIL; n++) {
    expect(made.deliver(at(0), box(2), mailOf(n)).ok).toBe(true);
  }
  expect(made.deliver(at(0), box(2), mailOf(99))).toEqual(err({ code: 'store-full' }));
  expect(made.take(keyOf(1))).toEqual(mailOf(1));
});

test('mail of a client that is away is stored until it is handed over; of an attached one it is not', () => {
  const made = guard();
  const store = new Map<string, Uint8Array>();
  const save = (): string[] => {
    apply(store, drain(made).entries);
    return [...store.keys()].map((key) => key.split('/')[0] ?? '').sort((a, b) => (a < b ? -1 : 1));
  };
  made.attach(at(0), secretOf(1));
  made.deliver(at(0), box(1), mailOf(1));
  expect(save()).toEqual(['client']);
  made.detach(at(1), keyOf(1));
  made.detach(at(1), keyOf(1));
  made.deliver(at(2), box(1), mailOf(2));
  expect(save()).toEqual(['client', 'guard', 'guard']);

  const later = guard();
  store.set('guard/torn', new Uint8Array(3));
  store.set('client/torn', new Uint8Array(3));
  store.set('alias/of-another-part', new Uint8Array(3));
  later.restore(at(DAY), entriesOf(store));
  apply(store, drain(later).entries);
  expect(later.size).toEqual({ boxes: 1, mail: 2, restoreRefused: 2 });
  later.attach(at(DAY), secretOf(1));
  const names = [later.take(keyOf(1)), later.take(keyOf(1))].map((mail) => mail?.name[3]);
  expect(names).toEqual([1, 2]);
  apply(store, drain(later).entries);
  expect([...store.keys()].filter((key) => key.startsWith('guard/'))).toEqual([]);
});

test('a client that stays away for 14 days is forgotten with its mail; an attached one never', () => {
  const made = guard();
  for (const n of [1, 2]) made.attach(at(0), secretOf(n));
  made.deliver(at(0), box(1), mailOf(1));
  made.detach(at(DAY), keyOf(1));
  made.detach(at(15 * DAY - 2), keyOf(2));
  drain(made);
  expect(made.nextAt()).toBe(15 * DAY);
  made.attach(at(15 * DAY - 1), secretOf(2));
  drain(made);
  expect(made.size.boxes).toBe(2);
  made.wake(at(15 * DAY));
  expect(made.size).toEqual({ boxes: 1, mail: 0, restoreRefused: 0 });
  expect(drain(made).entries.every(({ value }) => value === undefined)).toBe(true);
  made.wake(at(100 * DAY));
  expect(made.has(box(2))).toBe(true);
});
