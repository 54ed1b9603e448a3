import { instant } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeMessage,
  encodeMessage,
  History,
  isSettled,
  MAX_HISTORY,
  type Message,
  messageKey,
} from '../src/history.ts';

const message = (id: number, changes: Partial<Message> = {}): Message => ({
  contact: 'ab',
  direction: 'in',
  id,
  text: `text ${id}`,
  at: instant(1000 + id),
  state: 'received',
  ...changes,
});

test('a stored message is read again, and other bytes are refused', () => {
  const written = message(7, { direction: 'out', state: 'waiting', text: 'grüße 😀' });
  expect(decodeMessage(messageKey(written), encodeMessage(written))).toEqual(written);
  const final = { direction: 'out', state: 'sent', leftAt: instant(9), unconfirmed: true } as const;
  const unconfirmed = message(8, final);
  expect(decodeMessage(messageKey(unconfirmed), encodeMessage(unconfirmed))).toEqual(unconfirmed);
  const impossible = encodeMessage({ ...unconfirmed, state: 'delivered' });
  expect(decodeMessage(messageKey(unconfirmed), impossible)).toBeUndefined();
  for (const key of ['person/message/ab/in/7', 'person/message/ab/up/00000007', 'person/message']) {
    expect(decodeMessage(key, encodeMessage(written))).toBeUndefined();
  }
  const key = messageKey(written);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const read = decodeMessage(key, bytes);
      if (read !== undefined) expect(encodeMessage(read)).toEqual(bytes);
    }),
  );
});

test('a conversation keeps its order, whatever order the store had', () => {
  const messages = Array.from({ length: 20 }, (_, id) => message(id));
  const history = new History(messages.toReversed());
  expect(history.of('ab')).toEqual(messages);
  expect(history.of('cd')).toEqual([]);
  history.put(message(3, { text: 'changed' }));
  expect(history.of('ab').map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
  expect(history.get(message(3))?.text).toBe('changed');
});

test('what the mix let overtake each other stands as it was written, before and after a restart', () => {
  const minute = 60_000_000;
  const arrived = [
    message(0, { at: instant(10 * minute) }),
    message(2, { at: instant(10 * minute + 5) }),
    message(0, { at: instant(10 * minute + 6), direction: 'out', state: 'sent' }),
    message(1, { at: instant(10 * minute + 7) }),
    message(4, { at: instant(11 * minute) }),
    // Too late to be put where nobody looks any more.
    message(3, { at: instant(30 * minute) }),
  ];
  const inOrder = ['in 0', 'in 1', 'in 2', 'out 0', 'in 4', 'in 3'];
  const live = new History([]);
  for (const one of arrived) live.put(one);
  for (const history of [live, new History(arrived.toReversed())]) {
    expect(history.of('ab').map(({ direction, id }) => `${direction} ${id}`)).toEqual(inOrder);
  }
  live.put(message(6, { at: instant(31 * minute) }));
  live.put(message(5, { at: instant(31 * minute + 1) }));
  expect(live.last('ab')?.id).toBe(6);
});

test('what left for one who tells nothing is settled, what waits for a word is not', () => {
  const sent = message(1, { direction: 'out', state: 'sent' });
  expect(isSettled(sent)).toBe(false);
  expect(isSettled({ ...sent, unconfirmed: true })).toBe(true);
});

test('beyond its bound the oldest makes way, but never one that is still to be sent', () => {
  const history = new History([message(0, { direction: 'out', state: 'waiting' })]);
  const gone: Message[] = [];
  for (let id = 1; id <= MAX_HISTORY + 10; id++) {
    const old = history.put(message(id));
    if (old !== undefined) gone.push(old);
  }
  expect(gone.map(({ id }) => id)).toEqual(Array.from({ length: 11 }, (_, i) => i + 1));
  expect(history.of('ab')).toHaveLength(MAX_HISTORY);
  expect(history.of('ab')[0]?.state).toBe('waiting');
});
