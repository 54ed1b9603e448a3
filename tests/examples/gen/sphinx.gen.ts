// Made by tools/gen-examples.ts from packages/protocol/sphinx/README.md: change it there.
import { Builder, Peeler, sealBody } from '@sotto/sphinx';
import type { SphinxStage as Stage } from '../stages.ts';

/** Line 11. */
export async function example1({ box, content, epoch, guard, keyFor, m1, m2, mailbox, r1, r2, rng, suite, x }: Pick<Stage, 'box' | 'content' | 'epoch' | 'guard' | 'keyFor' | 'm1' | 'm2' | 'mailbox' | 'r1' | 'r2' | 'rng' | 'suite' | 'x'>) {
  const builder = new Builder(suite, rng);
  const { surb, record } = builder.surb({
    hops: [x, r1, r2, mailbox],
    epoch,
    delayClass: 'fast',
    terminal: { kind: 'deliver', box },
  });
  const packet = builder.forward({
    hops: [guard, m1, m2, x],
    epoch,
    delayClass: 'fast',
    terminal: { kind: 'cross', surb },
    body: sealBody(suite, surb.bodySeed, content),
  });
  const peeled = new Peeler(suite).peel(packet, keyFor); // at each hop: transmit, deliver, arrive, contact, greet or drop
  return { builder, surb, record, packet, peeled };
}
