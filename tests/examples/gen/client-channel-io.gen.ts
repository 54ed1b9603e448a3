// Made by tools/gen-examples.ts from packages/product/client/src/channel-io.ts: change it there.
import type { ClientChannelIoStage as Stage } from '../stages.ts';

/** Line 20. */
export async function channelWriteExample({ channel }: Pick<Stage, 'channel'>) {
  await channel.write(new TextEncoder().encode('state 7'));
}

/** Line 29. */
export async function channelReadExample({ channel, console, signal }: Pick<Stage, 'channel' | 'console' | 'signal'>) {
  const piece = await channel.read({ signal });
  if (piece !== undefined) console.log(new TextDecoder().decode(piece));
  return { piece };
}

/** Line 39. */
export async function channelEndExample({ channel, console }: Pick<Stage, 'channel' | 'console'>) {
  await channel.end();
  console.log(await channel.read()); // what the other says to the end of it
}

/** Line 49. */
export async function channelResetExample({ channel }: Pick<Stage, 'channel'>) {
  await channel.reset(); // the other's `read` rejects with `channel-reset`
}

/** Line 82. */
export async function channelCallsOpenChannelExample({ client, contact }: Pick<Stage, 'client' | 'contact'>) {
  const channel = await client.openChannel(contact, 'updates');
  return { channel };
}

/** Line 91. */
export async function channelCallsChannelsExample({ client, console, signal }: Pick<Stage, 'client' | 'console' | 'signal'>) {
  for await (const opened of client.channels('updates', { signal })) {
    console.log(`${opened.contact} opened ${opened.name}`);
  }
}

/** Line 106. */
export async function channelCallsRequestExample({ client, console, contact }: Pick<Stage, 'client' | 'console' | 'contact'>) {
  const answer = await client.request(contact, 'height', new Uint8Array(0));
  console.log(new TextDecoder().decode(answer));
  return { answer };
}

/** Line 121. */
export async function channelCallsOnRequestExample({ client, signal }: Pick<Stage, 'client' | 'signal'>) {
  const serving = client.onRequest('height', () => new TextEncoder().encode('19000001'), { signal });
  return { serving };
}
