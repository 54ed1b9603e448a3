import { expect, test } from 'vitest';
import { seededRng, suite } from '../../mixing/test/seeded-rng.ts';
import {
  AggregationPoint,
  boxOf,
  ContactPoint,
  ExpiryClock,
  GuardBoxes,
  type StoredEntry,
} from '../src/index.ts';
import {
  apply,
  at,
  DAY,
  drain,
  entriesOf,
  fetchOf,
  mailOf,
  parameters,
  secretOf,
} from './aggregation-cases.ts';

/** The three services of a node whose clock only others may confirm, or which trusts its own. */
function services(expiry?: ExpiryClock): readonly (AggregationPoint | GuardBoxes | ContactPoint)[] {
  const rng = seededRng(1);
  const epochs = { originMicros: 0, epochMicros: DAY, horizonEpochs: 8, graceMicros: 0 };
  const clock = expiry === undefined ? {} : { expiry };
  return [
    new AggregationPoint({ suite, rng, parameters, ...clock }),
    new GuardBoxes({ suite, parameters, ...clock }),
    new ContactPoint({ suite, rng, parameters: { ...parameters, ...epochs }, ...clock }),
  ];
}

/** A store with mail of an alias, of a guard's client, and a contact box, all of day 0. */
function stored(): Map<string, Uint8Array> {
  const [mail, guard, contact] = services();
  const store = new Map<string, Uint8Array>();
  if (!(mail instanceof AggregationPoint)) throw new Error('no aggregation point');
  if (!(guard instanceof GuardBoxes) || !(contact instanceof ContactPoint)) throw new Error('none');
  mail.fetch(at(0), fetchOf(1));
  mail.deliver(at(0), boxOf(suite, secretOf(1)), mailOf(1));
  const client = guard.attach(at(0), secretOf(2));
  if (!client.ok) throw new Error(client.error.code);
  guard.detach(at(0), client.value.key);
  guard.deliver(at(0), boxOf(suite, secretOf(2)), mailOf(2));
  const chunk = { index: 0, count: 1, chunk: new Uint8Array(9) };
  contact.putBundle(at(0), { kind: 'bundle-put', secret: secretOf(3), ...chunk });
  for (const service of [mail, guard, contact]) apply(store, drain(service).entries);
  expect([...store.keys()].map((key) => key.split('/')[0]).toSorted()).toEqual([
    'alias',
    'bundle',
    'client',
    'contact',
    'guard',
    'mail',
  ]);
  return store;
}

const deleted = (service: { poll(): ReturnType<AggregationPoint['poll']> }): StoredEntry[] =>
  drain(service).entries.filter(({ value }) => value === undefined);

test('a clock that nobody confirms lets nothing expire; when it is confirmed what is over goes', () => {
  const store = stored();
  const late = at(60 * DAY);
  const expiry = new ExpiryClock(0);
  for (const service of services(expiry)) {
    service.restore(late, entriesOf(store));
    service.wake(late);
    expect(deleted(service)).toEqual([]);
    // Nor does it ask to be woken for what it may not do.
    expect(service instanceof ContactPoint ? undefined : service.nextAt()).toBeUndefined();
  }
  const confirmed = services(new ExpiryClock(0.5 * DAY));
  for (const service of confirmed) {
    service.restore(late, entriesOf(store));
    service.wake(late);
    expect(deleted(service)).toEqual([]);
  }

  const waiting = services(expiry);
  for (const service of waiting) service.restore(late, entriesOf(store));
  expiry.confirm(61 * DAY);
  expect(expiry.confirms(late)).toBe(true);
  const gone = waiting.flatMap((service) => {
    service.wake(at(60 * DAY + 2 * DAY));
    return deleted(service).map(({ key }) => key);
  });
  expect(gone.toSorted()).toEqual([...store.keys()].toSorted());
});

test('planted: a node that trusts its own clock, a month ahead, deletes everything', () => {
  const store = stored();
  const gone = services().flatMap((service) => {
    service.restore(at(60 * DAY), entriesOf(store));
    service.wake(at(60 * DAY));
    return deleted(service).map(({ key }) => key);
  });
  expect(gone.toSorted()).toEqual([...store.keys()].toSorted());
});
