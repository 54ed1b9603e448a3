import { expect, test } from 'vitest';
import type { ClientEvent } from '../src/event-io.ts';
import { EventFeed } from '../src/event-feed.ts';
import { MessageStates } from '../src/message-states.ts';

type Told = Extract<ClientEvent, { kind: 'message-state' }>;

function states(): { tracked: MessageStates; tell: (told: Omit<Told, 'kind'>) => void } {
  const feed = new EventFeed<ClientEvent>();
  const tracked = new MessageStates(feed);
  const tell = (told: Omit<Told, 'kind'>): void => {
    tracked.update(told.contact, told.id, told.state, told.unconfirmed);
    feed.publish({ kind: 'message-state', ...told });
  };
  return { tracked, tell };
}

async function all(handle: AsyncIterable<string>): Promise<string[]> {
  const told: string[] = [];
  for await (const state of handle) told.push(state);
  return told;
}

test('the states of a message end with delivered', async () => {
  const { tracked, tell } = states();
  const told = all(tracked.track('ab', 1));
  tell({ contact: 'ab', id: 1, state: 'sent' });
  tell({ contact: 'ab', id: 2, state: 'delivered' });
  tell({ contact: 'ab', id: 1, state: 'delivered' });
  expect(await told).toEqual(['queued', 'sent', 'delivered']);
});

test('to one who tells nothing they end with sent, whenever it was known', async () => {
  const { tracked, tell } = states();
  const handle = tracked.track('ab', 1);
  const told = all(handle);
  tell({ contact: 'ab', id: 1, state: 'sent', unconfirmed: true });
  expect(await told).toEqual(['queued', 'sent']);
  // It left while an acknowledgement was still hoped for.
  const other = all(tracked.track('ab', 2));
  tell({ contact: 'ab', id: 2, state: 'sent' });
  tell({ contact: 'ab', id: 2, state: 'sent', unconfirmed: true });
  expect(await other).toEqual(['queued', 'sent']);
  // Read when it was over, and asked for anew.
  expect(await all(handle)).toEqual(['sent']);
  expect(await all(tracked.track('ab', 1, 'sent', true))).toEqual(['sent']);
  expect(tracked.contacts().size).toBe(0);
});
