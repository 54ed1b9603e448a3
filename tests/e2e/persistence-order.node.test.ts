import { Person, type PersonEvent } from '@sotto/messaging';
import { open } from '@sotto/sodium/native';
import { MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import { Contact } from '../../packages/protocol/messaging/src/contact.ts';
import { befriend, BRISK, write } from './friends.ts';
import { WatchedPerson } from './watched-person.ts';

const suite = await open();

/** Version ‖ id 16 ‖ sending key 32 come before the sending counter (Spec 09 §6). */
const COUNTER_OFFSET = 1 + 16 + 32;

/** The sending counter in a contact's stored state; 0 when there is none. */
function storedCounter(contact: string, state: Uint8Array | undefined): number {
  const held = state === undefined ? undefined : Contact.import(suite, contact, state);
  const session = held?.session.export();
  return session === undefined ? 0 : new DataView(session.buffer).getUint32(COUNTER_OFFSET);
}

interface Findings {
  /** Messages that had left while the store still had the key they were sealed with. */
  early: number;
  inOrder: number;
  /** Texts that were shown before they were in the store. */
  unstored: number;
  shown: number;
}

/** Eight messages each way over a store that takes several slots; `hasty` plants a driver that says `stored` at once. */
function watch(hasty: boolean): Findings {
  const found: Findings = { early: 0, inOrder: 0, unstored: 0, shown: 0 };
  /** Counter under which each person sealed last. */
  const sealed = new Map<string, number>();
  /** Messages on their way out, by person and number: the counter that must be in the store before. */
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
    for (const [key, counter] of needed) {
      const [who, contact = '', id] = key.split(' ');
      if (who !== name) continue;
      const state = person
        .messages(contact)
        .find((message) => message.direction === 'out' && message.id === Number(id))?.state;
      if (state !== 'sent' && state !== 'delivered') continue;
      needed.delete(key);
      const stored = storedCounter(contact, durable.get(`person/contact/${contact}`));
      if (stored > counter) found.inOrder++;
      else found.early++;
    }
  };
  const { net, alice, atAlice, bob, atBob } = befriend({
    suite,
    seed: 'order',
    syncMicros: SECOND / 2,
    join: (inside, name) =>
      inside.addClient(name, (context) => {
        const logged = {
          ...suite,
          aeadSeal: (
            ...[out, plain, associated, key, nonce]: Parameters<typeof suite.aeadSeal>
          ) => {
            suite.aeadSeal(out, plain, associated, key, nonce);
            // Version ‖ counter ‖ session: a sealed message, no handshake.
            if (associated.length !== 21) return;
            sealed.set(name, new DataView(associated.buffer).getUint32(1));
          },
        };
        const person = new Person({ ...context, suite: logged, plan: BRISK });
        return new WatchedPerson(person, hasty, (durable, event) => {
          look(name, person, durable, event);
        });
      }).person,
  });
  for (let i = 0; i < 8; i++) {
    for (const [name, person, contact] of [
      ['alice', alice, atAlice],
      ['bob', bob, atBob],
    ] as const) {
      const id = write(net, name, person, contact, `${name} ${i}`);
      needed.set(`${name} ${contact} ${id}`, sealed.get(name) ?? -1);
    }
    net.run(8 * SECOND);
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
