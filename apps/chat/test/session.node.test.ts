import type { Contact, Message } from '@sotto/client';
import type { ReadonlySignal } from '@preact/signals';
import { expect, test } from 'vitest';
import { Session } from '../src/model/session.ts';
import { ScriptedClient } from './scripted-client.ts';

const ANA: Contact = {
  id: 'ana',
  name: 'Ana',
  stage: 'active',
  replyBlocks: 4,
  muted: false,
  blocked: false,
  acknowledges: true,
  peerAcknowledges: true,
  lifetimeSeconds: 60,
  unread: 0,
  outOfStep: false,
  verified: false,
};

const message = (id: number, changes: Partial<Message> = {}): Message => ({
  contact: 'ana',
  direction: 'out',
  id,
  text: `text ${id}`,
  at: new Date(Date.UTC(2026, 10, 25, 12, id)),
  state: 'queued',
  ...changes,
});

const ids = (messages: readonly Message[] | undefined): readonly number[] | undefined =>
  messages?.map(({ id }) => id);

/** Resolves once a signal's value is as wanted. */
async function becomes<T>(signal: ReadonlySignal<T>, wanted: (value: T) => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = signal.subscribe((value) => {
    if (wanted(value)) resolve();
  });
  await promise;
  stop();
}

/** One reading of a conversation, answered when the test says so. */
interface Reading {
  readonly answer: (messages: readonly Message[]) => void;
}

interface Opened {
  readonly client: ScriptedClient;
  readonly session: Session;
  readonly talk: ReadonlySignal<readonly Message[] | undefined>;
  /** Every form in which the conversation was shown. */
  readonly shown: (readonly number[] | undefined)[];
  /** The next reading that the session asks for. */
  readonly reading: () => Promise<Reading>;
}

/** A session whose conversation with Ana stands there, with messages 1 and 2. */
async function opened(): Promise<Opened> {
  const messages = [message(1), message(2)];
  const client = new ScriptedClient({ contacts: [ANA], messages });
  const session = new Session(client, 0);
  const talk = session.conversation('ana');
  await becomes(session.contacts, (contacts) => contacts !== undefined);
  await becomes(talk, (value) => value?.length === 2);
  const asked: PromiseWithResolvers<readonly Message[]>[] = [];
  let tell = (): void => undefined;
  client.messages = (): Promise<readonly Message[]> => {
    const answer = Promise.withResolvers<readonly Message[]>();
    asked.push(answer);
    tell();
    return answer.promise;
  };
  const reading = async (): Promise<Reading> => {
    if (asked.length === 0) await new Promise<void>((resolve) => (tell = resolve));
    const answer = asked.shift();
    if (answer === undefined) throw new Error('nothing was asked');
    return { answer: answer.resolve };
  };
  const shown: Opened['shown'] = [];
  talk.subscribe((value) => shown.push(ids(value)));
  return { client, session, talk, shown, reading };
}

test('a conversation stands there while it is read again because messages were erased', async () => {
  const { client, session, talk, shown, reading } = await opened();
  client.emit({ kind: 'messages-erased', contact: 'ana' });
  const { answer } = await reading();
  // One that comes in between is newer than what is being read.
  client.put(message(3));
  await becomes(talk, (value) => value?.length === 3);
  answer([message(2)]);
  await becomes(talk, (value) => value?.length === 2);
  expect(shown).toEqual([
    [1, 2],
    [1, 2, 3],
    [2, 3],
  ]);
  session.leave();
});

test('what was read last is shown, not what was asked for first, and no message comes back', async () => {
  const { client, session, talk, reading } = await opened();
  client.emit({ kind: 'messages-erased', contact: 'ana' });
  const first = await reading();
  client.emit({ kind: 'messages-erased', contact: 'ana' });
  const second = await reading();
  second.answer([message(2)]);
  await becomes(talk, (value) => value?.length === 1);
  first.answer([message(1), message(2)]);
  client.emit({ kind: 'conversation-cleared', contact: 'ana' });
  const third = await reading();
  expect(ids(talk.value)).toEqual([2]);
  third.answer([]);
  await becomes(talk, (value) => value?.length === 0);
  session.leave();
});

test('after the worker was another one, states are those that were read', async () => {
  const { client, session, talk, reading } = await opened();
  client.emit({ kind: 'restarted' });
  const { answer } = await reading();
  answer([message(1, { state: 'delivered' }), message(2, { state: 'sent' })]);
  await becomes(talk, (value) => value?.[0]?.state === 'delivered');
  expect(talk.value?.map(({ state }) => state)).toEqual(['delivered', 'sent']);
  session.leave();
});
