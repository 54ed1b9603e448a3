// Made by tools/gen-examples.ts from packages/product/client/README.md: change it there.
import { openAccount } from '@sotto/client/browser';
import type { ClientStage as Stage } from '../stages.ts';

/** Line 14. */
export async function example1({ list, show }: Pick<Stage, 'list' | 'show'>) {
  // worker.ts: import '@sotto/client/worker';
  const worker = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const network = await (await fetch('./network.json')).json();
  const client = await openAccount({ network, worker, name: 'Ada' });
  const events = client.events(); // before what is there is read: nothing falls between
  for (const { id, name } of await client.contacts()) list(id, name);
  for await (const event of events) {
    if (event.kind === 'message-received') show(event.contact, event.text); // any text: escape it
  }
  return { worker, network, client, events };
}
