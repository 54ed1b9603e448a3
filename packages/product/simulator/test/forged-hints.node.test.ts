import type { PersonEvent } from '@sotto/messaging';
import { addPerson, type NodeView, VirtualNetwork } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { OFFSET, PACKET_NAME_BYTES } from '@sotto/sphinx';
import { fromHex, xorInto } from '@sotto/wire';
import { expect, test } from 'vitest';
import { of } from './friends.ts';
import { LISTENER, SECOND, TEST_PLAN, thinCover } from './plans.ts';

const suite = await open();
/** The first four nodes are contact points and no mailboxes, so that what they send on is known to be for contacts. */
const CONTACT_POINTS = 4;

test('contact points that swap the hints of two invites change neither who is shown nor who answers', () => {
  let swap: Uint8Array | undefined;
  let forged = 0;
  const onView = ({ node, kind, previous, packetOut }: NodeView): void => {
    if (swap === undefined || kind !== 'forward' || packetOut === undefined) return;
    // A packet that no link brought: a reply block that the node runs (or a loop, which has no hint).
    if (previous !== undefined || !network.keys.slice(0, CONTACT_POINTS).includes(node)) return;
    xorInto(packetOut.subarray(OFFSET.log, OFFSET.log + PACKET_NAME_BYTES), swap);
    forged++;
  };
  const network = new VirtualNetwork<PersonEvent>({
    suite,
    seed: 'forged hints',
    parameters: thinCover(),
    plans: [TEST_PLAN, LISTENER],
    nodes: 12,
    capabilities: (index) => ({
      mix: true,
      guard: true,
      mailbox: index >= CONTACT_POINTS,
      contact: index < CONTACT_POINTS,
    }),
    onView,
  });
  network.run(2 * SECOND);
  const alice = addPerson(network, 'alice', TEST_PLAN);
  const others = ['bob', 'carol'].map((name) => ({
    name,
    person: addPerson(network, name, TEST_PLAN),
  }));
  network.run(2 * SECOND);
  const made = others.map(() => network.command('alice', (now) => alice.createInvite(now)));
  const ids = made.flatMap((invite) => invite?.invite ?? []);
  expect(ids.length).toBe(2);
  const ready = (): boolean => of(network, 'alice', 'invite-ready').length === 2;
  expect(network.until(900 * SECOND, ready)).toBe(true);
  const links = ids.map(
    (id) => of(network, 'alice', 'invite-ready').find(({ invite }) => invite === id)?.link ?? '',
  );

  // An invite's name is its hint: each becomes the other by the exclusive or of both.
  const [first, second] = ids.map((id) => fromHex(id));
  if (first === undefined || second === undefined) throw new Error('no invites');
  swap = first.slice();
  xorInto(swap, second);
  expect(swap.length).toBe(PACKET_NAME_BYTES);

  const contacts = others.map(({ name, person }, i) => {
    const accepted = network.command(name, (now) =>
      person.acceptInvite(now, links[i] ?? '', 'alice'),
    );
    if (!accepted.ok) throw new Error(accepted.error.code);
    return accepted.value;
  });
  const met = (): boolean =>
    of(network, 'alice', 'contact-added').length === 2 &&
    others.every(({ name }) => of(network, name, 'contact-added').length === 1);
  expect(network.until(900 * SECOND, met)).toBe(true);
  expect(forged).toBeGreaterThanOrEqual(2);

  others.forEach(({ name, person }, i) =>
    network.command(name, (now) => person.send(now, contacts[i] ?? '', `I am ${name}`)),
  );
  const heard = (): boolean => of(network, 'alice', 'message-received').length === 2;
  expect(network.until(300 * SECOND, heard)).toBe(true);
  const shown = of(network, 'alice', 'message-received').map(({ contact, text }) => {
    network.command('alice', (now) => alice.send(now, contact, `you said: ${text}`));
    return contact;
  });
  expect(new Set(shown)).toEqual(
    new Set(of(network, 'alice', 'contact-added').map(({ contact }) => contact)),
  );
  const answered = (): boolean =>
    others.every(({ name }) => of(network, name, 'message-received').length === 1);
  expect(network.until(300 * SECOND, answered)).toBe(true);
  for (const { name } of others) {
    expect(of(network, name, 'message-received').map(({ text }) => text)).toEqual([
      `you said: I am ${name}`,
    ]);
  }
});
