import { addPerson } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { expect, test } from 'vitest';
import { befriend, of, textsOf } from './friends.ts';
import { SECOND, TEST_PLAN } from './plans.ts';

// It is what is told and when that is looked at here, on which the curve has no influence.
const suite = curveless(await open());

test('two people meet by an invite and talk; one leaves, and gets what came meanwhile on return', () => {
  const { network, alice, bob, contactOf } = befriend({ suite, seed: 'friends' });
  const write = (from: 'alice' | 'bob', text: string): void => {
    const person = from === 'alice' ? alice : bob;
    const sent = network.command(from, (now) => person.send(now, contactOf[from], text));
    expect(sent).toMatchObject({ ok: true });
  };
  const talk = ['one', 'two', 'three', 'four', 'five'];
  for (const text of talk) {
    write('alice', `to bob ${text}`);
    write('bob', `to alice ${text}`);
    network.run(3 * SECOND);
  }
  const both = (): boolean =>
    textsOf(network, 'alice').length === 5 && textsOf(network, 'bob').length === 5;
  expect(network.until(120 * SECOND, both)).toBe(true);
  expect(textsOf(network, 'bob').toSorted()).toEqual(talk.map((t) => `to bob ${t}`).toSorted());
  expect(textsOf(network, 'alice').toSorted()).toEqual(talk.map((t) => `to alice ${t}`).toSorted());

  network.run(10 * SECOND);
  network.stopClient('alice');
  // So long that bob no longer counts on her being there.
  network.run(65 * SECOND);
  for (const text of talk) {
    write('bob', `while away ${text}`);
    network.run(5 * SECOND);
  }
  network.run(10 * SECOND);
  expect(textsOf(network, 'alice').length).toBe(5);
  // Every node ends and starts again meanwhile, so that mail lives in stores alone.
  for (const i of network.keys.keys()) {
    network.kill(i);
    network.run(SECOND);
    network.restart(i);
  }
  network.run(5 * SECOND);
  const again = addPerson(network, 'alice', TEST_PLAN);
  expect(again.messages(contactOf.alice).length).toBe(10);
  expect(network.until(300 * SECOND, () => textsOf(network, 'alice').length === 10)).toBe(true);
  expect(textsOf(network, 'alice').slice(5).toSorted()).toEqual(
    talk.map((text) => `while away ${text}`).toSorted(),
  );
  const late = of(network, 'alice', 'message-received').slice(5);
  expect(late.some(({ viaMailbox }) => viaMailbox)).toBe(true);
  const delivered = (): boolean =>
    bob.messages(contactOf.bob).filter(({ state }) => state === 'delivered').length === 10;
  expect(network.until(300 * SECOND, delivered)).toBe(true);
});
