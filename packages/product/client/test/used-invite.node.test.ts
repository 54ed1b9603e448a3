import { systemRng } from '@sotto/driver';
import { MemoryStore } from '@sotto/storage';
import { expect, test } from 'vitest';
import { type Client, openClient } from '../src/index.ts';
import {
  MemoryNetwork,
  passwordHash,
  suite,
  TEST_PARAMETERS,
  TEST_PLAN,
} from './memory-network.ts';

test('the one who comes late by a used invite is told so', async () => {
  const network = await MemoryNetwork.start();
  const open = (): Promise<Client> =>
    openClient({
      suite,
      rng: systemRng(),
      clock: network.clock,
      store: new MemoryStore(),
      storageKey: crypto.getRandomValues(new Uint8Array(32)),
      transport: network.transport(),
      parameters: TEST_PARAMETERS,
      bootstrap: network.bootstrap,
      plan: TEST_PLAN,
      passwordHash,
    });
  const clients = await Promise.all([open(), open(), open()]);
  const [alice, bob, carol] = clients;
  if (alice === undefined || bob === undefined || carol === undefined) throw new Error('nobody');
  const { link } = await alice.invite();
  await bob.accept(link);
  // Among these is the packet that closes the box, behind those of the acquaintance.
  const { slots } = await alice.status();
  for await (const event of alice.events()) {
    if (event.kind === 'slots' && event.slots.real >= slots.real + 20) break;
  }
  await expect(carol.accept(link)).rejects.toMatchObject({
    code: 'invite-closed',
    message: expect.stringContaining('used already') as unknown,
  });
  expect(await alice.contacts()).toHaveLength(1);
  for (const client of clients) await client.close();
  await network.stop();
});
