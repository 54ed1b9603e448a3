import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { Client } from '@sotto/client';
import { expect, test } from 'vitest';
import { chatJson } from '../src/chat-json.ts';

test('commands take effect in the order of their lines, whatever each of them waits for', async () => {
  const contact = { id: '81e7', name: 'nobody yet', stage: 'active' };
  const sent: string[] = [];
  const closed = Promise.withResolvers<{ done: true; value: undefined }>();
  // What a conversation needs of a client; it takes its time to rename.
  const client = {
    events: () => ({ [Symbol.asyncIterator]: () => ({ next: () => closed.promise }) }),
    status: async () => ({ plan: 'home', online: true, nodes: 9, contacts: [contact] }),
    contacts: async () => [{ ...contact }],
    async rename(_: string, name: string) {
      for (let i = 0; i < 20; i++) await turn();
      contact.name = name;
    },
    async send(id: string, text: string) {
      sent.push(text);
      return { contact: id, id: sent.length };
    },
    async close() {
      closed.resolve({ done: true, value: undefined });
    },
  } as unknown as Client;
  const [input, output] = [new PassThrough(), new PassThrough()];
  input.write('{"rename":{"contact":"81e7","name":"Bob"}}\n');
  for (const text of ['one', 'two']) {
    input.write(`${JSON.stringify({ send: { contact: 'Bob', text } })}\n`);
  }
  input.end('{"quit":{}}\n');
  await chatJson(client, { input, output, signal: new AbortController().signal });
  const events = String(output.read()).trim().split('\n');
  expect(events.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
    'open',
    'renamed',
    'accepted',
    'accepted',
    'closed',
  ]);
  expect(sent).toEqual(['one', 'two']);
});
