import { IntroductionMail } from '../src/introduction-mail.ts';
import { open } from '@sotto/noble';
import { expect, test } from 'vitest';
import { SettingsBook } from '../src/contact-settings.ts';
import { History } from '../src/history.ts';
import { takeItems } from '../src/incoming.ts';
import { encodeItems, type Items } from '../src/items.ts';
import type { Kept } from '../src/message-content.ts';
import { MessageLog } from '../src/message-log.ts';
import { PersonChannels } from '../src/person-channels.ts';
import { Photos } from '../src/photos.ts';
import { Ways } from '../src/ways.ts';
import type { PersonParts } from '../src/person-io.ts';
import { contactOf, now } from './stored-person.ts';

const suite = await open();

/** Somebody who has told the contact that nothing will be acknowledged, or not. */
function setUp(acknowledges: boolean) {
  const contact = contactOf(suite, 'kim');
  const settings = new SettingsBook(() => undefined);
  settings.change(contact.id, { acknowledges });
  if (!acknowledges) contact.decline();
  const counted: string[] = [];
  const parts = {
    suite,
    parameters: { horizonEpochs: 8 },
    epoch: () => 1,
    settings,
    emit: () => undefined,
    record: () => undefined,
    count: (counter: string) => void counted.push(counter),
  } as unknown as PersonParts;
  const log = new MessageLog(parts, new History([]));
  const kept: Kept = {
    log,
    channels: new PersonChannels(
      parts,
      () => undefined,
      () => undefined,
    ),
    introductions: new IntroductionMail(parts),
    photos: new Photos(parts, log, () => undefined),
    ways: new Ways(parts),
  };
  const take = (items: Pick<Items, 'text' | 'stream'>): boolean => {
    const plaintext = encodeItems({ acks: [], surbs: [], ...items });
    return takeItems(parts, kept, { now, contact, plaintext, viaMailbox: false, epoch: 1 });
  };
  return { contact, counted, take };
}

test.each([
  ['a text', { text: { id: 4, text: 'hello' } }],
  ['frames of channels', { stream: { id: 4, frames: new Uint8Array(0) } }],
] as const)(
  'who declines owes nothing for %s that comes, and something for one that comes again',
  (_, items) => {
    const polite = setUp(true);
    expect(polite.take(items)).toBe(true);
    expect(polite.contact.inbox.nextAt()).toBeDefined();

    const silent = setUp(false);
    expect(silent.take(items)).toBe(true);
    expect(silent.contact.inbox.nextAt()).toBeUndefined();
    // It was not heard that nothing comes: it is told once more.
    expect(silent.take(items)).toBe(true);
    expect(silent.contact.inbox.nextAt()).toBeDefined();
    expect(silent.counted).toContain('duplicate');
  },
);
