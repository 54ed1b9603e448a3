import { epochStart } from '@sotto/directory';
import type { OrderError, SurbPair } from '@sotto/endpoint';
import { type Instant, MICROS_PER_SECOND, ok, type Result } from '@sotto/wire';
import type { Contact } from './contact.ts';
import { type HandedSurb, MAX_SURBS_PER_MESSAGE, unitsOf } from './items.ts';
import type { TalkPace } from './patience.ts';
import type { PersonParts } from './person-io.ts';
import { LOW_WATER_MAILBOX, TARGET_MAILBOX } from './supply.ts';

/** Blocks of epochs to come that are made ahead for one contact: what one packet carries. */
const MAX_PREPARED = 3;
/** Epochs without an alias that are tried at a time: each announces one. */
const MAX_WISHES = 2;
/** Direct blocks of a first message. */
const GREETING_DIRECT = 2;
/**
 * So long before an epoch begins two who talk give each other direct blocks of it: words bring one
 * or two each, so that a talk of a message in half a minute is ready for it in time. Not earlier, for
 * each is a way to one's guard.
 */
const DIRECT_LEAD_MICROS = 600 * MICROS_PER_SECOND;
/** Pause after an epoch had no alias yet. */
const PREPARE_PAUSE_MICROS = 30 * MICROS_PER_SECOND;

/** Blocks of one kind. Those that end in mailboxes have each a twin at another one, where the person wants that. */
function mint(
  { endpoint, secondMailbox }: Pick<PersonParts, 'endpoint' | 'secondMailbox'>,
  now: Instant,
  contact: string,
  {
    direct,
    count,
    epoch,
  }: { readonly direct: boolean; readonly count: number; readonly epoch: number },
): Result<readonly SurbPair[], OrderError> {
  if (secondMailbox && !direct) return endpoint.mintPairs(now, contact, count, epoch);
  const counts = { direct: direct ? count : 0, mailbox: direct ? 0 : count, epoch };
  const minted = endpoint.mintSurbs(now, contact, counts);
  return minted.ok ? ok(minted.value.map((surb) => ({ surb }))) : minted;
}

/**
 * Blocks of the current epoch that may go out before any of epochs to come, where few of it are of
 * use before it ends: no more than these, and half of the room. What is left over then dies with the
 * epoch, and without blocks of the next one both would be silent from then on (docs/decisions/0057).
 * The odd one is for the answer, if there are words to answer or the peer holds none.
 *
 * @param holds - blocks of it that the peer has.
 * @param room - blocks that fit.
 */
function quotaOf({ useful }: TalkPace, holds: number, room: number, words: boolean): number {
  const half = words || holds === 0 ? Math.ceil(room / 2) : Math.floor(room / 2);
  return Math.min(half, Math.max(0, useful - holds));
}

/**
 * Reply blocks of one's own for a contact: as many of the wanted as can be made and fit.
 *
 * @param most - how many fit.
 * @param words - whether the message has some.
 */
export function mintFor(
  parts: PersonParts,
  now: Instant,
  contact: Pick<Contact, 'id' | 'supply' | 'prepared' | 'talking' | 'pace'>,
  most: number,
  words: boolean,
): readonly HandedSurb[] {
  const epoch = parts.epoch(now);
  const pace = contact.pace(parts, now);
  const wanted = contact.supply.wanted(now, pace);
  const handed: HandedSurb[] = [];
  const made = { direct: 0, mailbox: 0 };
  const units = parts.secondMailbox ? 2 : 1;
  let room = Math.min(most, MAX_SURBS_PER_MESSAGE);
  const hand = (block: HandedSurb): void => {
    handed.push(block);
    room -= unitsOf(block);
  };
  const ahead = (fits: number, of: (block: HandedSurb) => boolean): number => {
    let left = fits;
    const kept: HandedSurb[] = [];
    for (const block of contact.prepared) {
      if (!of(block) || unitsOf(block) > left) kept.push(block);
      else {
        left -= unitsOf(block);
        hand(block);
      }
    }
    const count = contact.prepared.length - kept.length;
    contact.prepared = kept;
    return count;
  };
  const later = (fits: number): number => ahead(fits, (block) => block.epoch > epoch);
  const make = (count: number, direct: boolean): void => {
    const each = direct ? 1 : units;
    const number = Math.min(count, Math.floor(room / each));
    if (number <= 0) return;
    // What was made for this epoch before it began comes first.
    const begun = (block: HandedSurb): boolean => block.epoch === epoch && block.direct === direct;
    const had = ahead(number * each, begun);
    made[direct ? 'direct' : 'mailbox'] += had;
    let asked = number - had;
    while (asked > 0) {
      const minted = mint(parts, now, contact.id, { direct, count: asked, epoch });
      if (minted.ok) {
        for (const pair of minted.value) hand({ direct, epoch, ...pair });
        made[direct ? 'direct' : 'mailbox'] += minted.value.length;
        break;
      }
      // No alias yet: the next message brings more. At a bound fewer may have room.
      if (minted.error.code === 'too-many-direct') contact.supply.directRefused(now);
      else if (minted.error.code !== 'too-many-outstanding') break;
      asked >>= 1;
    }
  };
  const talks = contact.talking(now) && !pace.slow;
  const few = !talks && (pace.slow || pace.useful <= TARGET_MAILBOX);
  const blocks = Math.floor(room / units);
  const quota = few ? quotaOf(pace, contact.supply.holds(now, pace), blocks, words) : Infinity;
  // First what keeps a talk going and what outlasts it, each up to half of its target: what goes by
  // the mailbox for lack of direct blocks is seconds late, and who leaves is written to by mailbox.
  if (talks) make(wanted.direct - Math.floor(pace.direct / 2), true);
  else if (contact.talking(now)) make(Math.min(quota, wanted.direct), true);
  const urgent = wanted.mailbox - (TARGET_MAILBOX - LOW_WATER_MAILBOX);
  make(few ? Math.min(urgent, quota - made.direct) : urgent, false);
  if (few) later(room);
  if (talks) make(wanted.direct - made.direct, true);
  // Later one of three that fit is for the current epoch: the peer spends one on its answer.
  if (urgent <= 0) later(wanted.mailbox > 0 ? room - Math.ceil(room / 3) : room);
  make(wanted.mailbox - made.mailbox, false);
  make(wanted.direct - made.direct, true);
  later(room);
  grant(now, contact, handed, epoch);
  return handed;
}

/** Counts blocks as handed out in the message that was last numbered. */
export function grant(
  now: Instant,
  contact: Pick<Contact, 'supply'>,
  handed: readonly HandedSurb[],
  epoch: number,
): void {
  const later = new Map<number, number>();
  const directLater = new Map<number, number>();
  for (const block of handed) {
    const counts = block.direct ? directLater : later;
    if (block.epoch > epoch) counts.set(block.epoch, (counts.get(block.epoch) ?? 0) + 1);
  }
  const current = handed.filter((block) => block.epoch === epoch);
  const direct = current.filter((block) => block.direct).length;
  contact.supply.granted(now, { direct, mailbox: current.length - direct, later, directLater });
}

/**
 * Makes blocks of epochs to come that a contact lacks, the nearest first, before a message is sealed
 * for them: each epoch takes an alias of its own, which may have to be announced first. Direct ones
 * are made when a talk is about to go over into the next epoch, else it would begin there without any.
 */
export function prepareLater(parts: PersonParts, now: Instant, contact: Contact): void {
  // Without a block of the contact's no message could bring them.
  if (contact.stage !== 'active' || contact.bank.size === 0 || contact.prepareAt > now) return;
  const { horizonEpochs } = parts.parameters;
  let refused = 0;
  const prepare = (epoch: number, missing: number, direct: boolean): void => {
    const same = contact.prepared.filter((b) => b.direct === direct && b.epoch === epoch);
    const number = Math.min(missing - same.length, MAX_PREPARED - contact.prepared.length);
    if (number <= 0) return;
    const made = mint(parts, now, contact.id, { direct, count: number, epoch });
    if (made.ok) {
      const blocks = made.value.map(({ surb, twin }) =>
        twin === undefined ? { direct, epoch, surb } : { direct, epoch, surb, twin },
      );
      contact.prepared = [...contact.prepared, ...blocks];
    } else refused++;
  };
  const next = contact.epoch + 1;
  const near = epochStart(parts.parameters, next) - now <= DIRECT_LEAD_MICROS;
  const pace = contact.pace(parts, now);
  if (near && contact.talking(now)) {
    prepare(next, contact.supply.wantedDirectNext(now, contact.epoch, pace), true);
  }
  const lacked = contact.supply.wantedLater(now, contact.epoch, horizonEpochs, pace);
  for (const [epoch, missing] of lacked) {
    if (refused === MAX_WISHES) break;
    prepare(epoch, missing, false);
  }
  if (refused > 0) contact.prepareAt = now + PREPARE_PAUSE_MICROS;
}

/**
 * Makes a block for this epoch and one for the next, for a message that is of no use without: its
 * way may take so long that the first is over.
 *
 * @returns false while an alias for one of them is missing; it is announced.
 */
export function prepareBack(parts: PersonParts, now: Instant, contact: Contact): boolean {
  let complete = true;
  for (const epoch of [contact.epoch + 1, contact.epoch]) {
    if (contact.prepared.some((block) => block.epoch === epoch && !block.direct)) continue;
    const counts = { direct: 0, mailbox: 1, epoch };
    const made = parts.endpoint.mintSurbs(now, contact.id, counts);
    complete &&= made.ok;
    if (!made.ok) continue;
    const blocks = made.value.map((surb) => ({ direct: false, epoch, surb }));
    contact.prepared = [...blocks, ...contact.prepared];
  }
  return complete;
}

/** Hands out what {@link prepareBack} has seen to, at most `most` blocks; a twin has no room. */
export function handBack(
  parts: PersonParts,
  now: Instant,
  contact: Pick<Contact, 'supply' | 'prepared'>,
  most: number,
): readonly HandedSurb[] {
  const current = parts.epoch(now);
  const chosen = [current, current + 1].flatMap((epoch) => {
    const block = contact.prepared.find((each) => each.epoch === epoch && !each.direct);
    return block === undefined ? [] : [block];
  });
  const taken = chosen.slice(0, most);
  contact.prepared = contact.prepared.filter((block) => !taken.includes(block));
  const handed = taken.map(({ direct, epoch, surb }) => ({ direct, epoch, surb }));
  grant(now, contact, handed, current);
  return handed;
}

/**
 * Makes the reply blocks of a first message, as many of the wanted as can be made by now: two direct
 * ones, for an answer of two packets, and one to a mailbox for the current epoch, then one for each
 * epoch to come, in turn.
 *
 * @param most - how many fit.
 */
export function prepareGreeting(
  parts: PersonParts,
  now: Instant,
  greeting: { readonly contact: string; prepared: readonly HandedSurb[] },
  most: number,
): void {
  const { endpoint, parameters } = parts;
  const current = parts.epoch(now);
  greeting.prepared = greeting.prepared.filter((block) => block.epoch >= current);
  const make = (direct: boolean, epoch: number, wanted: number): void => {
    const same = greeting.prepared.filter((b) => b.direct === direct && b.epoch === epoch);
    const number = Math.min(wanted - same.length, most - greeting.prepared.length);
    if (number <= 0) return;
    const counts = { direct: direct ? number : 0, mailbox: direct ? 0 : number, epoch };
    const made = endpoint.mintSurbs(now, greeting.contact, counts);
    // No alias yet: it is announced by now, and the first message waits a while for it.
    if (!made.ok) return;
    const blocks = made.value.map((surb) => ({ direct, epoch, surb }));
    greeting.prepared = [...greeting.prepared, ...blocks];
  };
  make(true, current, GREETING_DIRECT);
  const others = most - GREETING_DIRECT;
  const reach = Math.min(others, parameters.horizonEpochs);
  for (let i = 0; i < others; i++) make(false, current + (i % reach), Math.floor(i / reach) + 1);
}
