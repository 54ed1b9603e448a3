import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { HOME } from '@sotto/link';
import { open } from '@sotto/noble';
import { createIdentity, createInviteSecret, createPrekey, initiate } from '@sotto/ratchet';
import { SeededRng } from '@sotto/suite/testing';
import { after, instant, MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkLabel, Contact, fragmentsFor, roomOf } from '../src/contact.ts';
import { expiredTexts, nextExpiry } from '../src/lost.ts';
import { MOST_DIRECT } from '../src/patience.ts';
import { MEETING_PACKETS, meetingPackets, shouldSupply } from '../src/restraint.ts';
import { handed } from './surbs.ts';

const suite = await open();
const EPOCH = 400;
/** Where a contact's bytes hold the version of its session: after the head, the label and a length. */
const versionAt = (label: string): number => 24 + label.length + 4;
const now = instant(1_800_000_000 * SECOND);

function contactOf(label: string): Contact {
  const rng = new SeededRng(suite, 'contact');
  const { bundle } = createPrekey(suite, rng, createIdentity(suite, rng));
  const initiated = initiate(suite, rng, {
    identity: createIdentity(suite, rng),
    bundle,
    secret: createInviteSecret(rng),
    payload: new Uint8Array(0),
    paddedLength: 0,
  });
  if (!initiated.ok) throw new Error(initiated.error.code);
  const { session } = initiated.value;
  return new Contact({ id: 'ab', label, stage: 'active', session, deadline: now, epoch: EPOCH });
}

test('a stored contact goes on where it was', () => {
  const contact = contactOf('Zoë\nof the two lines');
  contact.bank.add([handed(true, EPOCH), handed(false, EPOCH + 1)], EPOCH, 8);
  contact.outbox.enqueue(now);
  contact.outbox.sent(now, 0);
  contact.leftAt.set(0, now);
  contact.inbox.received(now, 5);
  contact.heardAt = after(now, SECOND);
  const again = Contact.import(suite, 'ab', contact.export());
  expect(again?.export()).toEqual(contact.export());
  expect(again).toMatchObject({ label: 'Zoë\nof the two lines', stage: 'active', epoch: EPOCH });
  expect(again?.leftAt).toEqual(contact.leftAt);
  expect(again?.bank.level(EPOCH)).toEqual({ direct: 1, mailbox: 0, later: 1 });
});

test('a contact whose session is of another version is kept, closed and failed', () => {
  const contact = contactOf('from before');
  contact.outbox.enqueue(now);
  const state = contact.export();
  const at = versionAt('from before');
  for (const version of [1, 3]) {
    const changed = state.slice();
    changed[at] = version;
    const again = Contact.import(suite, 'ab', changed);
    expect(again).toMatchObject({ label: 'from before', stage: 'failed' });
    expect(again?.session.version).toBe(version);
    const sealed = again?.session.seal(new SeededRng(suite, 'x'), new Uint8Array(1), 1);
    expect(sealed).toEqual({ ok: false, error: { code: 'closed' } });
    // Its bytes stay for code that can read them; only the stage says that it is over here.
    const kept = again?.export();
    kept?.set([1], 1);
    expect(kept).toEqual(changed);
  }
});

test('bytes that are no contact are refused, however they were cut or changed', () => {
  const good = contactOf('x').export();
  for (let length = 0; length < good.length; length += 7) {
    expect(Contact.import(suite, 'ab', good.subarray(0, length))).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      // Read as failed: the test above.
      fc.pre(at !== versionAt('x'));
      const bytes = good.slice();
      bytes[at] = (bytes[at] ?? 0) ^ flip;
      const read = Contact.import(suite, 'ab', bytes);
      if (read !== undefined) expect(read.export()).toEqual(bytes);
    }),
  );
});

test('a message is repeated to one who was there since, and into silence only while blocks are left', () => {
  const contact = contactOf('x');
  const patience = { answer: 10 * SECOND, fetch: 60 * SECOND };
  expect(contact.mayRepeat(now, 0, patience)).toBe(true);
  contact.leftAt.set(0, now);
  const minutes = (count: number): typeof now => after(now, count * 60 * SECOND);
  expect(contact.mayRepeat(minutes(6), 0, patience)).toBe(false);
  contact.bank.add(
    [1, 2, 3, 4, 5].map((fill) => handed(false, EPOCH, fill)),
    EPOCH,
    8,
  );
  expect(contact.mayRepeat(minutes(4), 0, patience)).toBe(false);
  expect(contact.mayRepeat(minutes(6), 0, patience)).toBe(true);
  contact.bank.take(1, EPOCH, false);
  expect(contact.mayRepeat(minutes(6), 0, patience)).toBe(false);
  expect(contact.mayRepeat(minutes(361), 0, patience)).toBe(true);
  // Two are kept, for new words and for blocks of one's own.
  contact.bank.take(2, EPOCH, false);
  expect(contact.mayRepeat(minutes(361), 0, patience)).toBe(false);
  // Back after a silence it first fetches what waits for it; one who was there all the time has no reason.
  contact.heard(minutes(3));
  expect(contact.mayRepeat(minutes(3), 0, patience)).toBe(false);
  contact.heard(minutes(3));
  expect(contact.mayRepeat(minutes(4), 0, patience)).toBe(true);
  contact.leftAt.set(1, after(minutes(3), SECOND));
  contact.heard(after(minutes(3), 12 * SECOND));
  expect(contact.mayRepeat(after(minutes(3), 12 * SECOND), 1, patience)).toBe(true);
});

test('epochs pass for bank and supply alike, also while nothing ran', () => {
  const contact = contactOf('x');
  const blocks = [EPOCH, EPOCH + 1, EPOCH + 3].map((epoch) => handed(false, epoch));
  contact.bank.add(blocks, EPOCH, 8);
  const { serial } = contact.supply.number();
  const later = new Map([
    [EPOCH + 1, 4],
    [EPOCH + 3, 2],
  ]);
  contact.supply.granted(now, { direct: 4, mailbox: 8, later });
  contact.supply.heard({ serial: 1, seen: serial, direct: 4, mailbox: 8, later: 6 });
  contact.turn(EPOCH + 1);
  expect(contact.bank.level(EPOCH + 1)).toEqual({ direct: 0, mailbox: 1, later: 1 });
  expect(contact.supply.mute).toBe(false);
  contact.turn(EPOCH + 2);
  expect(contact.supply.mute).toBe(true);
  contact.turn(EPOCH + 3);
  expect(contact.bank.level(EPOCH + 3)).toEqual({ direct: 0, mailbox: 1, later: 0 });
  const pace = contact.pace({ plan: HOME, parameters: DEFAULT_PARAMETERS }, now);
  // Silent for two epochs that began it counts as away, and is not filled up until it is heard.
  expect(contact.supply.wanted(now, pace).mailbox).toBe(0);
  contact.supply.heard(undefined);
  expect(contact.supply.wanted(now, pace).mailbox).toBe(6);
});

test('what left is waited for while a mailbox may keep it, and an epoch more', () => {
  const { mailLifeMicros, epochMicros } = DEFAULT_PARAMETERS;
  const parts = { parameters: DEFAULT_PARAMETERS };
  const contact = contactOf('x');
  expect(nextExpiry(parts, contact)).toBeUndefined();
  contact.leftAt.set(4, after(now, SECOND));
  contact.leftAt.set(5, now);
  const end = after(now, mailLifeMicros + epochMicros);
  expect(nextExpiry(parts, contact)).toBe(end);
  expect(expiredTexts(parts, instant(end - 1), contact)).toEqual([]);
  expect(expiredTexts(parts, end, contact)).toEqual([5]);
  contact.inFlight.add(5);
  expect(expiredTexts(parts, after(end, SECOND), contact)).toEqual([4]);
});

test('two who have just met fill each other up in messages of several packets, and keep some for words', () => {
  const parts = { plan: HOME, parameters: DEFAULT_PARAMETERS };
  const contact = contactOf('new');
  const packets = (): number => meetingPackets(parts, now, contact);
  const give = (count: number): number =>
    contact.bank.add(
      Array.from({ length: count }, () => handed(true, EPOCH)),
      EPOCH,
      8,
    );
  give(2);
  expect(packets()).toBe(0);
  contact.meetingPackets = MEETING_PACKETS;
  // The first message may take all: nothing else could break the silence.
  expect(packets()).toBe(2);
  contact.sealedAt = now;
  expect(packets()).toBe(0);
  give(1);
  expect(packets()).toBe(0);
  give(5);
  expect(packets()).toBe(3);
  contact.meetingPackets = 2;
  expect(packets()).toBe(2);
  contact.meetingPackets = MEETING_PACKETS;
  // No more than is missing: five blocks are two packets, and two are not worth one.
  const { serial } = contact.supply.number();
  const holds = (number: number, direct: number, mailbox: number): void =>
    contact.supply.heard({ serial: number, seen: serial, direct, mailbox, later: 0 });
  holds(1, 5, 2);
  expect(packets()).toBe(2);
  holds(2, 8, 2);
  expect(packets()).toBe(0);
  // Fast writers are given more.
  for (let i = 0; i < 16; i++) contact.heard(now);
  expect(contact.pace(parts, now).direct).toBe(MOST_DIRECT);
  expect(packets()).toBe(3);
  contact.stage = 'pending';
  expect(packets()).toBe(0);
});

test('messages without words go for direct blocks while the two talk, unless words bring them', () => {
  const parts = { plan: HOME, parameters: DEFAULT_PARAMETERS };
  const contact = contactOf('talks');
  contact.bank.add(
    Array.from({ length: 6 }, () => handed(true, EPOCH)),
    EPOCH,
    8,
  );
  const { serial } = contact.supply.number();
  const holds = (number: number, direct: number): void =>
    contact.supply.heard({ serial: number, seen: serial, direct, mailbox: 8, later: 0 });
  const should = (): boolean => shouldSupply(parts, now, contact);
  holds(1, 5);
  // Not heard from lately.
  expect(should()).toBe(false);
  contact.heard(now);
  expect(should()).toBe(true);
  // Once into silence, then after a pause; at once when the peer was heard again.
  contact.supply.sentAlone(now);
  expect(should()).toBe(false);
  holds(2, 5);
  expect(should()).toBe(true);
  contact.wroteAt = now;
  expect(should()).toBe(false);
  contact.wroteAt = instant(now - 10 * SECOND);
  expect(should()).toBe(true);
  holds(3, 6);
  expect(should()).toBe(false);
});

test('a plaintext is given the packets that it takes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30_000 }), (length) => {
      const packets = fragmentsFor(length);
      expect(roomOf(packets)).toBeGreaterThanOrEqual(length);
      if (packets > 1) expect(roomOf(packets - 1)).toBeLessThan(length);
    }),
  );
});

test('a label that the store would not hold is the caller’s bug', () => {
  expect(() => checkLabel('é'.repeat(256))).not.toThrow();
  expect(() => checkLabel('é'.repeat(257))).toThrow(RangeError);
});
