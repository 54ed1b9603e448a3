import { open } from '@sotto/noble';
import { ByteWriter, concat, toUtf8 } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SettingsBook } from '../src/contact-settings.ts';
import { CONTACT_PREFIX, IDENTITY_KEY } from '../src/restore.ts';
import { contactOf, type Entry, now, persisted, personOf } from './stored-person.ts';

const suite = await open();
const SETTINGS = 'person/settings/ab';

const stored = (seed: string): Entry => ({
  key: `${CONTACT_PREFIX}ab`,
  value: contactOf(suite, seed).export(),
});

test('a contact is verified by the number that was compared, and no more when it is another', () => {
  const identity = { key: IDENTITY_KEY, value: new Uint8Array(32).fill(7) };
  const person = personOf(suite, [identity, stored('kim')]);
  const number = person.safetyNumber('ab') ?? '';
  expect(number).toMatch(/^(?:\d{5} ){11}\d{5}$/u);
  expect(person.contact(now, 'ab')?.verified).toBe(false);
  expect(person.setCompared('nobody', number)).toBe(false);
  expect(person.setCompared('ab', number.replaceAll('1', '2'))).toBe(false);
  expect(person.contact(now, 'ab')?.verified).toBe(false);
  expect(person.setCompared('ab', number)).toBe(true);
  expect(person.contact(now, 'ab')?.verified).toBe(true);

  // Kept; and lost when there is somebody else, or one is somebody else oneself.
  const settings = { key: SETTINGS, value: persisted(person).get(SETTINGS) };
  const verified = (entries: readonly Entry[]): boolean | undefined =>
    personOf(suite, entries).contact(now, 'ab')?.verified;
  expect(verified([identity, stored('kim'), settings])).toBe(true);
  expect(verified([identity, stored('mallory'), settings])).toBe(false);
  const other = { key: IDENTITY_KEY, value: new Uint8Array(32).fill(8) };
  expect(verified([other, stored('kim'), settings])).toBe(false);

  expect(person.setCompared('ab', '')).toBe(true);
  expect(person.contact(now, 'ab')?.verified).toBe(false);
  expect(person.removeContact('ab')).toBe(true);
  expect(persisted(person).get(SETTINGS)).toBeUndefined();
});

test('settings of before are read, whole ones come back, and any bytes get an answer', () => {
  const kept = new Map<string, Uint8Array | undefined>();
  const book = new SettingsBook((key, value) => void kept.set(key, value));
  const compared = Array.from({ length: 12 }, () => '01234').join(' ');
  book.change('ab', { muted: true, unread: 3, outOfStep: true, acknowledges: false, compared });
  book.change('ab', { peerAcknowledges: false });
  const again = new SettingsBook(() => undefined);
  const bytes = kept.get(SETTINGS) ?? new Uint8Array(0);
  expect(again.restore(SETTINGS, bytes)).toBe(true);
  expect(again.of('ab')).toEqual(book.of('ab'));
  // Flags and unread alone, as they were stored before there were numbers.
  expect(again.restore(SETTINGS, new ByteWriter(5).u8(2).u32(9).bytes)).toBe(true);
  expect(again.of('ab')).toEqual({
    muted: false,
    blocked: true,
    acknowledges: true,
    peerAcknowledges: true,
    unread: 9,
    outOfStep: false,
    compared: '',
    lifetime: { seconds: 0, change: 0 },
  });
  const flagged = bytes.slice();
  flagged[0] = 64;
  for (const bad of [flagged, bytes.subarray(0, 4), bytes.subarray(0, -1)]) {
    expect(again.restore(SETTINGS, bad)).toBe(false);
  }
  expect(again.restore(SETTINGS, concat(bytes, toUtf8('x')))).toBe(false);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 90 }), (any) => {
      again.restore(SETTINGS, any);
    }),
  );
});
