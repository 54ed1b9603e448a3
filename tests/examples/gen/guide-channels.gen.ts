// Made by tools/gen-examples.ts from docs/guide/channels.md: change it there.
import type { GuideChannelsStage as Stage } from '../stages.ts';

/** Line 12. */
export async function example1({ client }: Pick<Stage, 'client'>) {
  const serving = client.onRequest('price', ({ body }) => {
    const item = new TextDecoder().decode(body);
    return new TextEncoder().encode(item === 'tea' ? '3' : 'none');
  });
  return { serving };
}

/** Line 21. */
export async function example2({ client, console, contact }: Pick<Stage, 'client' | 'console' | 'contact'>) {
  const price = await client.request(contact, 'price', new TextEncoder().encode('tea'));
  console.log(new TextDecoder().decode(price)); // 3
  return { price };
}

/** Line 32. */
export async function example3({ client, console }: Pick<Stage, 'client' | 'console'>) {
  for await (const feed of client.channels('feed')) {
    for await (const bytes of feed) console.log(new TextDecoder().decode(bytes));
    break; // one feed is enough here
  }
}

/** Line 41. */
export async function example4({ client, contact }: Pick<Stage, 'client' | 'contact'>) {
  const feed = await client.openChannel(contact, 'feed');
  await feed.write(new TextEncoder().encode('block 19,000,001'));
  await feed.end();
  return { feed };
}
