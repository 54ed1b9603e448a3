import { fragment } from '@sotto/endpoint';
import { open } from '@sotto/noble';
import {
  createIdentity,
  createInviteSecret,
  createPrekey,
  initiate,
  MAX_GAP,
  respond,
  type Session,
} from '@sotto/ratchet';
import { SeededRng } from '@sotto/suite/testing';
import { instant, randomBytes } from '@sotto/wire';
import { expect, test } from 'vitest';
import { Contact } from '../src/contact.ts';
import { SettingsBook } from '../src/contact-settings.ts';
import { Conversations } from '../src/conversation.ts';
import { History } from '../src/history.ts';
import { MessageLog } from '../src/message-log.ts';
import type { PersonEvent, PersonParts } from '../src/person-io.ts';

const suite = await open();
const rng = new SeededRng(suite, 'refusals');
const now = instant(1_800_000_000_000_000);

function pairOf(): { readonly ours: Session; readonly theirs: Session } {
  const inviter = createIdentity(suite, rng);
  const { bundle, secret: prekeySecret } = createPrekey(suite, rng, inviter);
  const secret = createInviteSecret(rng);
  const identity = createIdentity(suite, rng);
  const options = { identity, bundle, secret, payload: new Uint8Array(0), paddedLength: 0 };
  const begun = initiate(suite, rng, options);
  if (!begun.ok) throw new Error(begun.error.code);
  const heard = respond(suite, { identity: inviter, prekeySecret, secret }, begun.value.message);
  if (!heard.ok) throw new Error(heard.error.code);
  return { ours: heard.value.session, theirs: begun.value.session };
}

test('a sealed message that does not open is counted by its reason, a flood of skipped keys among them', () => {
  const { ours, theirs } = pairOf();
  const contact = new Contact({
    id: 'ab',
    label: '',
    stage: 'active',
    session: ours,
    deadline: now,
    epoch: 1,
  });
  const counted: string[] = [];
  const told: PersonEvent[] = [];
  // All of a person that a message meets before it opens.
  const parts: Partial<PersonParts> = {
    contacts: new Map([['ab', contact]]),
    count: (counter) => void counted.push(counter),
    settings: new SettingsBook(() => undefined),
    emit: (event) => void told.push(event),
  };
  const conversations = new Conversations(
    parts as PersonParts,
    new MessageLog(parts as PersonParts, new History([])),
    () => undefined,
  );
  const arrives = (sealed: Uint8Array): void => {
    for (const content of fragment(randomBytes(rng, 8), sealed)) {
      const mail = { kind: 'mail', contact: 'ab', content, viaMailbox: false, epoch: 1 } as const;
      conversations.arrived(now, mail);
    }
  };
  const before = ours.export();
  for (let i = 0; i <= MAX_GAP; i++) theirs.seal(rng, new Uint8Array(0), 0);
  const far = theirs.seal(rng, new Uint8Array(1), 8);
  if (!far.ok) throw new Error(far.error.code);
  arrives(far.value);
  expect(told).toEqual([]);
  arrives(new Uint8Array(80).fill(2));
  arrives(new Uint8Array(80).fill(1));
  arrives(new Uint8Array(10).fill(2));
  // Two that did not open: one of the two has an older copy of the session. It is said once.
  expect(told).toEqual([{ kind: 'out-of-step', contact: 'ab', outOfStep: true }]);
  expect(counted).toEqual([
    'sealed-gap',
    'sealed-sealed',
    'sealed-unknown-version',
    'sealed-malformed',
  ]);
  expect(ours.export()).toEqual(before);
});

test('copies of what came by a way back say nothing of the contact, and from one who is blocked nothing is opened', () => {
  const { ours, theirs } = pairOf();
  const fields = { id: 'ab', label: '', stage: 'active', session: ours, deadline: now } as const;
  const contact = new Contact({ ...fields, epoch: 1 });
  const counted: string[] = [];
  const told: PersonEvent[] = [];
  const settings = new SettingsBook(() => undefined);
  const parts: Partial<PersonParts> = {
    contacts: new Map([['ab', contact]]),
    count: (counter) => void counted.push(counter),
    epoch: () => 1,
    settings,
    emit: (event) => void told.push(event),
    save: () => undefined,
  };
  const log = new MessageLog(parts as PersonParts, new History([]));
  const conversations = new Conversations(parts as PersonParts, log, () => undefined);
  const sealed = theirs.seal(rng, Uint8Array.of(99, 0, 0), 100);
  if (!sealed.ok) throw new Error(sealed.error.code);
  for (let i = 0; i < 4; i++) conversations.cameBack(now, contact, sealed.value);
  // Opened once: what is inside is no list of items.
  expect(counted).toEqual(['items', ...Array.from({ length: 3 }, () => 'sealed-duplicate')]);
  expect(told).toEqual([]);
  settings.change('ab', { blocked: true });
  conversations.cameBack(now, contact, sealed.value);
  expect(counted.at(-1)).toBe('blocked');
});
