import { type Instant, instant, MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Level } from '../src/items.ts';
import type { TalkPace } from '../src/patience.ts';
import { DIRECT_LACK, FILLED, LOW_WATER_MAILBOX, MAX_VAIN, Supply } from '../src/supply.ts';
import { TARGET_MAILBOX } from '../src/supply.ts';

const NONE: Level = { direct: 0, mailbox: 0, later: 0 };
const at = (seconds: number): Instant => instant(1_000_000 * SECOND + seconds * SECOND);
const report = (serial: number, seen: number, level: Level) => ({ serial, seen, ...level });

const EPOCH = 300;
const HORIZON = 4;
const FULL = new Map([
  [EPOCH + 1, 4],
  [EPOCH + 2, 2],
  [EPOCH + 3, 2],
]);
const none = new Map<number, number>();
/** Of the home plan, and of one with a slot in five minutes. */
const PACE: TalkPace = {
  direct: 9,
  answerMicros: 26 * SECOND,
  mailMicros: 802 * SECOND,
  slow: false,
  useful: 108,
};
const SLOW: TalkPace = {
  direct: 10,
  answerMicros: 12_006 * SECOND,
  mailMicros: 36_066 * SECOND,
  slow: true,
  useful: 3,
};
const TARGET = { direct: PACE.direct, mailbox: TARGET_MAILBOX };

test('a contact that holds nothing is given the target, and no more until it says so', () => {
  const supply = new Supply();
  expect(supply.mute).toBe(true);
  expect(supply.wanted(at(0), PACE)).toEqual(TARGET);
  expect(supply.wantedLater(at(0), EPOCH, HORIZON, PACE)).toEqual([...FULL]);
  supply.number();
  supply.granted(at(0), { ...TARGET, later: FULL });
  expect(supply.wanted(at(1), PACE)).toEqual({ direct: 0, mailbox: 0 });
  expect(supply.wantedLater(at(1), EPOCH, HORIZON, PACE)).toEqual([]);
  expect(supply.low(at(1), PACE)).toBe(false);
  expect(supply.lowDirect(at(1), PACE)).toBe(false);
  // A grant that no report knew of in time was lost.
  expect(supply.wanted(at(61), PACE)).toEqual(TARGET);
  expect(supply.wantedLater(at(61), EPOCH, HORIZON, PACE)).toEqual([]);
  // Of blocks for epochs to come that is so only once it was heard and did not know of them.
  expect(supply.wantedLater(at(601), EPOCH, HORIZON, PACE)).toEqual([]);
  supply.heard(report(1, 0, NONE));
  expect(supply.wantedLater(at(601), EPOCH, HORIZON, PACE)).toEqual([...FULL]);
});

test('into a silence of epochs it gives the far end of the horizon, each epoch once, and fills nothing up', () => {
  const supply = new Supply();
  const { serial } = supply.number();
  supply.granted(at(0), { ...TARGET, later: FULL });
  supply.heard(report(1, serial, { ...TARGET, later: 8 }));
  const given: number[] = [];
  for (let away = 1; away <= HORIZON; away++) {
    const now = at(away * 86_400);
    supply.epochChanged(EPOCH + away);
    const mute = away > HORIZON - 1;
    if (away > 1) expect(supply.low(now, PACE)).toBe(mute);
    if (away > 1) expect(supply.wanted(now, PACE).mailbox).toBe(mute ? 2 : 0);
    // A packet has room for three.
    const later = new Map<number, number>();
    for (const [epoch, count] of supply.wantedLater(now, EPOCH + away, HORIZON, PACE)) {
      const room = 3 - [...later.values()].reduce((sum, one) => sum + one, 0);
      if (room > 0) later.set(epoch, Math.min(room, count));
    }
    supply.number();
    supply.granted(now, { direct: 0, mailbox: 0, later });
    given.push(...later.keys());
  }
  // The next epoch is filled up to four once, before the peer counts as away.
  expect(given).toEqual([EPOCH + 2, EPOCH + 4, EPOCH + 4, EPOCH + 5, EPOCH + 6, EPOCH + 7]);
});

test('blocks of epochs to come that a report lacks are given again, first those of the latest messages', () => {
  const supply = new Supply();
  const say = (serial: number, seen: number, later: number): void =>
    supply.heard(report(serial, seen, { ...NONE, later }));
  const first = supply.number().serial;
  supply.granted(at(0), { direct: 0, mailbox: 0, later: FULL });
  say(1, first, 8);
  expect(supply.wantedLater(at(9999), EPOCH, HORIZON, PACE)).toEqual([]);
  say(2, first, 7);
  expect(supply.wantedLater(at(9999), EPOCH, HORIZON, PACE)).toEqual([[EPOCH + 1, 1]]);
  supply.number();
  supply.granted(at(9999), { direct: 0, mailbox: 0, later: new Map([[EPOCH + 4, 2]]) });
  const { serial } = supply.number();
  say(3, serial, 7);
  expect(supply.wantedLater(at(9999), EPOCH + 1, HORIZON, PACE)).toEqual([
    [EPOCH + 2, 2],
    [EPOCH + 4, 2],
  ]);
});

test('a report counts the grants in that it knows of, and only these', () => {
  const supply = new Supply();
  const first = supply.number().serial;
  supply.granted(at(0), { direct: 0, mailbox: 3, later: none });
  supply.number();
  supply.granted(at(0), { direct: 0, mailbox: 2, later: none });
  supply.heard(report(1, first, { direct: 0, mailbox: 3, later: 0 }));
  expect(supply.wanted(at(1), PACE).mailbox).toBe(TARGET.mailbox - 5);
  // The same report again, or an older one, says nothing new.
  supply.heard(report(1, first, NONE));
  supply.heard(report(65_535, 0, NONE));
  expect(supply.wanted(at(1), PACE).mailbox).toBe(TARGET.mailbox - 5);
  expect(supply.mute).toBe(false);
});

test('from the low-water mark it is filled well over the mark, but not to the last block', () => {
  const supply = new Supply();
  const { serial } = supply.number();
  const say = (number: number, mailbox: number): void =>
    supply.heard(report(number, serial, { direct: 4, mailbox, later: 0 }));
  say(1, LOW_WATER_MAILBOX);
  expect(supply.low(at(0), PACE)).toBe(false);
  say(2, LOW_WATER_MAILBOX - 1);
  expect(supply.low(at(0), PACE)).toBe(true);
  say(3, FILLED - 1);
  expect(supply.low(at(0), PACE)).toBe(true);
  say(4, FILLED);
  expect(supply.low(at(0), PACE)).toBe(false);
});

test('direct blocks are low by what one message brings and one more, below whatever the target is', () => {
  const supply = new Supply();
  const { serial } = supply.number();
  const low = (number: number, direct: number, target: number): boolean => {
    supply.heard(report(number, serial, { direct, mailbox: TARGET_MAILBOX, later: 0 }));
    return supply.lowDirect(at(0), { ...PACE, direct: target });
  };
  expect(low(1, 9 - DIRECT_LACK, 9)).toBe(true);
  expect(low(2, 10 - DIRECT_LACK, 9)).toBe(false);
  expect(low(3, 10 - DIRECT_LACK, 16)).toBe(true);
  supply.directRefused(at(0));
  expect(supply.lowDirect(at(599), PACE)).toBe(false);
  expect(supply.lowDirect(at(600), { ...PACE, direct: 16 })).toBe(true);
});

test('where an answer takes longer than a minute, a grant counts as long', () => {
  const supply = new Supply();
  supply.number();
  supply.granted(at(0), { direct: 9, mailbox: 8, later: none });
  const longer = { ...PACE, answerMicros: 110 * SECOND };
  expect(supply.wanted(at(61), PACE)).toEqual(TARGET);
  expect(supply.wanted(at(109), longer)).toEqual({ direct: 0, mailbox: 0 });
  expect(supply.wanted(at(110), longer)).toEqual(TARGET);
});

test('under a slow plan a grant counts as long as both ways take by mailboxes', () => {
  const supply = new Supply();
  supply.number();
  supply.granted(at(0), { direct: 10, mailbox: 8, later: FULL });
  expect(supply.wanted(at(36_065), SLOW)).toEqual({ direct: 0, mailbox: 0 });
  expect(supply.wanted(at(36_066), SLOW)).toEqual({ direct: 10, mailbox: 8 });
  supply.heard(report(1, 0, NONE));
  expect(supply.wantedLater(at(36_065), EPOCH, HORIZON, SLOW)).toEqual([]);
  expect(supply.wantedLater(at(36_066), EPOCH, HORIZON, SLOW)).not.toEqual([]);
});

test('under a slow plan each epoch to come gets its first block before any gets its second', () => {
  const supply = new Supply();
  const given: number[] = [];
  for (let missing = true; missing;) {
    const [first] = supply.wantedLater(at(0), EPOCH, HORIZON, SLOW);
    missing = first !== undefined;
    if (first === undefined) break;
    given.push(first[0] - EPOCH);
    supply.number();
    supply.granted(at(0), { direct: 0, mailbox: 0, later: new Map([[first[0], 1]]) });
  }
  expect(given).toEqual([1, 1, 2, 3, 1, 1, 2, 3]);
});

test('the mark is no higher than what is of use before the epoch ends', () => {
  const supply = new Supply();
  const { serial } = supply.number();
  const low = (number: number, mailbox: number, useful: number): boolean => {
    supply.heard(report(number, serial, { direct: 4, mailbox, later: 0 }));
    return supply.low(at(0), { ...PACE, useful });
  };
  expect(low(1, 3, 4)).toBe(true);
  expect(low(2, 3, 3)).toBe(false);
  expect(low(3, 2, 3)).toBe(true);
  expect(low(4, 1, 1)).toBe(false);
  expect(low(5, 0, 1)).toBe(true);
  // Direct ones are not topped up where nobody talks.
  expect(supply.lowDirect(at(0), PACE)).toBe(true);
  expect(supply.lowDirect(at(0), SLOW)).toBe(false);
});

test('what was granted in a message that will not leave is granted again', () => {
  const supply = new Supply();
  const grant = (): number => {
    const { serial } = supply.number();
    supply.granted(at(0), { direct: 2, mailbox: 0, later: new Map([[EPOCH + 2, 2]]) });
    return serial;
  };
  grant();
  supply.unsent(grant() + 1);
  expect(supply.holds(at(1), PACE)).toBe(4);
  expect(supply.wantedLater(at(1), EPOCH, HORIZON, PACE)).toEqual([
    [EPOCH + 1, 4],
    [EPOCH + 3, 2],
  ]);
  const { serial } = supply;
  supply.unsent(serial);
  expect(supply.holds(at(1), PACE)).toBe(2);
  supply.unsent(serial - 1);
  expect(supply.holds(at(1), PACE)).toBe(0);
  expect(supply.wantedLater(at(1), EPOCH, HORIZON, PACE)).toEqual([...FULL]);
});

test('the pause between messages for the supply alone doubles until the peer is heard', () => {
  const supply = new Supply();
  const pauses = [0, 1, 2].map(() => {
    supply.sentAlone(at(0));
    return (supply.nextAt - at(0)) / SECOND;
  });
  expect(pauses).toEqual([10, 20, 40]);
  expect(supply.vain).toBe(3);
  supply.heard(undefined);
  expect(supply.vain).toBe(0);
  supply.sentAlone(at(0));
  expect((supply.nextAt - at(0)) / SECOND).toBe(10);
});

test('however a contact asks, what it gets is bounded by what it is given in a minute', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.nat(0xffff), fc.nat(0xffff)));
  fc.assert(
    fc.property(steps, (asked) => {
      const supply = new Supply();
      let second = 0;
      for (const [wait, serial, seen] of asked) {
        second += wait;
        supply.heard(report(serial, seen, NONE));
        const wanted = supply.wanted(at(second), PACE);
        const later = new Map(supply.wantedLater(at(second), EPOCH, HORIZON, PACE));
        expect(wanted.direct).toBeLessThanOrEqual(TARGET.direct);
        expect(wanted.mailbox).toBeLessThanOrEqual(TARGET.mailbox);
        for (const [epoch, count] of later) {
          expect(count).toBeLessThanOrEqual(FULL.get(epoch) ?? 0);
        }
        supply.number();
        supply.granted(at(second), { ...wanted, later });
      }
    }),
  );
});

test('with a new epoch what was for it is for now, and messages may go into silence again', () => {
  const supply = new Supply();
  const { serial } = supply.number();
  supply.granted(at(0), { ...TARGET, later: FULL });
  supply.heard(report(1, serial, { ...TARGET, later: 8 }));
  for (let i = 0; i < MAX_VAIN; i++) supply.sentAlone(at(0));
  supply.epochChanged(EPOCH + 1);
  expect(supply.wanted(at(0), PACE)).toEqual({ direct: 9, mailbox: 4 });
  expect(supply.wantedLater(at(0), EPOCH + 1, HORIZON, PACE)).toEqual([
    [EPOCH + 2, 2],
    [EPOCH + 4, 2],
  ]);
  expect(supply.vain).toBe(0);
});

test('direct blocks of the next epoch are held when it begins, and given again when they were lost', () => {
  const supply = new Supply();
  const wanted = (seconds: number): number => supply.wantedDirectNext(at(seconds), EPOCH, PACE);
  const give = (seconds: number, direct: number): number => {
    const { serial } = supply.number();
    const directLater = new Map([[EPOCH + 1, direct]]);
    supply.granted(at(seconds), { direct: 0, mailbox: 0, later: none, directLater });
    return serial;
  };
  expect(wanted(0)).toBe(9);
  const first = give(0, 3);
  give(1, 2);
  expect(wanted(1)).toBe(4);
  // They are none of the current epoch's.
  expect(supply.wanted(at(1), PACE)).toEqual(TARGET);
  supply.heard(report(1, first, { ...TARGET, later: 0 }));
  // The second message is not known there: after the time of an answer it was lost.
  expect(wanted(60)).toBe(4);
  expect(wanted(61)).toBe(6);
  give(62, 6);
  supply.epochChanged(EPOCH + 1);
  expect(supply.wanted(at(63), PACE).direct).toBe(0);
  expect(supply.lowDirect(at(63), PACE)).toBe(false);
  // Those that were under way as the epoch began are lost in the same time.
  expect(supply.wanted(at(122), PACE).direct).toBe(6);
  expect(supply.wantedDirectNext(at(63), EPOCH + 1, PACE)).toBe(9);
  supply.epochChanged(EPOCH + 2);
  expect(supply.wanted(at(63), PACE).direct).toBe(9);
});

test('a report from the epoch before tells what arrived, and nothing of what is held now', () => {
  const supply = new Supply();
  const first = supply.number().serial;
  supply.granted(at(0), {
    direct: 0,
    mailbox: 0,
    later: FULL,
    directLater: new Map([[EPOCH + 1, 5]]),
  });
  supply.epochChanged(EPOCH + 1);
  supply.heard(report(1, first, { direct: 9, mailbox: 8, later: 8 }), false);
  expect(supply.wanted(at(99), PACE)).toEqual({ direct: 4, mailbox: 4 });
  expect(supply.unseen).toBe(0);
  supply.heard(report(2, first, { direct: 4, mailbox: 3, later: 4 }));
  expect(supply.wanted(at(99), PACE)).toEqual({ direct: 5, mailbox: 5 });
});

test('messages that the peer has not confirmed are counted, over the wrap of their numbers', () => {
  const supply = new Supply();
  for (let i = 1; i <= 70_000; i++) {
    const { serial } = supply.number();
    if (i % 100 === 0) supply.heard(report((i / 100) % 65_536, serial, NONE));
    expect(supply.unseen).toBe(i % 100);
  }
  // A number that was never given out confirms nothing.
  supply.number();
  supply.heard(report(701, 20_000, NONE));
  expect(supply.unseen).toBe(1);
});

test('a stored supply goes on where it was', () => {
  const supply = new Supply();
  const { serial } = supply.number();
  supply.granted(at(0), { direct: 2, mailbox: 7, later: FULL });
  supply.heard(report(9, serial, { direct: 2, mailbox: 7, later: 8 }));
  supply.number();
  const again = Supply.import(supply.export());
  expect(again?.unseen).toBe(1);
  expect(again?.number()).toEqual({ serial: serial + 2, seen: 9 });
  expect(again?.wanted(at(0), PACE)).toEqual({ direct: 7, mailbox: 1 });
  expect(again?.wantedLater(at(0), EPOCH + 1, HORIZON, PACE)).toEqual([
    [EPOCH + 2, 2],
    [EPOCH + 4, 2],
  ]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      const read = Supply.import(bytes);
      if (read === undefined) expect(bytes.length === 9 && bytes[8] === 0).toBe(false);
      else expect(read.export()).toEqual(bytes);
    }),
  );
});
