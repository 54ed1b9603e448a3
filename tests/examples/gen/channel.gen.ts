// Made by tools/gen-examples.ts from packages/protocol/channel/README.md: change it there.
import { Channels } from '@sotto/channel';
import type { ChannelStage as Stage } from '../stages.ts';

/** Line 7. */
export async function example1({ bytes, number, rng, theirs, use }: Pick<Stage, 'bytes' | 'number' | 'rng' | 'theirs' | 'use'>) {
  const channels = new Channels();
  const id = channels.open(rng, 'photo');
  if (id.ok) channels.write(id.value, bytes); // how many were taken: the buffer has 64 KiB
  const payload = channels.take(900); // what leaves in the next message
  if (payload !== undefined) channels.acked(payload); // or lost(payload)

  channels.receive(number, theirs); // of a message of the peer's
  for (let event = channels.poll(); event !== undefined; event = channels.poll()) {
    if (event.kind === 'readable') use(channels.read(event.channel, 65_536));
  }
  return { channels, id, payload };
}
