import { after, err, type Instant, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { suite } from '../../mixing/test/seeded-rng.ts';
import { boxOf, DEFAULT_GUARD_LIMITS, ExpiryClock, GuardBoxes } from '../src/index.ts';
import {
  apply,
  at,
  DAY,
  drain,
  entriesOf,
  mailOf,
  parameters,
  secretOf,
  SECOND,
} from './aggregation-cases.ts';

const HOUR = 3_600 * SECOND;
const MINUTE = 60 * SECOND;
const { maxBoxes } = DEFAULT_GUARD_LIMITS;
const box = (client: number): Uint8Array => boxOf(suite, secretOf(client));
const STRANGERS = 10_000;

/** A guard, and the store under it, from which it can begin anew. */
class Bench {
  guard: GuardBoxes;
  readonly store = new Map<string, Uint8Array>();
  readonly #limit: number;

  constructor(limit = maxBoxes) {
    this.#limit = limit;
    this.guard = this.#begun();
  }

  #begun(): GuardBoxes {
    return new GuardBoxes({ suite, parameters, limits: { maxBoxes: this.#limit } });
  }

  /** Its process is killed, and begins again. */
  restart(now: Instant): void {
    apply(this.store, drain(this.guard).entries);
    this.guard = this.#begun();
    this.guard.restore(now, entriesOf(this.store));
  }

  /** A client is attached for so long; one mail comes after it has left when `mail` says so. @returns mails of others lost, undefined when refused. */
  visit(from: number, client: number, micros: number, mail = false): number | undefined {
    const attached = this.guard.attach(at(from), secretOf(client));
    if (!attached.ok) return undefined;
    this.guard.wake(at(from + micros));
    this.guard.detach(at(from + micros), attached.value.key);
    if (mail) this.guard.deliver(at(from + micros), box(client), mailOf(client));
    return attached.value.lost;
  }

  /** A stranger fills the guard with boxes that have mail, each attached for so long. @returns how many got in. */
  flood(from: number, boxes: number, micros = 0): number {
    let taken = 0;
    for (let n = 0; n < boxes; n++) {
      if (this.visit(from + n, STRANGERS + n, micros, true) !== undefined) taken++;
    }
    return taken;
  }
}

test.each([false, true])(
  'a stranger’s boxes with mail keep nobody out, and take neither the box nor the mail of who was here for a day (restarted: %s)',
  (restarted) => {
    const made = new Bench();
    made.visit(0, 1, DAY);
    made.visit(DAY, 2, DAY);
    made.guard.deliver(at(2 * DAY), box(2), mailOf(2));
    if (restarted) made.restart(at(2 * DAY));
    expect(made.flood(2 * DAY, 2 * maxBoxes)).toBe(2 * maxBoxes);
    expect(made.guard.size.boxes).toBe(maxBoxes);
    // Newcomers get in at once, one after another: a stranger's box makes way, with its mail.
    for (let n = 10; n < 20; n++) expect(made.visit(2 * DAY + n * SECOND, n, 0)).toBe(1);
    if (restarted) made.restart(at(3 * DAY));
    // Thirteen days and more after both have left, and still flooded.
    made.flood(15 * DAY - 2 * HOUR, 2 * maxBoxes);
    expect([made.guard.has(box(1)), made.guard.has(box(2))]).toEqual([true, true]);
    const key = toHex(box(2));
    made.guard.attach(at(15 * DAY - HOUR), secretOf(2));
    expect(made.guard.take(key)).toEqual(mailOf(2));
  },
);

test('under six minutes hold nothing; each six hold 84, also over a restart', () => {
  for (const [minutes, held] of [
    [5.9, 0],
    [6, 84],
    [11.9, 84],
    [60, 840],
  ] as const) {
    for (const restarted of [false, true]) {
      const made = new Bench(1);
      made.visit(DAY, 1, minutes * MINUTE);
      const left = DAY + minutes * MINUTE;
      if (restarted) made.restart(at(left));
      // A restart knows the hour in which it left, no more.
      const until = left + held * MINUTE - (restarted ? 2 * HOUR : 0);
      if (until > left) expect(made.visit(until - 1, 2, 0)).toBeUndefined();
      expect(made.visit(left + held * MINUTE, 2, 0)).toBe(0);
    }
  }
});

test('of those that nothing holds the least known goes first, then the one away longest', () => {
  const made = new Bench(3);
  made.visit(0, 1, 2 * HOUR, true);
  made.visit(0, 2, HOUR);
  made.visit(0, 3, HOUR);
  const later = 4 * DAY;
  made.visit(later, 4, 0);
  expect([1, 2, 3, 4].map((n) => made.guard.has(box(n)))).toEqual([true, false, true, true]);
  made.visit(later, 5, 0);
  expect([1, 3, 4, 5].map((n) => made.guard.has(box(n)))).toEqual([true, true, false, true]);
  made.guard.attach(at(later), secretOf(5));
  made.guard.attach(at(later), secretOf(6));
  expect(made.guard.has(box(3))).toBe(false);
  // Its mail goes with it, and is told of.
  expect(made.guard.attach(at(later), secretOf(7))).toMatchObject({ value: { lost: 1 } });
  apply(made.store, drain(made.guard).entries);
  expect([...made.store.keys()].filter((key) => key.includes(toHex(box(1))))).toEqual([]);
  // Who is attached is never put out.
  expect(made.guard.attach(at(later), secretOf(8))).toEqual(err({ code: 'guard-box-limit' }));
});

test('acquaintance is used up while away: who was here for a day cannot keep a box by moments', () => {
  const made = new Bench(1);
  made.visit(0, 1, DAY);
  for (let day = 2; day <= 13; day++) {
    for (let n = 0; n < 48; n++) made.visit(day * DAY + n * 30 * MINUTE, 1, 0);
  }
  expect(made.visit(14.5 * DAY, 2, 0)).toBeUndefined();
  expect(made.visit(15 * DAY, 2, 0)).toBe(0);
});

/** Boxes that newcomers cannot have while a stranger keeps `links` links attached for twenty days, six hours a box. */
function besiege(links: number): number {
  const made = new Bench();
  const turn = 6 * HOUR;
  let next = STRANGERS;
  for (let now = 0; ; now += turn) {
    const keys: string[] = [];
    for (let n = 0; n < links; n++) {
      const attached = made.guard.attach(at(now), secretOf(next++));
      if (attached.ok) keys.push(attached.value.key);
    }
    if (now >= 20 * DAY) break;
    made.guard.wake(at(now + turn));
    for (const key of keys) made.guard.detach(at(now + turn), key);
  }
  let taken = 0;
  for (let n = 0; n < maxBoxes; n++) {
    if (!made.guard.attach(at(20 * DAY + HOUR), secretOf(n)).ok) taken++;
  }
  return taken;
}

test('who keeps the 37 links of one address attached holds 14 boxes for each, and the guard stays open', () => {
  expect(besiege(37)).toBe(37 * 15);
});

test('who keeps those of two addresses for two weeks closes it to newcomers', () => {
  expect(besiege(74)).toBe(maxBoxes);
});

test('a client that stays attached is stored each hour: who is killed has not forgotten it', () => {
  const made = new Bench(1);
  made.guard.attach(at(0), secretOf(1));
  expect(made.guard.nextAt()).toBe(HOUR);
  for (let now = HOUR; now <= 20 * DAY; now += HOUR) made.guard.wake(at(now));
  made.restart(after(at(20 * DAY), 30 * MINUTE));
  expect(made.guard.size.boxes).toBe(1);
  expect(made.visit(33 * DAY, 2, 0)).toBeUndefined();
});

test('a box that an earlier version stored is kept as long as it was, then stored anew', () => {
  const made = new Bench(1);
  const earlier = new Uint8Array(9);
  earlier[0] = 1;
  new DataView(earlier.buffer).setBigUint64(1, BigInt(14 * DAY));
  made.store.set(`client/${toHex(box(1))}`, earlier);
  made.restart(at(DAY));
  expect(made.guard.size).toEqual({ boxes: 1, mail: 0, restoreRefused: 0 });
  expect(made.visit(13 * DAY, 2, 0)).toBeUndefined();
  made.visit(13 * DAY, 1, 0);
  apply(made.store, drain(made.guard).entries);
  const value = made.store.get(`client/${toHex(box(1))}`);
  expect([value?.length, value?.[0], value?.[9]]).toEqual([10, 2, 17]);
  // More steps than there are, and another length: not ours.
  for (const bad of [[2, 0, 0, 0, 0, 0, 0, 0, 1, 241], [2, 0, 0, 0, 0, 0, 0, 0, 1], [3]]) {
    const other = new GuardBoxes({ suite, parameters });
    const key = `client/${toHex(box(1))}`;
    expect(other.restore(at(0), [{ key, value: new Uint8Array(bad) }])).toEqual([key]);
  }
});

test('while nobody confirms the clock what is held stays held, and fresh boxes still make way', () => {
  const limits = { maxBoxes: 2 };
  const guard = new GuardBoxes({ suite, parameters, limits, expiry: new ExpiryClock(0) });
  for (const n of [1, 2]) guard.attach(at(0), secretOf(n));
  guard.detach(at(0), toHex(box(2)));
  guard.detach(at(HOUR), toHex(box(1)));
  expect(guard.attach(at(60 * DAY), secretOf(3)).ok).toBe(true);
  expect(guard.has(box(1))).toBe(true);
  expect(guard.attach(at(60 * DAY), secretOf(4))).toEqual(err({ code: 'guard-box-limit' }));
});
