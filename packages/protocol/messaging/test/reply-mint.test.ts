import { DEFAULT_PARAMETERS, epochStart } from '@sotto/directory';
import { HOME, type MintCounts, type OrderError, type Plan, SAVER } from '@sotto/endpoint';
import { open } from '@sotto/noble';
import { err, type Instant, instant, MICROS_PER_SECOND as SECOND, ok } from '@sotto/wire';
import { expect, test } from 'vitest';
import type { Contact } from '../src/contact.ts';
import type { HandedSurb } from '../src/items.ts';
import type { PersonParts } from '../src/person-io.ts';
import { handBack, mintFor, prepareBack, prepareLater } from '../src/reply-mint.ts';
import { contactOf } from './stored-person.ts';
import { handed, twins } from './surbs.ts';

const suite = await open();
/** The contact's epoch. */
const EPOCH = 1;
const PARAMETERS = { ...DEFAULT_PARAMETERS, originMicros: 0 };
const begin = epochStart(PARAMETERS, EPOCH);
const at = (seconds: number): Instant => instant(begin + seconds * SECOND);

/** Somebody with a contact, under a plan; aliases are there for every block. */
function setUp(plan: Plan, secondMailbox = false) {
  const contact = contactOf(suite, 'kim');
  // Something to send with.
  contact.bank.add([handed(false, EPOCH)], EPOCH, 8);
  const made = (epoch: number) => handed(false, epoch).surb;
  const endpoint = {
    mintSurbs: (_: Instant, __: string, { direct, mailbox, epoch }: MintCounts) =>
      ok(Array.from({ length: direct + mailbox }, () => made(epoch))),
    mintPairs: (_: Instant, __: string, count: number, epoch: number) =>
      ok(Array.from({ length: count }, () => ({ surb: made(epoch), twin: made(epoch) }))),
  };
  const parts = {
    plan,
    parameters: PARAMETERS,
    secondMailbox,
    endpoint,
    epoch: () => contact.epoch,
  } as unknown as PersonParts;
  return { contact, parts };
}

/** As `2 d` for a direct block two epochs ahead of the first, `0` for one to a mailbox. */
const named = (blocks: readonly HandedSurb[]): string[] =>
  blocks.map(({ direct, epoch }) => `${epoch - EPOCH}${direct ? ' d' : ''}`);

/** What a message with room for so many blocks brings. */
function message(
  { contact, parts }: { readonly contact: Contact; readonly parts: PersonParts },
  now: Instant,
  room: number,
  words = false,
): string[] {
  prepareLater(parts, now, contact);
  contact.supply.number();
  return named(mintFor(parts, now, contact, room, words));
}

test('under a slow plan epochs to come get half of the room from the first message on', () => {
  const slow = setUp(SAVER);
  const given = Array.from({ length: 8 }, () => message(slow, at(0), 2));
  // Four of the current epoch are of use before it ends.
  expect(given).toEqual([
    ['0', '1'],
    ['0', '1'],
    ['0', '2'],
    ['0', '3'],
    ['4', '5'],
    ['6', '7'],
    ['1', '1'],
    ['2', '3'],
  ]);
  // Shortly before its end one is, to break the silence.
  const late = setUp(SAVER);
  expect([0, 1].map(() => message(late, at(86_000), 2))).toEqual([
    ['0', '1'],
    ['1', '2'],
  ]);
});

test('at the bound of what may be out a message brings what there is room for, and without an alias none', () => {
  const bounded = (code: OrderError['code']) => {
    const fast = setUp(HOME);
    const { endpoint } = fast.parts;
    const mintSurbs = endpoint.mintSurbs.bind(endpoint);
    let room = 3;
    const limited: typeof mintSurbs = (now, id, counts) => {
      if (counts.epoch !== EPOCH) return err({ code: 'no-alias' });
      const asked = counts.direct + counts.mailbox;
      if (asked > room) return err({ code });
      room -= asked;
      return mintSurbs(now, id, counts);
    };
    Object.assign(endpoint, { mintSurbs: limited });
    return fast;
  };
  // Four are missing to the mark, and two have room; then one.
  const full = bounded('too-many-outstanding');
  expect(message(full, at(0), 8)).toEqual(['0', '0', '0']);
  expect(message(full, at(0), 8)).toEqual([]);
  expect(message(bounded('no-alias'), at(0), 8)).toEqual([]);
});

test('and a text, which has room for one, brings one of them when the current epoch has enough', () => {
  const slow = setUp(SAVER);
  expect(Array.from({ length: 6 }, () => message(slow, at(0), 1, true)).join('')).toBe('000011');
});

test('who was heard just now gets direct blocks in the place of others, and more, for answers take less', () => {
  const slow = setUp(SAVER);
  slow.contact.heard(at(0));
  expect(Array.from({ length: 6 }, () => message(slow, at(0), 2))).toEqual([
    ['0 d', '1'],
    ['0 d', '1'],
    ['0 d', '2'],
    ['0 d', '3'],
    ['0 d', '4'],
    ['0 d', '5'],
  ]);
});

test('under a fast plan the current epoch is filled up to the mark first, and near its end no more', () => {
  const fast = setUp(HOME);
  expect([0, 1, 2].map(() => message(fast, at(0), 2))).toEqual([
    ['0', '0'],
    ['0', '0'],
    ['1', '0'],
  ]);
  const late = setUp(HOME);
  expect([0, 1].map(() => message(late, at(86_000), 2))).toEqual([
    ['0', '1'],
    ['1', '1'],
  ]);
  // Two who talk go on with direct blocks.
  const talk = setUp(HOME);
  talk.contact.heard(at(85_000));
  expect(message(talk, at(85_000), 2)).toEqual(['0 d', '0 d']);
});

test('what was made for an epoch that has begun counts as of that epoch', () => {
  const slow = setUp(SAVER);
  prepareLater(slow.parts, at(0), slow.contact);
  expect(named(slow.contact.prepared)).toEqual(['1', '1', '2']);
  slow.contact.bank.add([handed(false, EPOCH + 1)], EPOCH, 8);
  slow.contact.turn(EPOCH + 1);
  expect(message(slow, at(86_400), 2)).toEqual(['1', '2']);
  expect(slow.contact.supply.holds(at(86_400), slow.contact.pace(slow.parts, at(86_400)))).toBe(1);
});

test('a pair takes the room of two', () => {
  const slow = setUp(SAVER, true);
  expect([0, 1, 2].map(() => message(slow, at(0), 2))).toEqual([['0'], ['1'], ['1']]);
  expect(message(slow, at(0), 6)).toEqual(['0', '2', '3']);
  expect(message(slow, at(0), 2, true)).toEqual(['0']);
});

test('a message by a way back brings one block of this epoch and one of the next, whatever lay ready, and no twin', () => {
  const { contact, parts } = setUp(HOME, true);
  // What lay ready for other epochs stays; a pair for the next one goes without its twin.
  contact.prepared = [handed(false, EPOCH + 5), handed(true, EPOCH), twins(EPOCH + 1)];
  expect(prepareBack(parts, at(0), contact)).toBe(true);
  contact.supply.number();
  const blocks = handBack(parts, at(0), contact, 2);
  expect(named(blocks)).toEqual(['0', '1']);
  expect(blocks.map(({ twin }) => twin)).toEqual([undefined, undefined]);
  expect(named(contact.prepared)).toEqual(['5', '0 d']);
  // Both count as granted.
  expect(contact.supply.holds(at(0), contact.pace(parts, at(0)))).toBe(1);
  // Without an alias for one of them it waits.
  const none = { ok: false, error: { code: 'no-alias' } } as const;
  const endpoint = { mintSurbs: () => none } as unknown as PersonParts['endpoint'];
  expect(prepareBack({ ...parts, endpoint }, at(0), contact)).toBe(false);
});
