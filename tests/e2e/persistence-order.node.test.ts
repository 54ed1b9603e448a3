import { Person, type PersonEvent } from '@sotto/messaging';
import { open } from '@sotto/sodium/native';
import type { CryptoSuite } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { MICROS_PER_SECOND as SECOND, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { Contact } from '../../packages/protocol/messaging/src/contact.ts';
import { befriend, BRISK, write } from './friends.ts';
import { WatchedPerson } from './watched-person.ts';

const suite = await open();

/** A suite that writes down, in hex, every key that it seals under. */
const noting = (keys: string[]): CryptoSuite => ({
  ...suite,
  aeadSeal: (out, plaintext, associated, key, nonce) => {
    keys.push(toHex(key));
    suite.aeadSeal(out, plaintext, associated, key, nonce);
  },
});

/** The key under which who starts from a contact's stored state would seal next; undefined when there is no such state. */
function nextKey(contact: string, state: Uint8Array | undefined): string | undefined {
  const keys: string[] = [];
  const held = state === undefined ? undefined : Contact.import(noting(keys), contact, state);
  held?.session.seal(new SeededRng(suite, 'afterwards'), new Uint8Array(0), 0);
  return keys.at(-1);
}

interface Findings {
  /** Messages that had left while the store still had the key they were sealed with. */
  early: number;
  inOrder: number;
  /** Texts that were shown before they were in the store. */
  unstored: number;
  shown: number;
}

/** Sixteen messages each way over a store that takes several slots; `hasty` plants a driver that says `stored` at once. */
function watch(hasty: boolean): Findings {
  const found: Findings = { early: 0, inOrder: 0, unstored: 0, shown: 0 };
  /** Keys that each person has sealed under, in order. */
  const sealed: Record<string, string[]> = { alice: [], bob: [] };
  /** Messages on their way out, by person and number: how many keys were used up with them. */
  const needed = new Map<string, number>();
  const look = (
    name: string,
    person: Person,
    durable: ReadonlyMap<string, Uint8Array>,
    event: PersonEvent | undefined,
  ): void => {
    if (event?.kind === 'message-received') {
      const number = event.id.toString(16).padStart(8, '0');
      found.shown++;
      if (!durable.has(`person/message/${event.contact}/in/${number}`)) found.unstored++;
    }
    for (const [key, used] of needed) {
      const [who, contact = '', id] = key.split(' ');
      if (who !== name) continue;
      const state = person
        .messages(contact)
        .find((message) => message.direction === 'out' && message.id === Number(id))?.state;
      if (state !== 'sent' && state !== 'delivered') continue;
      needed.delete(key);
      const next = nextKey(contact, durable.get(`person/contact/${contact}`));
      const spent = sealed[name]?.slice(0, used) ?? [];
      if (next === undefined || spent.includes(next)) found.early++;
      else found.inOrder++;
    }
  };
  const { net, alice, atAlice, bob, atBob } = befriend({
    suite,
    seed: 'order',
    syncMicros: SECOND / 2,
    join: (inside, name) =>
      inside.addClient(name, (context) => {
        const person = new Person({
          ...context,
          suite: noting((sealed[name] ??= [])),
          plan: BRISK,
        });
        return new WatchedPerson(person, hasty, (durable, event) => {
          look(name, person, durable, event);
        });
      }).person,
  });
  // Two in a row: the second goes on in the chain of the first.
  for (let i = 0; i < 16; i++) {
    for (const [name, person, contact] of [
      ['alice', alice, atAlice],
      ['bob', bob, atBob],
    ] as const) {
      const id = write(net, name, person, contact, `${name} ${i}`);
      needed.set(`${name} ${contact} ${id}`, sealed[name]?.length ?? 0);
    }
    if (i % 2 === 1) net.run(8 * SECOND);
  }
  return found;
}

test('no packet leaves and no text is shown before the store has what it depends on', () => {
  const found = watch(false);
  expect(found).toMatchObject({ early: 0, unstored: 0 });
  expect(found.inOrder).toBeGreaterThan(12);
  expect(found.shown).toBeGreaterThan(12);
});

test('a driver that answers before the store did is found out', () => {
  const found = watch(true);
  expect(found.early).toBeGreaterThan(0);
  expect(found.unstored).toBeGreaterThan(0);
});
