import type { MessageId } from '@sotto/reliable';
import { type Instant, toUtf8 } from '@sotto/wire';
import type { Contact } from './contact.ts';
import {
  acksCost,
  DECLINE_COST,
  encodeItems,
  introductionCost,
  photoCost,
  type Items,
  LIFETIME_COST,
  LEVEL_COST,
  streamCost,
  surbsThatFit,
  textCost,
  WAY_COST,
} from './items.ts';
import { decodeIntroduction } from './introduction.ts';
import type { IntroductionMail } from './introduction-mail.ts';
import type { MessageLog } from './message-log.ts';
import type { PersonParts } from './person-io.ts';
import { decodePhotoPart } from './photo.ts';
import type { Photos } from './photos.ts';
import type { PersonChannels } from './person-channels.ts';
import { mintFor } from './reply-mint.ts';
import type { Ways } from './ways.ts';

/** Where what a message brings is kept until it is acknowledged. */
export interface Kept {
  readonly log: MessageLog;
  readonly channels: PersonChannels;
  readonly introductions: IntroductionMail;
  readonly photos: Photos;
  readonly ways: Ways;
}

/** The text or the frames that message `id` brings, and the bytes that they take. */
function broughtBy(
  { log, channels, introductions, photos, ways }: Kept,
  contact: string,
  id: MessageId | undefined,
): {
  readonly brought: Pick<Items, 'text' | 'stream' | 'introduction' | 'photo' | 'way'>;
  readonly cost: number;
} {
  if (id === undefined) return { brought: {}, cost: 0 };
  const frames = channels.payloadOf(contact, id);
  if (frames !== undefined) {
    return { brought: { stream: { id, frames } }, cost: streamCost(frames.length) };
  }
  const stored = introductions.payloadOf(contact, id);
  const introduction = stored === undefined ? undefined : decodeIntroduction(stored);
  if (stored !== undefined && introduction !== undefined) {
    const cost = introductionCost(stored.length);
    return { brought: { introduction: { id, introduction } }, cost };
  }
  const encoded = photos.payloadOf(contact, id);
  const part = encoded === undefined ? undefined : decodePhotoPart(encoded);
  if (encoded !== undefined && part !== undefined) {
    return { brought: { photo: { id, part } }, cost: photoCost(encoded.length) };
  }
  const way = ways.wayIn(contact, id);
  if (way !== undefined) return { brought: { way: { id, way } }, cost: WAY_COST };
  const text = log.textOf(contact, id);
  if (text === undefined) return { brought: {}, cost: 0 };
  return { brought: { text: { id, text } }, cost: textCost(toUtf8(text)) };
}

/**
 * What a message carries, and its length.
 *
 * @param padded - bytes of plaintext that fill its packets.
 * @param id - of the text, or of the frames, that it brings; undefined when it has none.
 * @param hand - gives the reply blocks of one's own that go along, at most so many.
 */
export function contentOf(
  parts: PersonParts,
  kept: Kept,
  now: Instant,
  contact: Contact,
  padded: number,
  id: MessageId | undefined,
  hand: typeof mintFor = mintFor,
): [items: Uint8Array, padded: number] {
  const { brought, cost } = broughtBy(kept, contact.id, id);
  const { acknowledges, lifetime } = parts.settings.of(contact.id);
  const declines = !acknowledges;
  // Frames fill their message to the last byte.
  const timed = lifetime.change > 0 && brought.stream === undefined;
  const acks = declines ? [] : contact.inbox.acksToCarry();
  if (declines) contact.decline();
  const { direct, mailbox, later } = contact.bank.level(contact.epoch);
  // Blocks that a waiting text will take count as spent: the peer then fills up beyond them.
  const rest = Math.max(0, direct + mailbox - contact.short);
  const free = { direct: Math.min(direct, rest), mailbox: Math.min(mailbox, rest), later };
  const report = { ...contact.supply.number(), ...free };
  const inner = padded - contact.session.nonceBytes;
  const told = (declines ? DECLINE_COST : acksCost(acks.length)) + (timed ? LIFETIME_COST : 0);
  const room = inner - cost - LEVEL_COST - told;
  const surbs = hand(parts, now, contact, surbsThatFit(room), id !== undefined);
  const life = timed ? { lifetime } : {};
  const items = encodeItems({ acks, declines, surbs, report, ...life, ...brought });
  return [items, padded];
}
