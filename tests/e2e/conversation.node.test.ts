import { open } from '@sotto/sodium/native';
import { MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import {
  befriend,
  eventsOf,
  expectWithin,
  MINUTE,
  shown,
  statesOf,
  thinCover,
  write,
  written,
} from './friends.ts';

const suite = await open();
const delivered = 'delivered';

test('two people meet by an invite and talk; each message is queued, sent and delivered, in this order', () => {
  const parameters = thinCover({ poolTarget: 2 });
  const { net, alice, bob, atAlice, atBob } = befriend({ suite, seed: 'talk', parameters });
  expect(eventsOf(net, 'bob', 'contact-added')).toEqual([
    { kind: 'contact-added', contact: atBob, label: 'alice' },
  ]);
  expect(eventsOf(net, 'alice', 'contact-added')).toEqual([
    {
      kind: 'contact-added',
      contact: atAlice,
      label: '',
      invite: expect.stringMatching(/^[0-9a-f]{32}$/u) as unknown,
    },
  ]);
  const words = ['one', 'two', 'drei – ü', '😀', 'five'];
  for (const word of words) {
    write(net, 'alice', alice, atAlice, `to bob: ${word}`);
    write(net, 'bob', bob, atBob, `to alice: ${word}`);
    net.run(3 * SECOND);
  }
  const settled = (): boolean =>
    [...written(alice, atAlice), ...written(bob, atBob)].every(({ state }) => state === delivered);
  expectWithin(net, 3 * MINUTE, 'all delivered', settled);
  expect(shown(net, 'bob').toSorted()).toEqual(words.map((w) => `to bob: ${w}`).toSorted());
  expect(shown(net, 'alice').toSorted()).toEqual(words.map((w) => `to alice: ${w}`).toSorted());
  for (const [name, person, contact] of [
    ['alice', alice, atAlice],
    ['bob', bob, atBob],
  ] as const) {
    for (const { id } of written(person, contact)) {
      const states = statesOf(net, name, id);
      expect(states.at(-1)).toBe(delivered);
      expect(states.indexOf('sent')).toBeLessThan(states.indexOf(delivered));
    }
    expect(person.messages(contact)).toHaveLength(10);
    const refusals = Object.keys(person.status().counters).filter((counter) =>
      /^sealed-|^blocks-refused$/u.test(counter),
    );
    expect(refusals).toEqual([]);
  }
});

test('a friend who is away gets everything on return, the later ones by the mailbox', () => {
  const { net, alice, bob, atAlice, atBob } = befriend({ suite, seed: 'away' });
  write(net, 'alice', alice, atAlice, 'hello');
  expectWithin(net, MINUTE, 'the first message', () => shown(net, 'bob').length === 1);
  net.run(MINUTE / 2);
  net.disconnect('bob');
  const away: number[] = [];
  for (let i = 0; i < 5; i++) {
    net.run(30 * SECOND);
    away.push(write(net, 'alice', alice, atAlice, `while you were away ${i}`));
  }
  net.run(2 * MINUTE);
  for (const id of away) {
    // Left, and not one step more.
    expect(statesOf(net, 'alice', id)).toEqual(['sent']);
  }
  expect(shown(net, 'bob')).toEqual(['hello']);
  net.reconnect('bob');
  expectWithin(net, 5 * MINUTE, 'five more', () => shown(net, 'bob').length === 6);
  const got = eventsOf(net, 'bob', 'message-received');
  for (const last of away.slice(-2)) {
    expect(got.find(({ id }) => id === last)).toMatchObject({ viaMailbox: true });
  }
  expect(new Set(shown(net, 'bob')).size).toBe(6);
  const settled = (): boolean => written(alice, atAlice).every(({ state }) => state === delivered);
  expectWithin(net, 5 * MINUTE, 'all delivered', settled);
  // Whatever overtook what on the way.
  expect(bob.messages(atBob).map(({ text }) => text)).toEqual([
    'hello',
    ...away.map((_, i) => `while you were away ${i}`),
  ]);
});

test('without a reply block a message waits, and goes by itself when one comes', () => {
  const { net, alice, atAlice } = befriend({ suite, seed: 'waiting' });
  net.disconnect('bob');
  net.run(2 * MINUTE);
  const held = alice.contacts(net.now)[0]?.replyBlocks ?? 0;
  const ids = Array.from({ length: held + 3 }, (_, i) =>
    write(net, 'alice', alice, atAlice, `number ${i}`),
  );
  net.run(MINUTE / 2);
  // The last two are spent slowly, or an outage could part the two for good.
  expect(alice.contacts(net.now)[0]?.replyBlocks).toBe(2);
  const last = ids.slice(held - 2);
  for (const id of ids.slice(0, held - 2)) expect(statesOf(net, 'alice', id)).toEqual(['sent']);
  for (const id of last) expect(statesOf(net, 'alice', id)).toEqual(['waiting']);
  net.run(MINUTE);
  const left = last.filter((id) => statesOf(net, 'alice', id).includes('sent'));
  expect(left).toEqual(last.slice(0, 1));
  net.reconnect('bob');
  expectWithin(net, 10 * MINUTE, 'all of them', () => shown(net, 'bob').length === ids.length);
  expect(new Set(shown(net, 'bob')).size).toBe(ids.length);
  for (const id of last) {
    expect(statesOf(net, 'alice', id).slice(0, 3)).toEqual(['waiting', 'queued', 'sent']);
  }
});

test('the longest text arrives, though it takes more reply blocks than are ever in stock', () => {
  const { net, alice, atAlice } = befriend({ suite, seed: 'long' });
  const text = 'x'.repeat(28_000);
  expect(alice.send(net.now, atAlice, `${text}y`)).toMatchObject({ error: { code: 'too-long' } });
  expect(alice.send(net.now, atAlice, '')).toMatchObject({ error: { code: 'empty' } });
  expect(alice.send(net.now, 'nobody', 'x')).toMatchObject({ error: { code: 'unknown-contact' } });
  const id = write(net, 'alice', alice, atAlice, text);
  expect(statesOf(net, 'alice', id)).toEqual([]);
  write(net, 'alice', alice, atAlice, 'short');
  expectWithin(net, MINUTE, 'the short one', () => shown(net, 'bob').includes('short'));
  expectWithin(net, 30 * MINUTE, 'the long one', () => shown(net, 'bob').includes(text));
  expect(statesOf(net, 'alice', id).slice(0, 3)).toEqual(['waiting', 'queued', 'sent']);
});
