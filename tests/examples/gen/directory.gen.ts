// Made by tools/gen-examples.ts from packages/protocol/directory/README.md: change it there.
import { ClientView, DEFAULT_PARAMETERS, Directory, checkParameters, epochAt, networkId, signDescriptor } from '@sotto/directory';
import { after } from '@sotto/wire';
import type { DirectoryStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ identityKey, now, peers, routingKeys, secretKey, suite }: Pick<Stage, 'identityKey' | 'now' | 'peers' | 'routingKeys' | 'secretKey' | 'suite'>) {
  const parameters = checkParameters({ ...DEFAULT_PARAMETERS, slowMeanMicros: 2_000_000 });
  const mine = signDescriptor(suite, secretKey, {
    networkId: networkId(suite, parameters),
    identityKey,
    sequence: now,
    issuedAt: now,
    expiresAt: after(now, parameters.descriptorLifeMicros),
    addresses: ['/ip4/192.0.2.1/tcp/4001'],
    capabilities: { mix: true, guard: true, mailbox: true, contact: true },
    firstEpoch: epochAt(parameters, now),
    routingKeys,
  });
  const directory = new Directory({ suite, parameters });
  const { verdict, code, proof } = directory.receive(now, mine); // accept: pass on; proof: gossip it
  const view = new ClientView({ suite, parameters });
  for (const peer of peers) view.offer(now, peer, directory.snapshot(now)); // two or more, or nothing is believed
  const nodes = view.nodes(now); // what paths are drawn from
  return { parameters, mine, directory, verdict, code, proof, view, nodes };
}
