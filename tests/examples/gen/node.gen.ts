// Made by tools/gen-examples.ts from packages/product/node/README.md: change it there.
import { startLocalNetwork } from '@sotto/node';
import type { NodeStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ console }: Pick<Stage, 'console'>) {
  const network = await startLocalNetwork({
    nodes: 9,
    singleProcess: true, // left out: a process for each, as in life
    meanDelayMs: 50,
    slowMeanDelayMs: 100,
    parameters: { poolTarget: 1, minLoopsPerMixPerSecond: 3 }, // left out: as much cover as a public network has
    logLevel: 'error',
    onDeath: (label, how) => console.log(label, how),
  });
  return { network };
}

/** Line 24. */
export async function example2({ console, network }: Pick<Stage, 'console' | 'network'>) {
  const status = await network.status(0);
  console.log(network.networkFile, status?.relay.nodes);
  await network.kill(3); // as a crash would; the others go on
  await network.restart(3); // from its folder: same identity, no forgotten replay tags
  await network.stop();
  return { status };
}
