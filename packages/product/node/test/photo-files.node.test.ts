import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Client } from '@sotto/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chatJson } from '../src/chat-json.ts';
import { ChatTerminal } from '../src/chat-terminal.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-photos-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const picture = Uint8Array.of(0xff, 0xd8, 0xff, 1, 2, 3);

/** What a conversation needs of a client, with one photo that came, and one that was sent before. */
function clientWith(sent: { bytes: Uint8Array; words: string | undefined }[]): Client {
  const closed = Promise.withResolvers<{ done: true; value: undefined }>();
  const head = { contact: '81e7', at: new Date(0), state: 'delivered' };
  const progress = { parts: 1, done: 1, kept: true };
  return {
    events: () => ({ [Symbol.asyncIterator]: () => ({ next: () => closed.promise }) }),
    status: async () => ({ plan: 'home', online: true, nodes: 9, contacts: [] }),
    contacts: async () => [{ id: '81e7', name: 'Bob', stage: 'active' }],
    markRead: async () => undefined,
    messages: async () => [
      { ...head, direction: 'in', id: 3, text: 'a quay', photo: progress },
      { ...head, direction: 'in', id: 4, text: 'words' },
      { ...head, direction: 'out', id: 9, text: '', photo: progress },
    ],
    photo: async ({ direction, id }: { direction: string; id: number }) => {
      expect([direction, id]).toEqual(['in', 3]);
      return { type: 'image/jpeg', bytes: picture };
    },
    async sendPhoto(contact: string, bytes: Uint8Array, { words }: { words?: string } = {}) {
      sent.push({ bytes, words });
      return { contact, id: 12, state: 'queued' };
    },
    async close() {
      closed.resolve({ done: true, value: undefined });
    },
  } as unknown as Client;
}

test('a program sends a file as a photo and saves one that came, where nothing is yet', async () => {
  const sent: { bytes: Uint8Array; words: string | undefined }[] = [];
  const file = join(folder, 'sent.jpg');
  const saved = join(folder, 'saved.jpg');
  await writeFile(file, picture);
  const [input, output] = [new PassThrough(), new PassThrough()];
  for (const order of [
    { photo: { contact: 'Bob', file, words: 'a boat' } },
    { photo: { contact: 'Bob', file: join(folder, 'none.jpg') } },
    { save: { contact: 'Bob', file: saved } },
    { save: { contact: 'Bob', file: saved } },
    { save: { contact: 'Bob', file: join(folder, 'other.jpg'), id: 4 } },
  ]) {
    input.write(`${JSON.stringify(order)}\n`);
  }
  input.end('{"quit":{}}\n');
  const { signal } = new AbortController();
  await chatJson(clientWith(sent), { input, output, signal });
  const told = String(output.read())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; code?: string; message?: string });
  expect(told.map(({ event, code }) => code ?? event)).toEqual([
    'open',
    'accepted',
    'file',
    'saved',
    'file',
    'photo-gone',
    'closed',
  ]);
  expect(told[2]?.message).toBe('the picture cannot be read: ENOENT');
  expect(told[4]?.message).toBe('the picture was not saved: EEXIST');
  expect(sent).toEqual([{ bytes: picture, words: 'a boat' }]);
  expect(new Uint8Array(await readFile(saved))).toEqual(picture);
  expect((await stat(saved)).mode & 0o777).toBe(0o600);
});

test('a person does the same in words', async () => {
  const sent: { bytes: Uint8Array; words: string | undefined }[] = [];
  const file = join(folder, 'long.jpg');
  const saved = join(folder, 'again.jpg');
  // No more of a file is read than shows that it is too long.
  await writeFile(file, new Uint8Array(200_000).fill(1));
  const [input, output] = [new PassThrough(), new PassThrough()];
  input.end(`/photo\n/photo ${file} at sea\n/save ${saved}\n/save ${saved}\n/quit\n`);
  const terminal = new ChatTerminal(clientWith(sent), { input, output });
  expect(await terminal.run(new AbortController().signal)).toBeUndefined();
  const said = String(output.read());
  for (const words of [
    'Bob: [photo: /save FILE] a quay',
    '/photo FILE [WORDS], while talking to somebody',
    '#12 queued',
    `saved as ${saved}`,
    'the picture was not saved: EEXIST',
  ]) {
    expect(said).toContain(words);
  }
  expect(sent.map(({ bytes, words }) => [bytes.length, words])).toEqual([[60_001, 'at sea']]);
  expect(new Uint8Array(await readFile(saved))).toEqual(picture);
});
