// Made by tools/gen-examples.ts from docs/guide/ladder.md: change it there.
import { Builder, openBody, sealBody, unwindLayers } from '@sotto/sphinx';
import type { GuideLadderStage as Stage } from '../stages.ts';

/** Line 17. */
export async function example1({ client, console, contact }: Pick<Stage, 'client' | 'console' | 'contact'>) {
  const sent = await client.send(contact, 'The kettle is on.');
  for await (const state of sent) console.log(state); // queued, sent, delivered
  return { sent };
}

/** Line 24. */
export async function example2({ client, console }: Pick<Stage, 'client' | 'console'>) {
  for await (const event of client.events()) {
    if (event.kind !== 'message-received') continue;
    console.log(event.text); // any text: escape it before showing it
    break; // one is enough here
  }
}

/** Line 36. */
export async function example3({ client }: Pick<Stage, 'client'>) {
  const serving = client.onRequest('time', () => new TextEncoder().encode('half past four'));
  return { serving };
}

/** Line 40. */
export async function example4({ client, console, contact }: Pick<Stage, 'client' | 'console' | 'contact'>) {
  const reply = await client.request(contact, 'time', new Uint8Array(0));
  console.log(new TextDecoder().decode(reply)); // half past four
  return { reply };
}

/** Line 47. */
export async function example5({ client, contact }: Pick<Stage, 'client' | 'contact'>) {
  const channel = await client.openChannel(contact, 'kettle');
  for (const degrees of [40, 70, 100]) await channel.write(Uint8Array.of(degrees));
  await channel.end();
  return { channel };
}

/** Line 53. */
export async function example6({ client, console }: Pick<Stage, 'client' | 'console'>) {
  for await (const kettle of client.channels('kettle')) {
    for await (const bytes of kettle) console.log(...bytes); // 40, 70, 100, in pieces of any length
    break;
  }
}

/** Line 68. */
export async function example7({ box, console, crossover, epoch, guard, mailbox, rng, suite }: Pick<Stage, 'box' | 'console' | 'crossover' | 'epoch' | 'guard' | 'mailbox' | 'rng' | 'suite'>) {
  const builder = new Builder(suite, rng);
  const { surb, record } = builder.surb({
    hops: [crossover.hop, mailbox.hop],
    epoch,
    delayClass: 'fast',
    terminal: { kind: 'deliver', box },
  });
  const packet = builder.forward({
    hops: [guard.hop, crossover.hop],
    epoch,
    delayClass: 'fast',
    terminal: { kind: 'cross', surb },
    body: sealBody(suite, surb.bodySeed, new TextEncoder().encode('The kettle is on.')),
  });
  console.log(packet.length); // 1600, as every packet
  return { builder, surb, record, packet };
}

/** Line 90. */
export async function example8({ console, guard, nodeOf, packet, record, suite }: Pick<Stage, 'console' | 'guard' | 'nodeOf' | 'packet' | 'record' | 'suite'>) {
  let peeled = guard.peel(packet);
  while (peeled.ok && peeled.value.kind === 'transmit') {
    peeled = nodeOf(peeled.value.next).peel(peeled.value.packet);
  }
  if (peeled.ok && peeled.value.kind === 'deliver') {
    const { body } = unwindLayers(suite, record, peeled.value.delivered);
    const opened = openBody(suite, record.bodySeed, body); // 992 bytes, padded with zeros
    console.log(new TextDecoder().decode(opened).replaceAll('\0', ''));
  }
  return { peeled };
}
