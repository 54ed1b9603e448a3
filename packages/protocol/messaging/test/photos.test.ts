import { Outbox } from '@sotto/reliable';
import { instant } from '@sotto/wire';
import { beforeEach, expect, test } from 'vitest';
import type { Contact } from '../src/contact.ts';
import { SettingsBook } from '../src/contact-settings.ts';
import { History } from '../src/history.ts';
import { MessageLog } from '../src/message-log.ts';
import type { PersonParts } from '../src/person-io.ts';
import { cutPhoto, PHOTO_PART_BYTES } from '../src/photo.ts';
import { MAX_PHOTOS_KEPT, Photos } from '../src/photos.ts';

const now = instant(1_800_000_000_000_000);
const jpeg = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => [0xff, 0xd8, 0xff][i] ?? i & 255);

let stored: Map<string, Uint8Array>;
let counted: string[];
let photos: Photos;
let log: MessageLog;
let told: string[];
const contacts = new Map<string, Contact>();

beforeEach(() => {
  stored = new Map();
  counted = [];
  told = [];
  contacts.clear();
  const save = (key: string, value: Uint8Array | undefined): void => {
    if (value === undefined) stored.delete(key);
    else stored.set(key, value);
  };
  const parts = {
    contacts,
    settings: new SettingsBook(() => undefined),
    save: () => undefined,
    emit: (event: { kind: string }) => void told.push(event.kind),
    count: (counter: string) => void counted.push(counter),
    record: () => undefined,
    erase: () => undefined,
  } as unknown as PersonParts;
  log = new MessageLog(parts, new History([]));
  photos = new Photos(parts, log, save);
});

const receive = (number: number, part: { index: number; count: number; bytes: Uint8Array }): void =>
  photos.receive(now, 'mallory', { number, part }, { viaMailbox: false, life: {} });

const at = (id: number): { contact: string; direction: 'in'; id: number } => ({
  contact: 'mallory',
  direction: 'in',
  id,
});

test('parts in any order make one message, when the last of them is here', () => {
  const cut = cutPhoto(jpeg(10_000), 'words').toReversed();
  for (const [i, part] of cut.entries()) {
    expect(log.of('mallory')).toHaveLength(0);
    receive(40 + part.index, part);
    expect(photos.photo(at(40)) !== undefined).toBe(i === cut.length - 1);
  }
  expect(log.of('mallory')).toMatchObject([{ id: 40, text: 'words', state: 'received' }]);
  expect(photos.photo(at(40))?.bytes).toEqual(jpeg(10_000));
});

test('what does not fit what is here is refused: another count, a number below the first', () => {
  const bytes = new Uint8Array(PHOTO_PART_BYTES);
  receive(10, { index: 0, count: 3, bytes });
  receive(11, { index: 1, count: 4, bytes });
  receive(1, { index: 2, count: 4, bytes });
  expect(counted).toEqual(['photo-part', 'photo-part']);
});

test('photos that never come whole take the room of four, and the oldest gives way', () => {
  const bytes = new Uint8Array(PHOTO_PART_BYTES);
  for (let i = 0; i < 50; i++) {
    for (let index = 0; index < 14; index++) receive(i * 20 + index, { index, count: 15, bytes });
  }
  expect(counted.filter((counter) => counter === 'photo-evicted')).toHaveLength(46);
  // Four heads, and fourteen parts of each.
  expect(stored.size).toBe(4 * 15);
  expect(log.of('mallory')).toEqual([]);
});

test('what is no picture is kept nowhere, and is no message', () => {
  for (const part of cutPhoto(new Uint8Array(5000), 'look')) receive(part.index, part);
  expect(counted).toEqual(['photo-type']);
  expect([stored.size, log.of('mallory').length]).toEqual([0, 0]);
});

test('of many photos the newest pictures are kept, of the others their words', () => {
  for (let i = 0; i < MAX_PHOTOS_KEPT + 3; i++) {
    for (const part of cutPhoto(jpeg(50), `photo ${i}`)) {
      photos.receive(
        instant(now + i),
        'mallory',
        { number: i, part },
        { viaMailbox: false, life: {} },
      );
    }
  }
  expect(log.of('mallory')).toHaveLength(MAX_PHOTOS_KEPT + 3);
  expect([0, 2, 3].map((id) => photos.state(at(id))?.kept)).toEqual([false, false, true]);
  expect(photos.photo(at(2))).toBeUndefined();
  photos.forget('mallory');
  expect(stored.size).toBe(0);
});

test('stored entries that are none are refused', () => {
  const key = 'person/photo/mallory/in/00000001';
  expect(photos.restore(`${key}/0`, new Uint8Array(2))).toBe(false);
  expect(photos.restore(key, new Uint8Array(6))).toBe(false);
  expect(photos.restore(key, Uint8Array.of(16, 0, 0, 0, 0, 0))).toBe(false);
  expect(photos.restore(key, Uint8Array.of(1, 0, 0, 0, 0))).toBe(false);
  expect(photos.restore('person/photo/mallory/up/00000001', Uint8Array.of(1))).toBe(false);
  expect(photos.restore('person/photo/mallory/in/1', Uint8Array.of(1))).toBe(false);
  expect(photos.state(at(1))).toBeUndefined();
});

/** What of a contact a photo needs. */
function friend(capacity = 256): Contact {
  const options = { firstTimeoutMicros: 1, maxTimeoutMicros: 1, maxAttempts: 3, capacity };
  const parts = { id: 'friend', outbox: new Outbox(options), leftAt: new Map(), needs: new Map() };
  const contact = parts as unknown as Contact;
  contacts.set('friend', contact);
  return contact;
}
const sent = (id: number): { contact: string; direction: 'out'; id: number } => ({
  contact: 'friend',
  direction: 'out',
  id,
});

test('a photo is sent when all parts have left, delivered when all have arrived, and says how far it is', () => {
  const contact = friend();
  expect(photos.write(now, contact, jpeg(10_000), '')).toEqual({ ok: true, value: 0 });
  const change = (id: number, state: 'sent' | 'delivered'): unknown => {
    log.change('friend', id, { state });
    return [log.get(sent(0))?.state, photos.state(sent(0))?.done];
  };
  expect(change(1, 'sent')).toEqual(['queued', 0]);
  expect(change(0, 'sent')).toEqual(['queued', 0]);
  expect(change(0, 'delivered')).toEqual(['queued', 1]);
  expect(change(2, 'sent')).toEqual(['sent', 1]);
  expect(change(2, 'delivered')).toEqual(['sent', 2]);
  expect(change(1, 'delivered')).toEqual(['delivered', 3]);
  expect(told).toContain('message-changed');
  expect(log.of('friend')).toHaveLength(1);
});

test('one part that fails is the failure of all: nothing more of it is sent', () => {
  const contact = friend();
  photos.write(now, contact, jpeg(10_000), '');
  log.change('friend', 0, { state: 'delivered' });
  expect(photos.payloadOf('friend', 2)).toBeDefined();
  log.change('friend', 1, { state: 'failed', failure: 'no-acknowledgement' });
  expect(log.get(sent(0))).toMatchObject({ state: 'failed', failure: 'no-acknowledgement' });
  expect(photos.payloadOf('friend', 2)).toBeUndefined();
  expect(contact.outbox.due(now)).toEqual([]);
  // What comes late changes nothing.
  log.change('friend', 2, { state: 'delivered' });
  expect(log.get(sent(0))?.state).toBe('failed');
});

test('no more than four are on their way, and none of which a part finds no room', () => {
  const contact = friend();
  for (let i = 0; i < 4; i++) expect(photos.write(now, contact, jpeg(50), '').ok).toBe(true);
  expect(photos.write(now, contact, jpeg(50), '')).toEqual({ ok: false, error: { code: 'full' } });
  log.change('friend', 0, { state: 'delivered' });
  expect(photos.write(now, contact, jpeg(50), '').ok).toBe(true);
  const narrow = friend(2);
  log.remove('friend');
  photos.forget('friend');
  expect(photos.write(now, narrow, jpeg(10_000), '')).toEqual({
    ok: false,
    error: { code: 'full' },
  });
  expect([narrow.outbox.size, log.of('friend').length]).toEqual([0, 0]);
});
