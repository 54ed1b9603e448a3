// The mission's examples, with a tenth of all packets on the lines of both lost, and a node that crashes:
// for a minute, and in the long form all the time and with a photo of 60 KB.
import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { MICROS_PER_MS } from '@sotto/wire';
import { expect, inject, test } from 'vitest';
import { befriend, expectWithin, MINUTE, type Net, shown, write, written } from './friends.ts';
import { StreamEnd } from './streams.ts';

// It is what is told and when that is looked at here, on which the curve has no influence.
const suite = curveless(await open());
const people = new Set(['alice', 'bob']);
/** Of 65,536: a tenth. */
const lossy = { latencyMicros: 10 * MICROS_PER_MS, loss: 6554 };
const long = inject('long');
const PHOTO_BYTES = long ? 60_000 : 5000;
const ROUNDS = long ? 10 : 3;
const ITEMS = long ? 12 : 3;

/** Takes down a node that is nobody's guard. @returns its number. */
function crash(net: Net): number {
  const guards = new Set([...people].map((name) => net.guardOf(name)));
  const victim = net.keys.findIndex((key) => !guards.has(key));
  net.kill(victim);
  return victim;
}

test('a photo, updates of a state channel, a slow feed and texts all arrive, whole, once and in order', () => {
  let loss = false;
  const { net, alice, bob, atAlice, atBob } = befriend({
    suite,
    seed: 'channels',
    line: (from, to) => (loss && (people.has(from) || people.has(to)) ? lossy : undefined),
  });
  loss = true;
  const photo = Uint8Array.from({ length: PHOTO_BYTES }, (_, i) => (i * i) & 255);
  const sent = StreamEnd.open(net, 'alice', alice, atAlice, 'photo');
  sent.write(photo);
  sent.end();
  const updates = StreamEnd.open(net, 'bob', bob, atBob, 'updates');
  updates.write('balance 0\n');
  const feed = StreamEnd.open(net, 'alice', alice, atAlice, 'feed');
  const texts = ['short', `long ${'x'.repeat(1500)}`];
  for (const text of texts) write(net, 'bob', bob, atBob, text);

  const ends = new Map<string, StreamEnd>();
  const at = (name: 'alice' | 'bob', what: string): StreamEnd | undefined => {
    const [person, contact] = name === 'alice' ? [alice, atAlice] : [bob, atBob];
    const end = ends.get(what) ?? StreamEnd.opened(net, name, person, contact, what);
    if (end !== undefined) ends.set(what, end);
    return end;
  };
  const items: string[] = [];
  let proposals = 1;
  let agreed = 0;
  let seconds = 0;
  let victim = -1;
  /** What both programs do, once a second. @returns whether all is done. */
  const live = (): boolean => {
    seconds++;
    if (seconds === 5) victim = crash(net);
    if (seconds === 35) net.restart(victim);
    if (seconds === 60 && !long) loss = false;
    if (seconds % 5 === 0 && items.length < ITEMS) {
      items.push(`item ${items.length}`);
      feed.write(`${items.at(-1)}\n`);
      if (items.length === ITEMS) feed.end();
    }
    // Alice agrees to each update; bob makes the next when he has her word for the last.
    const theirs = at('alice', 'updates');
    const proposed = theirs?.lines() ?? [];
    for (; agreed < proposed.length; agreed++) theirs?.write(`agreed: ${proposed[agreed]}\n`);
    const answers = updates.lines().length;
    if (answers === proposals && answers < ROUNDS) {
      updates.write(`balance ${answers}\n`);
      proposals++;
    }
    const photoHere = at('bob', 'photo')?.ended === true;
    const feedHere = at('bob', 'feed')?.ended === true;
    const textsHere = shown(net, 'alice').length >= texts.length;
    return photoHere && feedHere && textsHere && answers === ROUNDS;
  };
  expectWithin(net, 120 * MINUTE, 'everything', live);

  expect(at('bob', 'photo')?.read()).toEqual(photo);
  expect(at('bob', 'feed')?.lines()).toEqual(items);
  expect(updates.lines()).toEqual(Array.from({ length: ROUNDS }, (_, i) => `agreed: balance ${i}`));
  expect(shown(net, 'alice').toSorted()).toEqual(texts.toSorted());
  const states = [...written(alice, atAlice), ...written(bob, atBob)].map(({ state }) => state);
  expect(states.every((state) => state === 'delivered' || state === 'sent')).toBe(true);
  // Parity that was not needed is told from what is wrong.
  for (const person of [alice, bob]) {
    const wrong = Object.keys(person.status().counters).filter((counter) =>
      /^(?:fragment|items|channel-stale|frame-(?:value|count))$/u.test(counter),
    );
    expect(wrong).toEqual([]);
  }
});
