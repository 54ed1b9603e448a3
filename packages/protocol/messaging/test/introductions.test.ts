import { open } from '@sotto/noble';
import { encodeInvite, INVITE_PREFIX } from '@sotto/ratchet';
import { SeededRng } from '@sotto/suite/testing';
import { after, fromBase64url, type Instant, instant, ok, toHex } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Acceptances } from '../src/acceptances.ts';
import type { Contact } from '../src/contact.ts';
import { SettingsBook } from '../src/contact-settings.ts';
import type { Conversations } from '../src/conversation.ts';
import { decodeIntroduction, encodeIntroduction, type Introduction } from '../src/introduction.ts';
import { decodeEntry, encodeEntry } from '../src/introduction-entry.ts';
import { IntroductionMail } from '../src/introduction-mail.ts';
import { INTRODUCTION_PREFIX, Introductions } from '../src/introductions.ts';
import type { OwnInvites } from '../src/own-invites.ts';
import type { PersonEvent, PersonParts } from '../src/person-io.ts';
import { contactOf, now } from './stored-person.ts';

const suite = await open();
const DAY = 86_400_000_000;
const networkId = new Uint8Array(16).fill(7);
const reference = (n: number): Uint8Array => new Uint8Array(16).fill(n);

const linkFor = (network: Uint8Array): string =>
  encodeInvite(suite, {
    networkId: network,
    contactPoint: new Uint8Array(16).fill(1),
    box: new Uint8Array(16).fill(2),
    credential: new Uint8Array(16).fill(3),
    secret: new Uint8Array(32).fill(4),
    bundleHash: new Uint8Array(32).fill(5),
    expiryEpoch: 9,
  });
const LINK = linkFor(networkId);
const bytesOf = (link: string): Uint8Array =>
  fromBase64url(link.slice(INVITE_PREFIX.length)) ?? new Uint8Array(0);
const INVITE = bytesOf(LINK);

/** One side alone: what it sends, counts, stores and does, with contacts of the given ids. */
function side(...ids: readonly string[]) {
  const contacts = new Map<string, Contact>(
    ids.map((id) => [id, Object.assign(contactOf(suite, id), { id, label: `friend ${id}` })]),
  );
  const sent: { readonly to: string; readonly message: Introduction }[] = [];
  const counted: string[] = [];
  const told: PersonEvent[] = [];
  const accepted: string[] = [];
  const revoked: string[] = [];
  const store = new Map<string, Uint8Array>();
  const persist = (entries: readonly { key: string; value: Uint8Array | undefined }[]): number => {
    for (const { key, value } of entries) {
      if (value === undefined) store.delete(key);
      else store.set(key, value);
    }
    return 0;
  };
  const parts = {
    suite,
    rng: new SeededRng(suite, ids.join()),
    networkId,
    contacts,
    settings: new SettingsBook(() => undefined),
    endpoint: { persist },
    emit: (event: PersonEvent) => void told.push(event),
    count: (counter: string) => void counted.push(counter),
    save: () => undefined,
  } as unknown as PersonParts;
  const mail = new IntroductionMail(parts);
  const send = mail.send.bind(mail);
  mail.send = (at, contact, message) => {
    // As it will be read on the other side.
    const read = decodeIntroduction(encodeIntroduction(message));
    if (read === undefined) throw new Error('not readable');
    sent.push({ to: contact.id, message: read });
    return send(at, contact, message);
  };
  const conversations = { introductions: mail, pump: () => undefined } as unknown as Conversations;
  const invites = {
    create: () => ({ invite: 'own', readyInMicros: 1 }),
    revoke: (_at: Instant, invite: string) => void revoked.push(invite),
  } as unknown as OwnInvites;
  const acceptances = {
    accept: (_at: Instant, link: string) => {
      accepted.push(link);
      return ok('met');
    },
  } as unknown as Acceptances;
  const introductions = new Introductions(parts, conversations, invites, acceptances);
  const hears = (from: string, message: Introduction, at: Instant = now): void => {
    const contact = contacts.get(from);
    if (contact !== undefined) mail.receive(at, contact, message);
  };
  return { introductions, sent, counted, told, accepted, revoked, store, hears };
}

const offer = (n: number, role: 'inviter' | 'invited' = 'invited'): Introduction => ({
  reference: reference(n),
  kind: 'offer',
  role,
  name: `somebody ${n}`,
  note: '',
});

/** An introducer whose two contacts have an offer. */
function introducing() {
  const alice = side('bob', 'carol');
  const made = alice.introductions.introduce(now, 'bob', 'carol', { note: 'sing!' });
  if (!made.ok) throw new Error(made.error.code);
  const [first] = alice.sent;
  if (first === undefined) throw new Error('nothing was sent');
  return { ...alice, id: made.value, reference: first.message.reference };
}

test('an offer tells one the name of the other and the note, and nothing else of them', () => {
  const { sent, reference: named } = introducing();
  const common = { reference: named, kind: 'offer', note: 'sing!' };
  expect(sent).toEqual([
    { to: 'bob', message: { ...common, role: 'inviter', name: 'friend carol' } },
    { to: 'carol', message: { ...common, role: 'invited', name: 'friend bob' } },
  ]);
});

test('the invite goes to the other once both have accepted, in either order, and is kept no longer', () => {
  for (const invitedFirst of [false, true]) {
    const alice = introducing();
    const fromBob = { reference: alice.reference, kind: 'accept', invite: INVITE } as const;
    const fromCarol = { reference: alice.reference, kind: 'accept' } as const;
    if (invitedFirst) alice.hears('carol', fromCarol);
    alice.hears('bob', fromBob);
    if (!invitedFirst) {
      expect(alice.sent).toHaveLength(2);
      alice.hears('carol', fromCarol);
    }
    expect(alice.sent.slice(2)).toEqual([
      { to: 'carol', message: { reference: alice.reference, kind: 'connect', invite: INVITE } },
      { to: 'bob', message: { reference: alice.reference, kind: 'connect' } },
    ]);
    const stored = alice.store.get(INTRODUCTION_PREFIX + alice.id) ?? new Uint8Array(0);
    expect(toHex(stored)).not.toContain(toHex(INVITE));
    expect(alice.introductions.get(alice.id)?.state).toBe('connected');
    expect(alice.counted).toEqual([]);
  }
});

test('what does not fit is passed on to nobody, and counted', () => {
  const alice = introducing();
  const { reference: named } = alice;
  const accept = (invite?: Uint8Array): Introduction => ({
    reference: named,
    kind: 'accept',
    ...(invite === undefined ? {} : { invite }),
  });
  // The invited brings an invite; the inviter none, one that does not decode, one of another network.
  alice.hears('carol', accept(INVITE));
  alice.hears('bob', accept());
  alice.hears('bob', accept(new Uint8Array(INVITE.length)));
  alice.hears('bob', accept(bytesOf(linkFor(new Uint8Array(16)))));
  expect(alice.counted).toEqual(Array.from({ length: 4 }, () => 'introduction-refused'));
  // Of an introduction that there is not; twice; when it is over.
  alice.hears('bob', { reference: reference(99), kind: 'accept', invite: INVITE });
  alice.hears('bob', accept(INVITE));
  alice.hears('bob', accept(INVITE));
  alice.hears('carol', accept());
  alice.hears('carol', { reference: named, kind: 'decline' });
  expect(alice.counted.slice(4)).toEqual([
    'introduction-unknown',
    'introduction-refused',
    'introduction-unknown',
  ]);
  expect(alice.sent.slice(2).map(({ message }) => message.kind)).toEqual(['connect', 'connect']);
});

test('a third contact cannot answer for one of the two', () => {
  const alice = side('bob', 'carol', 'mallory');
  const made = alice.introductions.introduce(now, 'bob', 'carol');
  if (!made.ok) throw new Error(made.error.code);
  const named = alice.sent[0]?.message.reference ?? reference(0);
  alice.hears('mallory', { reference: named, kind: 'accept', invite: INVITE });
  alice.hears('mallory', { reference: named, kind: 'decline' });
  expect(alice.counted).toEqual(['introduction-unknown', 'introduction-unknown']);
  expect(alice.introductions.get(made.value)?.state).toBe('offered');
});

test('who declines is named to nobody', () => {
  const byCarol = introducing();
  byCarol.hears('carol', { reference: byCarol.reference, kind: 'decline' });
  const byAlice = introducing();
  byAlice.introductions.decline(now, byAlice.id);
  const toBob = ({ sent }: ReturnType<typeof introducing>): unknown =>
    sent.slice(2).filter(({ to }) => to === 'bob');
  expect(toBob(byCarol)).toEqual(toBob(byAlice));
  expect(byCarol.sent.slice(2).map(({ to }) => to)).toEqual(['bob']);
});

test('an introducer offers eight names a day at most, and all of them 64', () => {
  const bob = side('alice', ...Array.from({ length: 9 }, (_, i) => `other ${i}`));
  for (let n = 0; n < 20; n++) bob.hears('alice', offer(n));
  expect(bob.introductions.list()).toHaveLength(8);
  expect(bob.counted).toEqual(Array.from({ length: 12 }, () => 'introduction-limit'));
  // A no makes no room before the day is over.
  for (const { id } of bob.introductions.list()) bob.introductions.decline(now, id);
  bob.hears('alice', offer(30), after(now, DAY - 1));
  expect(bob.counted).toHaveLength(13);
  bob.hears('alice', offer(31), after(now, DAY));
  expect(bob.introductions.list()).toHaveLength(1);
  // An offer that comes again is none.
  bob.hears('alice', offer(31), after(now, DAY));
  expect(bob.counted.slice(13)).toEqual(['introduction-repeated']);
  for (let i = 0; i < 9; i++) {
    for (let n = 0; n < 8; n++) bob.hears(`other ${i}`, offer(n), after(now, DAY));
  }
  expect(bob.introductions.list()).toHaveLength(64);
  expect(bob.store.size).toBeLessThan(64 + 9);
});

test('who is introduced does nothing before its person said yes, and nothing for a role it does not have', () => {
  const bob = side('alice');
  bob.hears('alice', offer(1, 'invited'));
  bob.hears('alice', offer(2, 'inviter'));
  bob.hears('alice', { reference: reference(1), kind: 'connect', invite: INVITE });
  expect(bob.accepted).toEqual([]);
  expect(bob.sent).toEqual([]);
  const [invited, inviter] = bob.introductions.list().map(({ id }) => id);
  if (invited === undefined || inviter === undefined) throw new Error('no offers');
  expect(bob.introductions.accept(now, invited)).toBe(true);
  expect(bob.introductions.accept(now, invited)).toBe(false);
  expect(bob.introductions.accept(now, inviter)).toBe(true);
  // The inviter says so when its invite is ready, and to nobody else is it shown.
  expect(bob.introductions.ownsInvite('own')).toBe(true);
  expect(bob.introductions.observe(now, { kind: 'invite-ready', invite: 'own', link: LINK })).toBe(
    true,
  );
  expect(bob.sent.map(({ message }) => message)).toEqual([
    { reference: reference(1), kind: 'accept' },
    { reference: reference(2), kind: 'accept', invite: INVITE },
  ]);
  bob.hears('alice', { reference: reference(1), kind: 'connect' });
  bob.hears('alice', { reference: reference(2), kind: 'connect', invite: INVITE });
  expect(bob.accepted).toEqual([]);
  bob.hears('alice', { reference: reference(1), kind: 'connect', invite: INVITE });
  expect(bob.accepted).toEqual([LINK]);
  bob.hears('alice', { reference: reference(2), kind: 'withdraw' });
  expect(bob.revoked).toEqual(['own']);
  // Too late to take back: the two are meeting.
  bob.hears('alice', { reference: reference(1), kind: 'withdraw' });
  expect(bob.introductions.get(invited)?.state).toBe('connecting');
});

test('two introducers may choose one reference, and neither answers for the other', () => {
  const carol = side('alice', 'mallory');
  carol.hears('alice', offer(1));
  carol.hears('mallory', offer(1));
  const [fromAlice] = carol.introductions.list();
  if (fromAlice === undefined) throw new Error('no offer');
  carol.introductions.accept(now, fromAlice.id);
  carol.hears('mallory', { reference: reference(1), kind: 'connect', invite: INVITE });
  expect(carol.accepted).toEqual([]);
  carol.hears('mallory', { reference: reference(1), kind: 'withdraw' });
  expect(carol.introductions.get(fromAlice.id)?.state).toBe('accepted');
});

test('what takes longer than fourteen days comes to nothing, and an invite made for it is closed', () => {
  const bob = side('alice');
  bob.hears('alice', offer(2, 'inviter'));
  const [{ id } = { id: '' }] = bob.introductions.list();
  bob.introductions.accept(now, id);
  bob.introductions.pump(after(now, 14 * DAY - 1));
  expect(bob.introductions.get(id)?.state).toBe('accepted');
  bob.introductions.pump(after(now, 14 * DAY));
  expect(bob.introductions.get(id)?.state).toBe('failed');
  expect(bob.revoked).toEqual(['own']);
});

test('with a contact goes what it has offered; of one’s own the other is told', () => {
  const bob = side('alice');
  bob.hears('alice', offer(2, 'inviter'));
  bob.introductions.accept(now, bob.introductions.list()[0]?.id ?? '');
  bob.introductions.forget(now, 'alice');
  expect(bob.revoked).toEqual(['own']);
  expect([...bob.store.keys()].filter((key) => key.startsWith(INTRODUCTION_PREFIX))).toEqual([]);
  const alice = introducing();
  alice.introductions.forget(now, 'carol');
  expect(alice.introductions.get(alice.id)?.state).toBe('withdrawn');
});

test('any bytes are a message of an introduction that encodes to the same, or none', () => {
  const headed = fc
    .tuple(fc.integer({ min: 0, max: 6 }), fc.uint8Array({ maxLength: 400 }))
    .map(([kind, rest]) => Uint8Array.of(...reference(1), kind, ...rest));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 500 }), headed), (bytes) => {
      const read = decodeIntroduction(bytes);
      if (read !== undefined) expect(encodeIntroduction(read)).toEqual(bytes);
    }),
    { numRuns: 500 },
  );
});

test('what is stored comes back; any other bytes are none', () => {
  const alice = introducing();
  alice.hears('bob', { reference: alice.reference, kind: 'accept', invite: INVITE });
  const later = side('bob', 'carol');
  for (const [key, value] of alice.store) {
    if (key.startsWith(INTRODUCTION_PREFIX))
      expect(later.introductions.restore(key, value)).toBe(true);
  }
  later.hears('carol', { reference: alice.reference, kind: 'accept' });
  expect(later.sent[0]?.message).toMatchObject({ kind: 'connect', invite: INVITE });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const versioned = Uint8Array.of(1, ...bytes);
      const entry = decodeEntry('id', versioned);
      if (entry !== undefined) expect(encodeEntry(entry)).toEqual(versioned);
    }),
    { numRuns: 300 },
  );
});

test('nobody is introduced to themselves, or under a name or note that does not fit', () => {
  const alice = side('bob', 'carol');
  const refusal = (...args: Parameters<Introductions['introduce']>): string => {
    const made = alice.introductions.introduce(...args);
    return made.ok ? 'taken' : made.error.code;
  };
  const at = instant(now);
  expect(refusal(at, 'bob', 'bob')).toBe('same-contact');
  expect(refusal(at, 'bob', 'nobody')).toBe('unknown-contact');
  expect(refusal(at, 'bob', 'carol', { names: ['', 'c'] })).toBe('bad-name');
  expect(refusal(at, 'bob', 'carol', { names: ['b', 'é'.repeat(33)] })).toBe('bad-name');
  expect(refusal(at, 'bob', 'carol', { note: 'x'.repeat(257) })).toBe('too-long');
  expect(alice.sent).toEqual([]);
  for (let i = 0; i < 32; i++) expect(refusal(at, 'bob', 'carol')).toBe('taken');
  expect(refusal(at, 'bob', 'carol')).toBe('full');
});
