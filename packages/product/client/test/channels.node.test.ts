import { concat, fromUtf8, toUtf8 } from '@sotto/wire';
import { expect, test } from 'vitest';
import { PortCalls } from '../src/channel-calls.ts';
import type { Channel } from '../src/index.ts';
import { joined } from './joined-channels.ts';

async function next<T>(source: AsyncIterator<T>): Promise<T> {
  const { done, value } = await source.next();
  if (done === true) throw new Error('it is over');
  return value;
}

/** Lets everything that is due happen until something holds: all of it is in this process. */
async function until(holds: () => boolean): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop
  while (!holds()) await Promise.resolve();
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => (error as { code?: unknown }).code,
  );

/** Two programs that can ask each other. */
function setUp(): ReturnType<typeof joined> & { readonly a: PortCalls; readonly b: PortCalls } {
  const { alice, bob } = joined();
  return { alice, bob, a: new PortCalls(alice.running), b: new PortCalls(bob.running) };
}

async function all(channel: Channel): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const bytes of channel) parts.push(bytes);
  return fromUtf8(concat(...parts)) ?? 'no text';
}

test('a question is answered by the other’s program', async () => {
  const { a, b } = setUp();
  const stop = new AbortController();
  const serving = b.onRequest(
    'sum',
    ({ contact, name, body }) => {
      expect([contact, name]).toEqual(['friend', 'sum']);
      return Uint8Array.of(body.reduce((sum, each) => sum + each, 0));
    },
    { signal: stop.signal },
  );
  expect(await a.request('friend', 'sum', Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(6));
  expect(await failure(a.request('friend', 'sum', Uint8Array.of(1), { maxBytes: 0 }))).toBe(
    'reply-too-long',
  );
  stop.abort();
  await serving;
  expect(await failure(a.request('nobody', 'sum', new Uint8Array(0)))).toBe('unknown-contact');
  expect(await failure(a.openChannel('friend', ''))).toBe('channel-name');
  expect(await failure(a.openChannel('friend', 'x', { signal: stop.signal }))).toBe('aborted');
});

test('who has not been told yet that a channel is over reads how it ended', async () => {
  const { a, b, alice } = setUp();
  alice.late = true;
  void b.onRequest('sum', () => Uint8Array.of(6));
  expect(await a.request('friend', 'sum', new Uint8Array(0))).toEqual(Uint8Array.of(6));
  const offered = next(b.channels('cut'));
  const channel = await a.openChannel('friend', 'cut');
  await (await offered).reset();
  await until(() => !alice.channels.isActive('friend'));
  await expect(channel.read()).rejects.toThrow('cancelled');
  await expect(channel.write(Uint8Array.of(1))).rejects.toThrow('cancelled');
});

test('a question that nobody answers is cut off, in a minute or when its answer throws', async () => {
  const { a, b, bob } = setUp();
  const unheard = failure(a.request('friend', 'other', new Uint8Array(0)));
  await until(() => bob.timers.size === 1);
  bob.timers.run();
  expect(await unheard).toBe('channel-reset');
  const errors: unknown[] = [];
  const bug = new TypeError('a bug');
  const throwing = (): never => {
    throw bug;
  };
  void b.onRequest('told', throwing, { onError: (error) => void errors.push(error) });
  expect(await failure(a.request('friend', 'told', new Uint8Array(0)))).toBe('channel-reset');
  expect(await failure(a.request('friend', 'told', new Uint8Array(0)))).toBe('channel-reset');
  expect(errors).toEqual([bug, bug]);
  // Without anybody to tell the serving ends with it.
  const serving = b.onRequest('untold', throwing);
  const asked = failure(a.request('friend', 'untold', new Uint8Array(0)));
  await expect(serving).rejects.toBe(bug);
  expect(await asked).toBe('channel-reset');
});

test('a feed is read as it is written, and each side ends for itself', async () => {
  const { a, b } = setUp();
  const incoming = b.channels('feed');
  const feed = await a.openChannel('friend', 'feed');
  await feed.write(toUtf8('first'));
  const heard = await next(incoming);
  expect([heard.contact, heard.name]).toEqual(['friend', 'feed']);
  expect(await heard.read()).toEqual(toUtf8('first'));
  const second = heard.read();
  await feed.write(toUtf8('second'));
  expect(await second).toEqual(toUtf8('second'));
  await feed.end();
  expect(await failure(feed.write(toUtf8('third')))).toBe('channel-ended');
  expect([await heard.read(), await heard.read()]).toEqual([undefined, undefined]);
  await heard.write(toUtf8('thanks'));
  await heard.end();
  expect(await all(feed)).toBe('thanks');
  // Both have said all: it is over, and stays readable as such.
  expect(await feed.read()).toBeUndefined();
});

test('a photo passes through buffer and window in pieces, while its writer waits', async () => {
  const { a, b } = setUp();
  const incoming = b.channels('photo');
  const photo = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) & 255);
  const sending = await a.openChannel('friend', 'photo');
  let written = false;
  const write = async (): Promise<void> => {
    await sending.write(photo);
    written = true;
    await sending.end();
  };
  const writing = write();
  const heard = await next(incoming);
  const first = await heard.read();
  // The buffer here and the window there hold less than half of it.
  expect([written, (first?.length ?? 0) > 0]).toEqual([false, true]);
  const parts = [first ?? new Uint8Array(0)];
  for await (const bytes of heard) parts.push(bytes);
  await writing;
  expect(concat(...parts)).toEqual(photo);
});

test('a writer who gives up cuts the channel off, for the other may have a part', async () => {
  const { a, b, alice } = setUp();
  const incoming = b.channels('much');
  const much = await a.openChannel('friend', 'much');
  await much.write(new Uint8Array(1));
  const heard = await next(incoming);
  const stop = new AbortController();
  alice.online = false;
  const writing = failure(much.write(new Uint8Array(300_000), { signal: stop.signal }));
  await Promise.resolve();
  stop.abort();
  expect(await writing).toBe('aborted');
  expect(await failure(much.write(new Uint8Array(1)))).toBe('channel-reset');
  alice.online = true;
  alice.pump();
  const rest = async (): Promise<void> => {
    for await (const bytes of heard) expect(bytes.length).toBeGreaterThan(0);
  };
  expect(await failure(rest())).toBe('channel-reset');
});

test('who reads, writes or asks is told when the contact is blocked, and why', async () => {
  const { a, b, alice } = setUp();
  const incoming = b.channels('feed');
  const feed = await a.openChannel('friend', 'feed');
  await feed.write(toUtf8('first'));
  await next(incoming);
  const waiting = [
    failure(feed.read()),
    failure(feed.write(new Uint8Array(300_000))),
    failure(a.request('friend', 'other', new Uint8Array(0))),
  ];
  await Promise.resolve();
  alice.block();
  expect(await Promise.all(waiting)).toEqual(Array.from(waiting, () => 'contact-blocked'));
  expect(await failure(a.openChannel('friend', 'feed'))).toBe('contact-blocked');
  alice.blocked = false;
  expect(await failure(feed.read())).toBe('channel-reset');
});

test('who waits is told when the client ends, and no timer is left', async () => {
  const { a, b, alice, bob } = setUp();
  const channel = await a.openChannel('friend', 'open end');
  await until(() => bob.timers.size === 1);
  const waiting = [failure(channel.read()), failure(next(a.channels('never')))];
  alice.end();
  expect(await Promise.all(waiting)).toEqual(['closed', 'closed']);
  bob.end();
  expect(bob.timers.size).toBe(0);
  expect(await failure(next(b.channels('open end')))).toBe('closed');
});
