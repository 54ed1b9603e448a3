// A photo in a conversation, with a tenth of all packets on the lines of both lost, both processes ended
// in the middle of it, and a text written behind it.
import type { Person } from '@sotto/messaging';
import { addPerson } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { MICROS_PER_MS, MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, inject, test } from 'vitest';
import {
  befriend,
  BRISK,
  eventsOf,
  expectWithin,
  MINUTE,
  type Net,
  shown,
  statesOf,
  write,
} from './friends.ts';

// It is pieces and their order that are looked at here, on which the curve has no influence.
const suite = curveless(await open());
const PHOTO_BYTES = inject('long') ? 60_000 : 15_000;
const people = new Set(['alice', 'bob']);
/** Of 65,536: a tenth. */
const lossy = { latencyMicros: 10 * MICROS_PER_MS, loss: 6554 };

/** Bytes that begin as a JPEG does. */
const picture = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => [0xff, 0xd8, 0xff][i] ?? (i * i) & 255);

function send(net: Net, person: Person, to: string, bytes: Uint8Array, words = ''): unknown {
  const sent = net.command('alice', (now) => person.sendPhoto(now, to, bytes, words));
  return sent.ok ? sent.value : sent.error.code;
}

test('a photo arrives whole, once, though packets are lost and both processes end in the middle', () => {
  let loss = false;
  const friends = befriend({
    suite,
    seed: 'photos',
    line: (from, to) => (loss && (people.has(from) || people.has(to)) ? lossy : undefined),
  });
  const { net, atAlice, atBob } = friends;
  expect(send(net, friends.alice, atAlice, new Uint8Array(100))).toBe('no-picture');
  expect(send(net, friends.alice, atAlice, picture(60_001))).toBe('too-long');
  expect(send(net, friends.alice, atAlice, picture(100), 'w'.repeat(256))).toBe('words-too-long');
  expect(send(net, friends.alice, 'nobody', picture(100))).toBe('unknown-contact');

  loss = true;
  const photo = picture(PHOTO_BYTES);
  const id = Number(send(net, friends.alice, atAlice, photo, 'a boat'));
  const out = { contact: atAlice, direction: 'out', id } as const;
  const parts = Math.ceil((PHOTO_BYTES + 7) / 4096);
  expect(friends.alice.photos.state(out)).toEqual({ parts, done: 0, kept: true });
  const progress = (): number => friends.alice.photos.state(out)?.done ?? 0;
  expectWithin(net, 20 * MINUTE, 'a part to have arrived', () => progress() > 0);
  expect(progress()).toBeLessThan(parts);
  expect(friends.bob.messages(atBob)).toEqual([]);

  for (const name of ['alice', 'bob'] as const) {
    net.stopClient(name);
    net.run(5 * SECOND);
    friends[name] = addPerson(net, name, BRISK);
  }
  expect(progress()).toBeGreaterThan(0);
  const words = write(net, 'alice', friends.alice, atAlice, 'behind it');
  expectWithin(net, 60 * MINUTE, 'the photo', () => shown(net, 'bob').includes('a boat'));
  loss = false;
  const state = (which: number): unknown =>
    friends.alice.message({ contact: atAlice, direction: 'out', id: which })?.state;
  const delivered = (): boolean => [id, words].every((which) => state(which) === 'delivered');
  expectWithin(net, 20 * MINUTE, 'both delivered', delivered);

  const came = eventsOf(net, 'bob', 'message-received').filter((event) => event.photo === true);
  expect(came.map((event) => event.id)).toEqual([id]);
  expect(shown(net, 'bob').toSorted()).toEqual(['a boat', 'behind it']);
  const received = friends.bob.photos.photo({ contact: atBob, direction: 'in', id });
  expect(received).toEqual({ type: 'image/jpeg', bytes: photo, words: 'a boat' });
  expect(progress()).toBe(parts);
  expect(statesOf(net, 'alice', id).at(-1)).toBe('delivered');

  // It outlives the process, and goes with the conversation.
  net.stopClient('bob');
  const bob = addPerson(net, 'bob', BRISK);
  expect(bob.photos.photo({ contact: atBob, direction: 'in', id })).toEqual(received);
  bob.clearConversation(atBob);
  expect(bob.photos.photo({ contact: atBob, direction: 'in', id })).toBeUndefined();
  expect(bob.status().counters['state-entry']).toBeUndefined();
});
