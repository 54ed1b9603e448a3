// Made by tools/gen-examples.ts from packages/product/simulator/README.md: change it there.
import { HOME } from '@sotto/endpoint';
import type { PersonEvent } from '@sotto/messaging';
import { VirtualNetwork, addPerson, localParameters } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import type { SimulatorStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ console }: Pick<Stage, 'console'>) {
  const network = new VirtualNetwork<PersonEvent>({
    suite: await open(),
    seed: 'evening',
    parameters: localParameters(),
    nodes: 9,
  });
  const alice = addPerson(network, 'alice', HOME);
  network.run(2_000_000); // microseconds
  const invite = network.command('alice', (now) => alice.createInvite(now, 'Bob'));
  network.run(3_000_000);
  console.log(network.events('alice'), network.trace.hash);
  return { network, alice, invite };
}
