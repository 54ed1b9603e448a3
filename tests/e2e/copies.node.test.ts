import { COPIED_KEY, Person } from '@sotto/messaging';
import { open } from '@sotto/sodium/native';
import { MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import { befriend, BRISK, eventsOf, expectWithin, MINUTE, shown, write } from './friends.ts';
import { logSeals } from './watched-person.ts';

const suite = await open();

interface Entry {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/** Entries of their own: a person wipes and rewrites what it was given. */
const fresh = (entries: readonly Entry[]): Entry[] =>
  entries.map(({ key, value }) => ({ key, value: value?.slice() }));

const MARK: Entry = { key: COPIED_KEY, value: Uint8Array.of(1) };

test('a copy of an account that has stopped goes on; one of an account that went on says so, and uses no key twice', () => {
  const seals = logSeals(suite);
  const { net, alice: first, bob, atAlice, atBob } = befriend({ suite: seals.suite, seed: 'copy' });
  let alice = first;
  let file: Entry[] = [];
  /** Another process of alice's, from what `make` makes of what is on the disk. */
  const begin = (make: (stored: Entry[]) => Entry[]): void => {
    net.stopClient('alice');
    net.run(SECOND);
    alice = net.addClient('alice', ({ suite: own, rng, parameters, stored }) => {
      const entries = make(fresh([...stored]));
      return new Person({ suite: own, rng, parameters, plan: BRISK, stored: entries });
    });
  };
  /** Says something, and waits until it has left. */
  const say = (text: string): void => {
    const id = write(net, 'alice', alice, atAlice, text);
    const left = (): boolean =>
      eventsOf(net, 'alice', 'message-state').some((e) => e.id === id && e.state === 'sent');
    expectWithin(net, 10 * MINUTE, `"${text}" to leave`, left);
  };
  const hears = (text: string): boolean => shown(net, 'bob').includes(text);

  // She speaks last, so that the chain in the file is one that was begun: nothing of bob's may come
  // between.
  net.run(3 * MINUTE);
  say('before the export');
  begin((stored) => {
    file = fresh(stored);
    return [...stored, MARK];
  });
  say('from the copy');
  expectWithin(net, 2 * MINUTE, 'the copy to be heard', () => hears('from the copy'));
  write(net, 'bob', bob, atBob, 'to the copy');
  expectWithin(net, 2 * MINUTE, 'bob', () => shown(net, 'alice').includes('to the copy'));
  // Her acknowledgement answers his ratchet key: from now on the file is old.
  const settled = (): boolean =>
    bob
      .messages(atBob)
      .every(({ direction, state }) => direction === 'in' || state === 'delivered');
  expectWithin(net, 2 * MINUTE, 'her acknowledgement', settled);
  expect(eventsOf(net, 'alice', 'out-of-step')).toEqual([]);
  expect(seals.repeated).toEqual([]);

  // The same file again: as if the first one had never gone on.
  begin(() => [...fresh(file), MARK]);
  say('from an older copy');
  say('and once more');
  for (const text of ['are you there?', 'hello?']) write(net, 'bob', bob, atBob, text);
  const told = (): boolean => alice.contact(net.now, atAlice)?.settings.outOfStep === true;
  expectWithin(net, 10 * MINUTE, 'her to learn that her copy is old', told);
  const apart = { kind: 'out-of-step', contact: atAlice, outOfStep: true };
  expect(eventsOf(net, 'alice', 'out-of-step')).toEqual([apart]);
  expect(shown(net, 'alice')).not.toContain('hello?');
  expect(hears('from an older copy')).toBe(false);
  expect(seals.repeated).toEqual([]);

  // It is not forgotten with the process.
  begin((stored) => stored);
  expect(told()).toBe(true);

  // Copies that do not know that they are, use keys a second time, and are found.
  for (const text of ['unaware', 'of another']) {
    begin(() => fresh(file));
    say(text);
  }
  expect(seals.repeated.length).toBeGreaterThan(0);
});
