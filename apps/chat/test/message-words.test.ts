import type { Contact, Message } from '@sotto/client';
import { describe, expect, test } from 'vitest';
import { about, dataSize, duration, shortDate, untilWords } from '../src/model/format.ts';
import { standingWords } from '../src/model/message-words.ts';
import { byTime, placed } from '../src/model/order.ts';
import { search } from '../src/model/search.ts';
import { lengthNotice } from '../src/model/text-length.ts';

const now = new Date(2026, 10, 25, 12, 0);
const message = (changes: Partial<Message> = {}): Message => ({
  contact: 'a',
  direction: 'out',
  id: 1,
  text: 'hello',
  at: now,
  state: 'queued',
  ...changes,
});
const contact = (id: string, last?: Message): Contact => ({
  id,
  name: id,
  stage: 'active',
  replyBlocks: 1,
  muted: false,
  blocked: false,
  acknowledges: true,
  peerAcknowledges: true,
  lifetimeSeconds: 0,
  unread: 0,
  outOfStep: false,
  verified: false,
  ...(last === undefined ? {} : { last }),
});

describe('the words of a message', () => {
  test.each([
    [{ state: 'queued' }, 'turn', 'waiting its turn'],
    [{ state: 'waiting' }, 'them', 'waiting for them'],
    [{ state: 'sent', via: 'direct' }, 'mix', 'in the mix'],
    [{ state: 'sent', via: 'mailbox', unconfirmed: true }, 'left', 'sent'],
    [
      { state: 'sent', via: 'mailbox', keptUntil: new Date(2026, 11, 7, 9, 0) },
      'stored',
      /^stored until .*7/u,
    ],
    [{ state: 'delivered', deliveredInMillis: 3100 }, 'delivered', 'delivered 3.1 s'],
    [{ state: 'failed', reason: 'no-acknowledgement' }, 'failed', 'not delivered'],
  ] as const)('%o', (changes, standing, label) => {
    const words = standingWords(message(changes), now, 500, true);
    expect(words.standing).toBe(standing);
    expect(words.label).toMatch(label);
    expect(words.more).toMatch(/\.$/u);
  });

  test('tell the beat of the plan, and that none comes without a network', () => {
    expect(standingWords(message(), now, 500, true).more).toContain('in under a second');
    expect(standingWords(message(), now, 40_000, true).more).toContain('in about 40 s');
    expect(standingWords(message(), now, 500, false).label).toBe('waiting for the network');
  });
});

describe('figures', () => {
  test('are rounded as people say them', () => {
    expect([duration(3140), duration(42_000), duration(400_000), duration(3 * 86_400_000)]).toEqual(
      ['3.1 s', '42 s', '7 min', '3 days'],
    );
    expect([about(13_000), about(173_000), about(200)]).toEqual(['15 s', '3 min', '1 s']);
    expect([dataSize(316e6), dataSize(25.2e9), dataSize(4000)]).toEqual([
      '316 MB',
      '25 GB',
      '4 kB',
    ]);
    expect(shortDate(new Date(2026, 10, 24, 23, 0), now)).not.toContain(':');
    expect(untilWords(new Date(2026, 10, 25, 18, 30), now)).toContain('30');
  });
});

describe('a conversation', () => {
  test('holds each message once, in the order of time', () => {
    const [first, second] = [
      message({ id: 1, at: new Date(1000) }),
      message({ id: 2, at: new Date(2000) }),
    ];
    const between = message({ id: 1, direction: 'in', at: new Date(1500), state: 'received' });
    const all = placed(placed([first, second], between), { ...second, state: 'sent' });
    expect(all.map(({ direction, id, state }) => `${direction}${id}${state}`)).toEqual([
      'out1queued',
      'in1received',
      'out2sent',
    ]);
  });

  test('that was spoken in last stands first, behind those not begun yet', () => {
    const list = [
      contact('old', message({ at: new Date(1) })),
      contact('new', message({ at: new Date(2) })),
      contact('fresh'),
    ];
    expect(list.sort(byTime).map(({ id }) => id)).toEqual(['fresh', 'new', 'old']);
  });

  test('is searched without regard to case and accents', () => {
    const text = 'The long way round, past the mill and the old Café by the river';
    const found = search([contact('a')], [[message({ text })]], 'CAFE');
    expect(found.hits.map(({ excerpt }) => excerpt)).toEqual([
      '…the mill and the old Café by the river',
    ]);
    expect(search([contact('a')], [undefined], 'cafe').hits).toEqual([]);
    expect(search([contact('Ána')], [[]], 'ana').names).toHaveLength(1);
  });
});

describe('the length of a text', () => {
  test('is counted in bytes, and said from four fifths on', () => {
    expect(lengthNotice('a'.repeat(79), 100)).toEqual({ kind: 'fits' });
    expect(lengthNotice('a'.repeat(80), 100)).toEqual({ kind: 'near', left: 20 });
    expect(lengthNotice('€'.repeat(33), 100)).toEqual({ kind: 'near', left: 1 });
    expect(lengthNotice('€'.repeat(34), 100)).toEqual({ kind: 'over', over: 2 });
  });
});
