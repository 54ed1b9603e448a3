import { err } from '@sotto/wire';
import { expect, test } from 'vitest';
import { seededRng, suite } from '../../mixing/test/seeded-rng.ts';
import { boxOf, ContactPoint, credentialHash, GuardBoxes } from '../src/index.ts';
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

const box = (alias: number): Uint8Array => boxOf(suite, secretOf(alias));

test('forged fetches bring nobody’s mail, delete nothing, and leave the owner served', () => {
  const made = point({ maxAliases: 100, maxWaitingSurbs: 300 });
  made.fetch(at(0), fetchOf(1));
  made.deliver(at(0), box(1), mailOf(7));
  drain(made);
  // Whoever knows the name of the alias and of the mail, as its sender does, but not the secret.
  let refused = 0;
  for (let guess = 1000; guess < 1500; guess++) {
    if (!made.fetch(at(SECOND), fetchOf(guess, [guess], [7])).ok) refused++;
  }
  expect(refused).toBe(500 - 99);
  made.wake(at(200 * SECOND));
  const forged = drain(made).runs;
  expect(forged.length).toBe(99);
  expect(forged.map(mailIn)).toEqual(Array(99).fill(undefined));
  expect(made.counts).toMatchObject({ deleted: 0, deleteUnknown: 99, answeredMail: 0 });
  expect(made.fetch(at(201 * SECOND), fetchOf(1, [1])).ok).toBe(true);
  made.wake(at(400 * SECOND));
  expect(drain(made).runs.map(mailIn)).toEqual([7]);
});

test('a flood into one alias fills its quota and nothing else, and writes nothing more', () => {
  const made = point();
  made.fetch(at(0), fetchOf(1));
  made.fetch(at(0), fetchOf(2));
  const refusals: Record<string, number> = {};
  for (let n = 1; n <= 2000; n++) {
    const taken = made.deliver(at(n), box(1), mailOf(n));
    if (!taken.ok) refusals[taken.error.code] = (refusals[taken.error.code] ?? 0) + 1;
  }
  expect(refusals).toEqual({ 'alias-quota': 2000 - parameters.aliasQuota });
  const written = drain(made).entries.filter(({ key }) => key.startsWith('mail/'));
  expect(written.length).toBe(parameters.aliasQuota);
  expect(made.deliver(at(3000), box(2), mailOf(5000)).ok).toBe(true);
  // Room again when the owner has deleted one.
  made.fetch(at(4000), fetchOf(1, [], [1]));
  expect(made.deliver(at(5000), box(1), mailOf(5001)).ok).toBe(true);
  expect(made.deliver(at(5000), box(1), mailOf(5002))).toEqual(err({ code: 'alias-quota' }));
});

const epochs = { originMicros: 0, epochMicros: DAY, horizonEpochs: 8, graceMicros: 0 };
const contactPoint = (): ContactPoint =>
  new ContactPoint({ suite, rng: seededRng(1), parameters: { ...parameters, ...epochs } });
const NOW = 300 * DAY;
const BYTE = 300 % 256;
const credential = new Uint8Array(16).fill(9);
const secret = secretOf(77);
const contactBox = boxOf(suite, secret);
const surb = (n: number): Uint8Array => {
  const out = new Uint8Array(263).fill(n);
  out[0] = BYTE;
  return out;
};
const grant = (uses: number) => ({
  hash: credentialHash(suite, credential),
  hint: new Uint8Array(16),
  uses,
});
const stash = (uses: number, surbs: readonly Uint8Array[] = []) =>
  ({ kind: 'stash', secret, credentials: [grant(uses)], surbs }) as const;

test('a credential that is taken back while messages under it are on their way opens nothing more, and costs no reply block', () => {
  const made = contactPoint();
  made.stash(at(NOW), stash(4, [surb(1), surb(2), surb(3)]));
  const take = (micros: number) => made.take(at(micros), contactBox, credential, [BYTE]);
  expect(take(NOW + 1).ok).toBe(true);
  const bundle = (kept: ContactPoint, micros: number) =>
    kept.getBundle(at(micros), {
      kind: 'bundle-get',
      box: contactBox,
      credential,
      answerKey: new Uint8Array(32),
      first: 0,
      surbs: [surb(8)],
    });
  expect(bundle(made, NOW + 2).ok).toBe(true);
  made.stash(at(NOW + 3), stash(0));
  expect(take(NOW + 4)).toEqual(err({ code: 'bad-credential' }));
  expect(bundle(made, NOW + 5)).toEqual(err({ code: 'bad-credential' }));
  expect(made.size.surbs).toBe(2);
  // Nor after a restart: the taking back is stored, not only remembered.
  const store = new Map<string, Uint8Array>();
  apply(store, drain(made).entries);
  const again = contactPoint();
  expect(again.restore(at(NOW + 6), entriesOf(store))).toEqual([]);
  expect(again.take(at(NOW + 7), contactBox, credential, [BYTE])).toEqual(
    err({ code: 'bad-credential' }),
  );
  // Given out anew, it works again.
  again.stash(at(NOW + 8), stash(1));
  expect(again.take(at(NOW + 9), contactBox, credential, [BYTE]).ok).toBe(true);
});

test('an entry that cannot be read is named and deleted, and the rest is served', () => {
  const made = point();
  made.fetch(at(0), fetchOf(1));
  made.fetch(at(0), fetchOf(2));
  for (const n of [7, 8, 9]) made.deliver(at(0), box(1), mailOf(n));
  const store = new Map<string, Uint8Array>();
  apply(store, drain(made).entries);
  const keys = [...store.keys()].filter((key) => key.startsWith('mail/'));
  const [cut = '', renamed = ''] = keys;
  store.set(cut, (store.get(cut) ?? new Uint8Array(0)).subarray(1));
  const flipped = (store.get(renamed) ?? new Uint8Array(0)).slice();
  flipped[12] = (flipped[12] ?? 0) ^ 1;
  store.set(renamed, flipped);
  store.set('alias/short', new Uint8Array(9));
  const again = point();
  expect(again.restore(at(SECOND), entriesOf(store)).toSorted()).toEqual(
    [cut, renamed, 'alias/short'].toSorted(),
  );
  apply(store, drain(again).entries);
  expect([...store.keys()].filter((key) => key.startsWith('mail/'))).toEqual(keys.slice(2));
  again.fetch(at(2 * SECOND), fetchOf(1, [1, 2]));
  again.wake(at(100 * SECOND));
  again.wake(at(200 * SECOND));
  expect(drain(again).runs.map(mailIn).filter(Boolean)).toEqual([9]);
  expect(again.deliver(at(300 * SECOND), box(2), mailOf(10)).ok).toBe(true);

  // Boxes of other services as well: whose box is gone is named, too.
  const guard = new GuardBoxes({ suite, parameters });
  const orphan = `guard/${'00'.repeat(16)}/${'00'.repeat(16)}`;
  expect(guard.restore(at(0), [{ key: orphan, value: new Uint8Array(3) }])).toEqual([orphan]);
  const torn = { key: `stash/${'00'.repeat(16)}/${'00'.repeat(6)}`, value: new Uint8Array(3) };
  expect(contactPoint().restore(at(NOW), [torn])).toEqual([torn.key]);
});

test('a clock that jumps ahead answers once an alias and not in a burst; what is over goes at once', () => {
  const made = point();
  for (let alias = 1; alias <= 5; alias++) made.fetch(at(0), fetchOf(alias, [alias, 10 + alias]));
  made.wake(at(3600 * SECOND));
  expect(drain(made).runs.length).toBe(5);
  made.deliver(at(3600 * SECOND), box(1), mailOf(7));
  drain(made);
  made.wake(at(30 * DAY));
  const { runs, entries } = drain(made);
  expect(runs).toEqual([]);
  expect(entries.every(({ value }) => value === undefined)).toBe(true);
  expect(made.size).toEqual({ aliases: 0, mail: 0, waitingSurbs: 0 });
  expect(made.nextAt()).toBeUndefined();
});

test('a node that comes back with its clock five days behind keeps its mail, and gives it up no later than five days after its time', () => {
  const store = new Map<string, Uint8Array>();
  const before = point();
  before.fetch(at(20 * DAY), fetchOf(1));
  before.deliver(at(20 * DAY), box(1), mailOf(7));
  apply(store, drain(before).entries);
  const made = point();
  expect(made.restore(at(15 * DAY), entriesOf(store))).toEqual([]);
  expect(made.deliver(at(15 * DAY), box(1), mailOf(8)).ok).toBe(true);
  made.fetch(at(15 * DAY), fetchOf(1, [1, 2]));
  made.fetch(at(15 * DAY), fetchOf(2));
  made.wake(at(15 * DAY + 100 * SECOND));
  made.wake(at(15 * DAY + 200 * SECOND));
  expect(new Set(drain(made).runs.map(mailIn))).toEqual(new Set([7, 8]));
  // The later mail is over at day 29, the earlier at day 34; both are gone by then.
  made.wake(at(34 * DAY + 3600 * SECOND));
  expect(made.size).toEqual({ aliases: 0, mail: 0, waitingSurbs: 0 });
});
