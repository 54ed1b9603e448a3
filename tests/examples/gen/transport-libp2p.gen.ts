// Made by tools/gen-examples.ts from packages/platform/transport-libp2p/README.md: change it there.
import { nodeTransport } from '@sotto/transport-libp2p/node';
import type { TransportLibp2pStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ acceptLink, console, seed, snapshot }: Pick<Stage, 'acceptLink' | 'console' | 'seed' | 'snapshot'>) {
  const transport = await nodeTransport({
    seed, // 32 bytes, Ed25519
    sizes: { frameBytes: 1600, prefaceBytes: 64 },
    listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'], // 0: any free port
    topics: ['/sotto/descriptor/1'], // leave out: no gossip, as a client wants it
  });
  await transport.start({ acceptLink, snapshot }); // rejects with code 'address-in-use'
  console.log(transport.addresses()); // '/ip4/…/tcp/4001/p2p/12D3Koo…', …
  await transport.stop();
  return { transport };
}
