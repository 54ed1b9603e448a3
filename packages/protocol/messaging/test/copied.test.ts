import { open } from '@sotto/noble';
import { expect, test } from 'vitest';
import { Contact } from '../src/contact.ts';
import { CONTACT_PREFIX, COPIED_KEY } from '../src/restore.ts';
import { contactOf, type Entry, persisted, personOf } from './stored-person.ts';

const suite = await open();
const KEY = `${CONTACT_PREFIX}ab`;
const MARK: Entry = { key: COPIED_KEY, value: Uint8Array.of(1) };

/** The contact as a person has it who was restored with `entries`, and whether the mark of a copy is gone. */
function restored(...entries: readonly Entry[]): { readonly contact: Contact; gone: boolean } {
  const changes = persisted(personOf(suite, entries));
  const state = changes.get(KEY) ?? entries.find(({ key }) => key === KEY)?.value;
  const contact = state && Contact.import(suite, 'ab', state);
  if (contact === undefined) throw new Error('no contact');
  const gone = changes.has(COPIED_KEY) && changes.get(COPIED_KEY) === undefined;
  return { contact, gone };
}

test.each([
  { sealed: 0, passed: 100 },
  { sealed: 40, passed: 100 },
  { sealed: 150, passed: 50 },
  { sealed: 249, passed: 0 },
  { sealed: 250, passed: 0 },
])(
  'a copy with $sealed messages unconfirmed passes over $passed, which count as sealed, and draws its nonces',
  ({ sealed, passed }) => {
    const contact = contactOf(suite, 'kim');
    for (let i = 0; i < sealed; i++) contact.supply.number();
    const before = { key: KEY, value: contact.export() };
    expect(restored(before).contact.session.nonceBytes).toBe(0);
    const copy = restored(before, MARK);
    expect(copy.gone).toBe(true);
    expect(copy.contact.supply.unseen).toBe(sealed + passed);
    expect(copy.contact.session.nonceBytes).toBe(12);
    contact.session.skip(passed);
    contact.session.markCopied();
    expect(copy.contact.session.export()).toEqual(contact.session.export());
  },
);
