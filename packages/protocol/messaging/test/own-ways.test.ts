import { open } from '@sotto/noble';
import { SeededRng } from '@sotto/suite/testing';
import { concat, type Instant, instant, MICROS_PER_SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import type { ClosingBoxes } from '../src/closing-boxes.ts';
import type { Contact } from '../src/contact.ts';
import type { Conversations } from '../src/conversation.ts';
import { OwnWays } from '../src/own-ways.ts';
import type { PersonParts } from '../src/person-io.ts';
import type { Way } from '../src/way.ts';

const suite = await open();
const EPOCH = 86_400 * MICROS_PER_SECOND;
const HORIZON = 8;
const at = (epochs: number): Instant => instant(epochs * EPOCH);
const nameOf = (n: number): string => n.toString(16).padStart(16, '0');

interface Fill {
  readonly node: string;
  readonly epoch: number;
  readonly surbs: number;
}

/** Boxes of somebody who knows contacts 1 and 2, over a network that takes every packet. */
function setUp(known = true) {
  const contacts = new Map<string, { stage: string }>();
  if (known) for (const n of [1, 2]) contacts.set(nameOf(n), { stage: 'active' });
  const blocked = new Set<string>();
  const stored = new Map<string, Uint8Array>();
  const filled: Fill[] = [];
  const closed: string[] = [];
  const counted: string[] = [];
  const came: string[] = [];
  let nodes = 0;
  const parts = {
    suite,
    rng: new SeededRng(suite, 'own ways'),
    parameters: { epochMicros: EPOCH, horizonEpochs: HORIZON },
    contacts,
    settings: { of: (id: string) => ({ blocked: blocked.has(id) }) },
    epoch: (now: Instant) => Math.floor(now / EPOCH),
    count: (counter: string) => void counted.push(counter),
    endpoint: {
      chooseContactPoint: () => (++nodes).toString(16).padStart(32, '0'),
      setInvite: () => undefined,
      removeInvite: () => undefined,
      openGreeting: (_: Instant, order: Fill) => {
        filled.push(order);
        return { ok: true, value: filled.length };
      },
      persist: (entries: readonly { key: string; value: Uint8Array | undefined }[]) => {
        for (const { key, value } of entries) {
          if (value === undefined) stored.delete(key);
          else stored.set(key, value);
        }
      },
    },
  } as unknown as PersonParts;
  const conversations = {
    ways: { tellOf: () => undefined },
    cameBack: (_: Instant, contact: Contact) => {
      for (const [id, each] of contacts) if (each === (contact as unknown)) came.push(id);
    },
  } as unknown as Conversations;
  const closing = {
    add: (_: Instant, { node }: { node: string }) => void closed.push(node),
  } as unknown as ClosingBoxes;
  const begin = (): OwnWays => new OwnWays(parts, conversations, closing);
  const own = begin();
  /** Lets all packets of an epoch leave. */
  const run = (epoch: number, ways = own): void => {
    for (let sent = -1; sent !== filled.length;) {
      sent = filled.length;
      ways.pump(at(epoch));
      for (let order = 1; order <= filled.length; order++) ways.sent(order);
    }
  };
  const tell = (contact: number): Way => {
    const way = own.toTell(nameOf(contact));
    if (way === undefined) throw new Error('expected something to tell');
    return way;
  };
  /** Epochs for which boxes were filled since this was asked. */
  let seen = 0;
  const fresh = (): string[] => {
    const list = filled
      .slice(seen)
      .map(({ node, epoch }) => `${Number.parseInt(node, 16)}:${epoch}`);
    seen = filled.length;
    return list;
  };
  return { own, begin, run, tell, fresh, contacts, blocked, stored, closed, counted, came, filled };
}

const range = (box: number, from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `${box}:${from + i}`);

test('a box is filled for a horizon, one packet at a time and an epoch, and a new one comes after half of it', () => {
  const { own, run, tell, fresh, closed, filled } = setUp();
  own.pump(at(10));
  own.pump(at(10));
  expect(filled).toHaveLength(1);
  own.sent(1);
  run(10);
  expect(fresh()).toEqual(range(1, 10, 18));
  for (const n of [1, 2]) own.told(nameOf(n), tell(n));
  expect(own.toTell(nameOf(1))).toBeUndefined();
  run(11);
  expect(fresh()).toEqual(['1:18']);
  for (const epoch of [12, 13, 14]) run(epoch);
  expect(fresh()).toEqual(['1:19', '1:20', '1:21', ...range(2, 14, 22)]);
  // Contact 2 is away: the old box is filled on for it, and closed when it knows the new one.
  own.told(nameOf(1), tell(1));
  run(15);
  expect(fresh()).toEqual(['1:22', '2:22']);
  own.told(nameOf(2), tell(2));
  run(16);
  expect(fresh()).toEqual(['2:23']);
  expect(closed).toHaveLength(1);
});

test('nobody waits for ever: after four horizons an old box is closed', () => {
  const { own, run, tell, closed } = setUp();
  run(10);
  own.told(nameOf(1), tell(1));
  for (let epoch = 11; epoch < 10 + 4 * HORIZON; epoch++) run(epoch);
  const first = '1'.padStart(32, '0');
  expect(closed).not.toContain(first);
  run(10 + 4 * HORIZON);
  expect(closed).toContain(first);
});

test('who has just met somebody begins in the next epoch, who knows somebody from before at once', () => {
  const newcomer = setUp(false);
  newcomer.run(10);
  newcomer.contacts.set(nameOf(1), { stage: 'active' });
  newcomer.run(10);
  expect(newcomer.filled).toHaveLength(0);
  newcomer.run(11);
  expect(newcomer.filled.length).toBeGreaterThan(0);
  const restarted = setUp();
  restarted.run(10);
  expect(restarted.filled.length).toBeGreaterThan(0);
});

test.each(['removed', 'blocked'])('one who is %s knows the next box no more', (how) => {
  const { own, run, tell, contacts, blocked, fresh, closed } = setUp();
  run(10);
  for (const n of [1, 2]) own.told(nameOf(n), tell(n));
  fresh();
  if (how === 'removed') contacts.delete(nameOf(2));
  else blocked.add(nameOf(2));
  run(11);
  expect(fresh()).toEqual(['1:18', ...range(2, 11, 19)]);
  own.told(nameOf(1), tell(1));
  run(12);
  expect(closed).toHaveLength(1);
});

test('a restart goes on with what had not left, and knows the tags that were told', () => {
  const { own, begin, run, tell, stored, fresh, came, counted } = setUp();
  own.pump(at(10));
  own.sent(1);
  own.pump(at(10));
  fresh();
  const { tag } = tell(1);
  const again = begin();
  for (const value of stored.values()) expect(again.restore(value)).toBe(true);
  expect(again.restore(Uint8Array.of(1, 2))).toBe(false);
  run(10, again);
  expect(fresh()).toEqual(range(1, 11, 18));
  const [id = ''] = [...stored.keys()].map((key) => key.split('/').at(-1) ?? '');
  expect([again.has(id), again.has('none')]).toEqual([true, false]);
  const sealed = new Uint8Array(976);
  again.wrote(at(10), id, concat(tag, sealed));
  expect(came).toEqual([nameOf(1)]);
  // A tag that was never given, and any bytes.
  for (const content of [concat(new Uint8Array(16), sealed), new Uint8Array(3)]) {
    again.wrote(at(10), id, content);
  }
  expect([came.length, counted]).toEqual([1, ['unknown-contact', 'unknown-contact']]);
});
