import { open } from '@sotto/noble';
import { after, type Instant, MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import { SettingsBook } from '../src/contact-settings.ts';
import { decodeMessage, encodeMessage, History, type Message, messageKey } from '../src/history.ts';
import { takeItems } from '../src/incoming.ts';
import { IntroductionMail } from '../src/introduction-mail.ts';
import { encodeItems, type Items } from '../src/items.ts';
import { type Lifetime, setLifetime } from '../src/lifetime.ts';
import { MessageLog } from '../src/message-log.ts';
import { PersonChannels } from '../src/person-channels.ts';
import type { PersonParts } from '../src/person-io.ts';
import { cutPhoto } from '../src/photo.ts';
import { Photos } from '../src/photos.ts';
import { Ways } from '../src/ways.ts';
import { contactOf, now } from './stored-person.ts';

const suite = await open();
const HOUR = 3600;
const later = (seconds: number): Instant => after(now, seconds * SECOND);

/** Somebody with one contact, and the store. */
function setUp(messages: readonly Message[] = []) {
  const contact = contactOf(suite, 'kim');
  const settings = new SettingsBook(() => undefined);
  const seen: string[] = [];
  const stored = new Map<string, Uint8Array>();
  const parts = {
    suite,
    parameters: { horizonEpochs: 8 },
    epoch: () => 1,
    settings,
    contacts: new Map([[contact.id, contact]]),
    emit: ({ kind }: { kind: string }) => void seen.push(kind),
    record: (message: Message) => void stored.set(messageKey(message), encodeMessage(message)),
    save: () => undefined,
    erase: (message: Message) => {
      stored.delete(messageKey(message));
      photos.erase(message);
    },
    count: (counter: string) => void seen.push(counter),
  } as unknown as PersonParts;
  const log = new MessageLog(parts, new History(messages));
  const photos: Photos = new Photos(parts, log, (key, value) => {
    if (value === undefined) stored.delete(key);
    else stored.set(key, value);
  });
  const nothing = (): void => undefined;
  const channels = new PersonChannels(parts, nothing, nothing);
  const ways = new Ways(parts);
  const kept = { log, channels, introductions: new IntroductionMail(parts), photos, ways };
  const hear = (items: Partial<Items>): void => {
    const plaintext = encodeItems({ acks: [], surbs: [], ...items });
    const came = { now, contact, plaintext, viaMailbox: false, epoch: 1 };
    expect(takeItems(parts, kept, came)).toBe(true);
  };
  const held = (): Lifetime => settings.of(contact.id).lifetime;
  const set = (seconds: number): boolean => setLifetime(parts, now, contact.id, seconds);
  return { contact, parts, log, stored, seen, hear, held, set };
}

test('a photo lives as long as a text, and nothing of it is left', () => {
  const { contact, hear, log, stored } = setUp();
  const picture = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, ...new Uint8Array(100));
  const [part] = cutPhoto(picture, 'a view');
  if (part === undefined) throw new Error('no part');
  hear({ photo: { id: 0, part }, lifetime: { seconds: HOUR, change: 1 } });
  expect(log.of(contact.id)).toMatchObject([{ text: 'a view', life: HOUR }]);
  expect(stored.size).toBeGreaterThan(1);
  log.read(now, contact.id);
  log.sweep(later(HOUR - 1));
  expect(log.of(contact.id)).toHaveLength(1);
  log.sweep(later(HOUR));
  expect(log.of(contact.id)).toEqual([]);
  expect([...stored.keys()]).toEqual([]);
});

test('the last change holds, of two at once the shorter life, and no peer runs off with the number', () => {
  const { contact, hear, held, set, seen, parts } = setUp();
  expect(setLifetime(parts, now, 'nobody', HOUR)).toBe(false);
  set(HOUR);
  expect(held()).toEqual({ seconds: HOUR, change: 1 });
  // It goes out with the next message for the report's sake.
  expect(contact.confirmAt).toBe(now);
  set(HOUR);
  expect(held().change).toBe(1);
  hear({ lifetime: { seconds: 86_400, change: 1 } });
  expect(held().seconds).toBe(HOUR);
  expect(seen).toEqual([]);
  hear({ lifetime: { seconds: 0, change: 2 } });
  expect(held()).toEqual({ seconds: 0, change: 2 });
  expect(seen).toEqual(['lifetime-changed']);
  hear({ lifetime: { seconds: 604_800, change: 2 } });
  expect(held().seconds).toBe(604_800);
  hear({ lifetime: { seconds: HOUR, change: 2 + 1025 } });
  expect(held().change).toBe(2);
  expect(seen.at(-1)).toBe('lifetime-refused');
  hear({ lifetime: { seconds: HOUR, change: 2 + 1024 } });
  expect(held().seconds).toBe(HOUR);
  // Who says nothing, or an older one, is told again; who says the same is not.
  contact.confirmAt = undefined;
  hear({ lifetime: held() });
  expect(contact.confirmAt).toBeUndefined();
  hear({});
  expect(contact.confirmAt).toBe(later(20));
});

test('a text lives from when it was read, and is gone from memory and store to the second', () => {
  const { contact, log, stored, hear, seen } = setUp();
  hear({ text: { id: 1, text: 'stays' } });
  hear({ text: { id: 2, text: 'goes' }, lifetime: { seconds: HOUR, change: 1 } });
  // Unread, it lives on.
  log.sweep(later(10 * HOUR));
  expect(log.of(contact.id)).toHaveLength(2);
  expect(log.nextAt).toBeUndefined();
  log.read(later(HOUR), contact.id);
  expect(log.nextAt).toBe(later(2 * HOUR));
  // Read once more: no second life.
  log.read(later(HOUR + 60), contact.id);
  log.sweep(after(later(2 * HOUR), -1));
  expect(stored.size).toBe(2);
  log.sweep(later(2 * HOUR));
  expect(log.of(contact.id).map(({ text }) => text)).toEqual(['stays']);
  expect([...stored.values()].join()).toBe([...stored.values()][0]?.join());
  expect(seen.at(-1)).toBe('messages-erased');
  expect(log.nextAt).toBeUndefined();
});

test('what is on its way outlives its time until it is settled, after a restart too', () => {
  const sent: Message = {
    contact: 'kim',
    direction: 'out',
    id: 7,
    text: 'words',
    at: now,
    state: 'sent',
    leftAt: now,
    expiresAt: later(HOUR),
  };
  expect(decodeMessage(messageKey(sent), encodeMessage(sent))).toEqual(sent);
  const { log, stored } = setUp([sent]);
  log.sweep(later(2 * HOUR));
  expect(log.textOf('kim', 7)).toBe('words');
  // A repeat does not begin it anew.
  log.change('kim', 7, { state: 'sent', leftAt: later(HOUR), expiresAt: later(9 * HOUR) });
  log.change('kim', 7, { state: 'delivered', deliveredAt: later(3 * HOUR) });
  expect(log.nextAt).toBe(later(HOUR));
  log.sweep(later(3 * HOUR));
  expect(log.of('kim')).toEqual([]);
  expect(stored.size).toBe(0);
});

test('the settings keep it, and what is stored is refused when it is none', () => {
  let value: Uint8Array | undefined;
  const book = new SettingsBook((_, saved) => (value = saved));
  const lifetime = { seconds: HOUR, change: 3 };
  book.change('kim', { lifetime, unread: 2, muted: true });
  const again = new SettingsBook(() => undefined);
  expect(again.restore('person/settings/kim', value ?? new Uint8Array(0))).toBe(true);
  expect(again.of('kim')).toMatchObject({ lifetime, unread: 2, muted: true, compared: '' });
  const bad = value?.slice() ?? new Uint8Array(0);
  bad[bad.length - 1] = 1;
  expect(again.restore('person/settings/kim', bad)).toBe(false);
});
