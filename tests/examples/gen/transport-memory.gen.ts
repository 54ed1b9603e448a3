// Made by tools/gen-examples.ts from packages/platform/transport-memory/README.md: change it there.
import { MemoryHub } from '@sotto/transport-memory';
import { err, ok } from '@sotto/wire';
import type { TransportMemoryStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ aliceKey, bobKey, frame, preface, read }: Pick<Stage, 'aliceKey' | 'bobKey' | 'frame' | 'preface' | 'read'>) {
  const hub = new MemoryHub();
  const sizes = { frameBytes: 1600, prefaceBytes: 64 };
  const alice = hub.transport({ identityKey: aliceKey, sizes });
  const bob = hub.transport({ identityKey: bobKey, sizes });
  await bob.start({ acceptLink: () => ok((link) => link.onFrames(read)), snapshot: () => [] });
  await alice.start({ acceptLink: () => err({ code: 'no' }), snapshot: () => undefined });
  const peer = { identityKey: bobKey, addresses: bob.addresses() };
  const link = await alice.openLink({ kind: 'mix', peer, preface });
  const outcome = link.send(frame); // 'sent' | 'full' | 'closed'
  return { hub, sizes, alice, bob, peer, link, outcome };
}
