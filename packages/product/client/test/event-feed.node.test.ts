import { expect, test } from 'vitest';
import { EventFeed } from '../src/event-feed.ts';
import { SottoError } from '../src/sotto-error.ts';

async function all<T>(events: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const event of events) taken.push(event);
  return taken;
}

test('every reader gets every event since it began, in order', async () => {
  const feed = new EventFeed<number>();
  feed.publish(0);
  const first = feed.stream();
  feed.publish(1);
  const second = feed.stream();
  feed.publish(2);
  feed.end();
  feed.publish(3);
  expect(await all(first)).toEqual([1, 2]);
  expect(await all(second)).toEqual([2]);
  expect(await all(feed.stream())).toEqual([]);
});

test('an error comes behind the events, once', async () => {
  const feed = new EventFeed<number>();
  const stream = feed.stream();
  const early = feed.stream().next();
  feed.publish(1);
  feed.end(new SottoError('failed'));
  expect(await early).toEqual({ done: false, value: 1 });
  expect(await stream.next()).toEqual({ done: false, value: 1 });
  await expect(stream.next()).rejects.toMatchObject({ code: 'failed' });
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test('a reader that takes nothing loses its place, not the memory', async () => {
  const feed = new EventFeed<number>();
  const slow = feed.stream();
  for (let i = 0; i < 20_000; i++) feed.publish(i);
  let count = 0;
  await expect(
    (async () => {
      for await (const _ of slow) count++;
    })(),
  ).rejects.toMatchObject({ code: 'events-lost' });
  expect(count).toBe(8192);
});

test('a loop that is left hears no more', async () => {
  const feed = new EventFeed<number>();
  const stream = feed.stream();
  feed.publish(1);
  feed.publish(2);
  for await (const _ of stream) break;
  feed.publish(3);
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test('the first that fits, the error that a match throws, and the end', async () => {
  const feed = new EventFeed<number>();
  const even = feed.first((n) => (n % 2 === 0 ? `${n}` : undefined));
  const thrown = feed.first(() => {
    throw new SottoError('invite-no-answer');
  });
  const never = feed.first(() => undefined);
  feed.publish(1);
  feed.publish(2);
  feed.publish(4);
  expect(await even).toBe('2');
  await expect(thrown).rejects.toMatchObject({ code: 'invite-no-answer' });
  feed.end();
  await expect(never).rejects.toMatchObject({ code: 'closed' });
});
