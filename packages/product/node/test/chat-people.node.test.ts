import { PassThrough } from 'node:stream';
import { type Client, type ClientEvent, type Introduction, SottoError } from '@sotto/client';
import { expect, test } from 'vitest';
import { chatJson } from '../src/chat-json.ts';
import { ChatTerminal } from '../src/chat-terminal.ts';
import { introductionLine } from '../src/open-doors.ts';

const bob = { id: 'b0', name: 'Bob', stage: 'active' };
const carol = { id: 'c0', name: 'Carol', stage: 'active' };
const at = new Date(0);
const offered: Introduction = {
  id: 'b0-11223344',
  side: 'introduced',
  state: 'offered',
  at,
  by: 'b0',
  name: 'Dave',
  note: '\u001b[2Jhe sings',
};
const door = { id: 'aa00', name: 'card', link: 'sotto:A', startedAt: at, readyAt: at };

/** What the commands about people need of a client; it keeps what it was asked. */
function scripted(events: readonly ClientEvent[] = []) {
  const asked: unknown[][] = [];
  const closed = Promise.withResolvers<{ done: true; value: undefined }>();
  const waiting = events.map((value) => ({ done: false, value }));
  const note =
    (name: string, value?: unknown) =>
    async (...args: unknown[]): Promise<unknown> => {
      asked.push([name, ...args]);
      return value;
    };
  const client = {
    events: () => {
      const next = async () => waiting.shift() ?? closed.promise;
      return { next, [Symbol.asyncIterator]: () => ({ next }) };
    },
    status: async () => ({ plan: 'home', online: true, nodes: 9, contacts: [bob, carol] }),
    contacts: async () => [bob, carol],
    messages: async () => [],
    markRead: async () => undefined,
    invites: async () => [{ ...door, id: 'bb00', expires: at }],
    addresses: async () => [{ ...door, people: 5, cost: 18, left: 3, met: 2 }],
    introductions: async () => [offered],
    address: note('address', { id: 'aa00', link: 'sotto:A' }),
    async revokeAddress(id: string) {
      asked.push(['revokeAddress', id]);
      if (id !== 'aa00') throw new SottoError('unknown-address');
    },
    revokeInvite: note('revokeInvite'),
    introduce: note('introduce', 'ff00'),
    acceptIntroduction: note('acceptIntroduction'),
    declineIntroduction: note('declineIntroduction'),
    async close() {
      closed.resolve({ done: true, value: undefined });
    },
  } as unknown as Client;
  return { client, asked };
}

test('addresses and introductions by JSON: one command a line, one answer, events as they come', async () => {
  const { client, asked } = scripted([
    { kind: 'address-ready', address: { id: 'aa00', link: 'sotto:A' } },
    { kind: 'introduction', introduction: offered },
  ]);
  const [input, output] = [new PassThrough(), new PassThrough()];
  for (const command of [
    { address: { name: 'card', people: 3, cost: 12 } },
    { addresses: {} },
    { invites: {} },
    { revoke: { id: 'aa00' } },
    { revoke: { id: 'bb00' } },
    { introduce: { contacts: ['Bob', 'Carol'], note: 'you both sing' } },
    { introduce: { contacts: ['Bob', 'nobody'] } },
    { introductions: {} },
    { 'accept-introduction': { id: offered.id } },
    { 'decline-introduction': { id: offered.id } },
    { address: { people: 'many' } },
    { quit: {} },
  ]) {
    input.write(`${JSON.stringify(command)}\n`);
  }
  input.end();
  await chatJson(client, { input, output, signal: new AbortController().signal });
  const told = String(output.read())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const events = told.map(({ event }) => event);
  expect(events).toEqual(
    expect.arrayContaining([
      'address-ready',
      'introduction',
      'addressed',
      'addresses',
      'invites',
      'revoked',
      'introduced',
      'introductions',
      'introduction-accepted',
      'introduction-declined',
    ]),
  );
  expect(told).toContainEqual({ event: 'address-ready', address: 'aa00', link: 'sotto:A' });
  expect(told).toContainEqual({ event: 'introduced', introduction: 'ff00' });
  const errors = told.filter(({ event }) => event === 'error').map(({ code }) => code);
  expect(new Set(errors)).toEqual(new Set(['bad-command', 'unknown-contact']));
  expect(errors).toHaveLength(2);
  expect(asked).toEqual([
    ['address', { name: 'card', people: 3, cost: 12 }],
    ['revokeAddress', 'aa00'],
    ['revokeAddress', 'bb00'],
    ['revokeInvite', 'bb00'],
    ['introduce', 'b0', 'c0', { note: 'you both sing' }],
    ['acceptIntroduction', offered.id],
    ['declineIntroduction', offered.id],
  ]);
});

test('the same in a terminal, by the first letters of an id', async () => {
  const { client, asked } = scripted([{ kind: 'introduction', introduction: offered }]);
  const [input, output] = [new PassThrough(), new PassThrough()];
  const lines = [
    '/address card',
    '/open',
    '/revoke bb',
    '/revoke zz',
    '/introduce Bob and Carol',
    '/introduce Bob',
    '/introductions',
    '/yes 1122',
    '/no 1122',
    '/quit',
  ];
  input.end(`${lines.join('\n')}\n`);
  await new ChatTerminal(client, { input, output }).run(new AbortController().signal);
  const text = String(output.read());
  expect(asked).toEqual([
    ['address', { name: 'card' }],
    ['revokeAddress', 'bb00'],
    ['revokeInvite', 'bb00'],
    ['introduce', 'b0', 'c0'],
    ['acceptIntroduction', offered.id],
    ['declineIntroduction', offered.id],
  ]);
  expect(text).toContain('address for card, 5 people a day, 3 more today, 2 so far: sotto:A');
  expect(text).toContain('no such invite or address');
  expect(text).toContain('/introduce NAME and NAME');
  // Name and note are an introducer's words: nothing of them is obeyed.
  expect(text).not.toContain('\u001b');
  expect(text).toContain('11223344  Dave, by Bob, who says: \\u{1b}[2Jhe sings: yes or no?');
});

test('an introduction is one line, from either side', () => {
  const nameOf = (id: string): string => (id === 'b0' ? 'Bob' : 'Carol');
  const own: Introduction = {
    id: 'ff001122334455',
    side: 'introducer',
    state: 'connected',
    at,
    contacts: ['b0', 'c0'],
  };
  expect(introductionLine(own, nameOf)).toBe('ff001122  Bob and Carol: both said yes');
  const met: Introduction = { ...offered, note: '', state: 'met', met: 'd0' };
  expect(introductionLine(met, nameOf)).toBe('11223344  Dave, by Bob: you have met');
});
