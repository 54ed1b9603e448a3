// Made by tools/gen-examples.ts from packages/protocol/relay/README.md: change it there.
import { Relay } from '@sotto/relay';
import type { RelayStage as Stage } from '../stages.ts';

/** Line 9. */
export async function example1({ carryOut, identityKey, identitySecret, now, packet, parameters, rng, suite }: Pick<Stage, 'carryOut' | 'identityKey' | 'identitySecret' | 'now' | 'packet' | 'parameters' | 'rng' | 'suite'>) {
  const relay = new Relay({
    suite,
    rng,
    parameters,
    now,
    identityKey,
    identitySecret,
    capabilities: { mix: true, guard: true, mailbox: true, contact: true },
    addresses: ['/ip4/192.0.2.1/tcp/4001'],
  });
  relay.handle(now, { kind: 'packet', packet });
  for (let out = relay.poll(now); out !== undefined; out = relay.poll(now)) {
    carryOut(out); // 'transmit', 'client-frame', 'gossip', 'persist', 'write-key', 'write-tags', 'alarm', …
  }
  const due = relay.nextAt(); // when to call relay.wake(now)
  return { relay, due };
}
