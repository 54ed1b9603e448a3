import { Channels } from '@sotto/channel';
import { open } from '@sotto/noble';
import { SeededRng } from '@sotto/suite/testing';
import { instant } from '@sotto/wire';
import { expect, test } from 'vitest';
import { channelRoom, nextChannelMessage } from '../src/channel-messages.ts';
import { CHANNELS_PREFIX, PersonChannels } from '../src/person-channels.ts';
import type { PersonEvent, PersonParts } from '../src/person-io.ts';

const suite = await open();
const now = instant(1_800_000_000_000_000);

/** The channels of a person who knows `ab`, one who never came about, and one who is blocked. */
function setUp(): {
  channels: PersonChannels;
  stored: Map<string, Uint8Array>;
  events: PersonEvent[];
  blocked: Set<string>;
} {
  const blocked = new Set(['blocked']);
  const stored = new Map<string, Uint8Array>();
  const events: PersonEvent[] = [];
  const parts: Partial<PersonParts> = {
    rng: new SeededRng(suite, 'channels'),
    contacts: new Map([
      ['ab', { stage: 'active' }],
      ['failed', { stage: 'failed' }],
      ['blocked', { stage: 'active' }],
    ]) as unknown as PersonParts['contacts'],
    settings: {
      of: (id: string) => ({ blocked: blocked.has(id) }),
    } as unknown as PersonParts['settings'],
    emit: (event) => void events.push(event),
  };
  const save = (key: string, value: Uint8Array | undefined): void => {
    if (value === undefined) stored.delete(key);
    else stored.set(key, value);
  };
  const channels = new PersonChannels(parts as PersonParts, save, () => undefined);
  return { channels, stored, events, blocked };
}

test('a channel is opened with somebody who can be written to, and refused with a reason otherwise', () => {
  const { channels } = setUp();
  const code = (contact: string): string => {
    const opened = channels.open(now, contact, 'x');
    return opened.ok ? 'ok' : opened.error.code;
  };
  expect(['ab', 'failed', 'blocked', 'nobody'].map(code)).toEqual([
    'ok',
    'contact-failed',
    'contact-blocked',
    'unknown-contact',
  ]);
  for (const contact of ['ab', 'nobody']) {
    expect(channels.write(now, contact, '00', new Uint8Array(1))).toEqual({
      ok: false,
      error: { code: 'unknown-channel' },
    });
  }
});

test('while channels may be open a mark is stored, and the next program tells the peer that they are gone', () => {
  const first = setUp();
  const peer = new Channels();
  const opened = first.channels.open(now, 'ab', 'x');
  if (!opened.ok) throw new Error(opened.error.code);
  const key = `${CHANNELS_PREFIX}ab`;
  expect([...first.stored.keys()]).toEqual([key]);
  expect(first.channels.take('ab', 7, 900)).toBe(true);
  expect(first.channels.take('ab', 8, 900)).toBe(false);
  peer.receive(7, first.channels.payloadOf('ab', 7) ?? new Uint8Array(0));
  expect(peer.poll()).toMatchObject({ kind: 'opened', name: 'x' });
  // The program ends; the next one finds the mark.
  const second = setUp();
  second.stored.set(key, Uint8Array.of(1));
  expect(second.channels.restore(key)).toBe(true);
  expect(second.channels.take('ab', 9, 900)).toBe(true);
  peer.receive(9, second.channels.payloadOf('ab', 9) ?? new Uint8Array(0));
  expect(peer.poll()).toMatchObject({ kind: 'reset', reason: 'restarted' });
  expect(second.stored.size).toBe(1);
  second.channels.settled('ab', 9, true);
  expect(second.stored.size).toBe(0);
});

test('a message that was given up ends its channel, and a contact who goes takes all of them along', () => {
  const { channels, stored, events } = setUp();
  const opened = channels.open(now, 'ab', 'x');
  if (!opened.ok) throw new Error(opened.error.code);
  channels.take('ab', 1, 900);
  channels.settled('ab', 1, false);
  expect(events).toEqual([
    {
      kind: 'channel',
      contact: 'ab',
      event: { kind: 'reset', channel: opened.value, reason: 'given-up' },
    },
  ]);
  expect(channels.isActive('ab')).toBe(false);
  channels.open(now, 'ab', 'y');
  expect(channels.isActive('ab')).toBe(true);
  channels.forget('ab');
  expect([stored.size, channels.pending('ab'), channels.underWay('ab')]).toEqual([0, 0, 0]);
});

test('with a contact who is blocked all channels are over here, and nothing is told before it is taken back', () => {
  const { channels, stored, events, blocked } = setUp();
  const peer = new Channels();
  const must = <T>(result: { ok: true; value: T } | { ok: false; error: object }): T => {
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    return result.value;
  };
  const [mine, late] = [channels.open(now, 'ab', 'x'), channels.open(now, 'ab', 'y')].map(must);
  const theirs = must(peer.open(new SeededRng(suite, 'peer'), 'z'));
  channels.receive('ab', 0, peer.take(900)?.bytes ?? new Uint8Array(0));
  channels.reset(now, 'ab', late ?? '', 'cancelled');
  channels.take('ab', 1, 900);
  peer.receive(1, channels.payloadOf('ab', 1) ?? new Uint8Array(0));
  channels.write(now, 'ab', theirs, new Uint8Array(2000));
  channels.take('ab', 2, 900);
  events.length = 0;

  blocked.add('ab');
  expect(channels.block('ab')).toEqual([1, 2]);
  expect(channels.block('ab')).toEqual([]);
  const reset = { kind: 'reset', reason: 'cancelled' };
  expect(events).toEqual(
    [mine, theirs].map((channel) => ({
      kind: 'channel',
      contact: 'ab',
      event: { ...reset, channel },
    })),
  );
  const error = { ok: false, error: { code: 'contact-blocked' } };
  for (const id of [mine ?? '', theirs]) {
    expect(channels.write(now, 'ab', id, new Uint8Array(1))).toEqual(error);
    expect(channels.read(now, 'ab', id, 1)).toEqual(error);
    expect(channels.end(now, 'ab', id)).toEqual(error);
    expect(channels.reset(now, 'ab', id, 'cancelled')).toBe(false);
  }
  expect([1, 2].map((id) => channels.payloadOf('ab', id))).toEqual([undefined, undefined]);
  expect(channels.underWay('ab')).toBe(0);
  // The next program must tell, too.
  expect([...stored.keys()]).toEqual([`${CHANNELS_PREFIX}ab`]);

  // Taken back: the peer is told of all, of that too which a message that was taken back would have told.
  blocked.delete('ab');
  const other = must(channels.open(now, 'ab', 'again'));
  expect(channels.take('ab', 3, 900)).toBe(true);
  while (peer.poll() !== undefined);
  peer.receive(3, channels.payloadOf('ab', 3) ?? new Uint8Array(0));
  const told: unknown[] = [];
  for (let event = peer.poll(); event !== undefined; event = peer.poll()) told.push(event);
  expect(told).toEqual([
    { ...reset, channel: mine },
    { ...reset, channel: theirs },
    { kind: 'opened', channel: other, name: 'again' },
  ]);
  expect(channels.write(now, 'ab', theirs, new Uint8Array(1))).toMatchObject({
    error: { code: 'channel-reset' },
  });
});

test('a message has as many packets as are wanted and free, and small ones wait for those under way', () => {
  const { channels } = setUp();
  const contact = { id: 'ab' };
  expect(nextChannelMessage(channels, contact, 10)).toEqual({ packets: 0, wanted: 0 });
  const opened = channels.open(now, 'ab', 'x');
  if (!opened.ok) throw new Error(opened.error.code);
  expect(nextChannelMessage(channels, contact, 10).packets).toBeGreaterThan(0);
  channels.write(now, 'ab', opened.value, new Uint8Array(60_000));
  expect(nextChannelMessage(channels, contact, 10)).toEqual({ packets: 8, wanted: 8 });
  expect(nextChannelMessage(channels, contact, 1)).toEqual({ packets: 1, wanted: 8 });
  expect(nextChannelMessage(channels, contact, -3)).toEqual({ packets: 0, wanted: 8 });
  channels.take('ab', 1, channelRoom(8));
  expect(nextChannelMessage(channels, contact, 2).packets).toBe(0);
  expect(nextChannelMessage(channels, contact, 3).packets).toBe(3);
  for (let id = 2; id <= 4; id++) channels.take('ab', id, channelRoom(8));
  expect(nextChannelMessage(channels, contact, 30)).toEqual({ packets: 0, wanted: 0 });
  expect(channels.payloadOf('ab', 1)?.length).toBeLessThanOrEqual(channelRoom(8));
});
