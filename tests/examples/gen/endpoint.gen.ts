// Made by tools/gen-examples.ts from packages/protocol/endpoint/README.md: change it there.
import { Endpoint, HOME } from '@sotto/endpoint';
import type { EndpointStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ content, dial, epoch, nodes, now, parameters, react, rng, send, state, store, suite, surb }: Pick<Stage, 'content' | 'dial' | 'epoch' | 'nodes' | 'now' | 'parameters' | 'react' | 'rng' | 'send' | 'state' | 'store' | 'suite' | 'surb'>) {
  const endpoint = new Endpoint({ suite, rng, parameters, plan: HOME, state });
  endpoint.handle(now, { kind: 'directory', nodes });
  const minted = endpoint.mintSurbs(now, 'bob', { direct: 1, mailbox: 0, epoch });
  endpoint.send(now, { contact: 'bob', surb, content, delayClass: 'fast', lane: 'message' });
  for (let out = endpoint.poll(now); out !== undefined; out = endpoint.poll(now)) {
    if (out.kind === 'persist') {
      const { entries, sequence } = out;
      store(entries, () => endpoint.handle(now, { kind: 'stored', sequence }));
    } else if (out.kind === 'connect') dial(out.guard, out.boxSecret, out.planCode);
    else if (out.kind === 'frame') send(out.bytes);
    else react(out.event);
  }
  return { endpoint, minted };
}
